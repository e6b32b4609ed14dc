"""Fernweh Night Trains: everything at the company that asks a language model."""
