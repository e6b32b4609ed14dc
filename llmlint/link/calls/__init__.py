"""Calls and callers: which arguments a call passes, who calls a function, and by which call paths a call is reached."""
