"""Runs that are remembered: what they found, and all that it rests on."""
