"""From the text of one file to plain facts about it. Nothing here looks at another file."""
