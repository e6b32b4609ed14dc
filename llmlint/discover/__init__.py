"""From paths to text: which files there are, which of them can matter, and what they say."""
