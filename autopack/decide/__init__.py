"""Thinking: pure functions from data to data.  No file, no process, no clock, no plugin."""
