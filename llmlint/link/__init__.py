"""Joins the facts of a run into a program: what names mean, what text is sent, where calls are repeated."""
