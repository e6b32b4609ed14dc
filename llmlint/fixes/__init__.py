"""Fixes: the codemods that build a finding's edits, choosing and applying edits, and writing files."""
