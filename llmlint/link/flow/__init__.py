"""How values flow through loops and from one call to the next: dependences, conversations, kept state, tests."""
