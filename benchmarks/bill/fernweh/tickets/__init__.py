"""Tickets, as they are opened."""
