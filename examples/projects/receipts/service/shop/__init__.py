"""The till: adds up what somebody buys."""
