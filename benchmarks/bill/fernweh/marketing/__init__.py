"""Texts for the website."""
