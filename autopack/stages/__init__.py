"""The arrows from plan text to report, one module each; they join what is decided with what is done."""
