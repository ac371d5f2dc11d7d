"""Frozen data that travels between plugins, decisions, effects and stages.  No behaviour beyond reading it."""
