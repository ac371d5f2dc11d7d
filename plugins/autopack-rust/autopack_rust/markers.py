"""What takes a Rust test out of the count, as regular expressions for one line of a file.

A group is the marker's own name, where an expression also has to look at what stands before it.
"""

from __future__ import annotations

MARKERS = (
    r"^\s*#!?\[(?:cfg_attr\([^\]]*\b)?(ignore)\b",
    # Never true, so that what stands below is not even compiled.
    r"^\s*#!?\[(cfg)\((?:any\(\s*\)|false|FALSE|not\(test\)|not\(all\(\s*\)\))\s*\)\]",
    # Examples in comments.
    r"^\s*//[/!]\s*```[\w,= ]*\b(ignore)\b",
    # Settings of a target, and options on a command line or in a configuration.
    r"^\s*(?:test|doctest|harness|autotests)\s*=\s*false\s*(?:#.*)?$",
    r"(?:^|[\s\"'\[,=])--(?:skip|no-run)(?:[\s\"'\],=]|$)",
    r"^\s*default-filter\s*=",
)
