"""Ends the process while it is imported."""

import sys

print("this must not land in the host's results")
sys.exit(3)
