"""`llmlint audit`: a team's own usage exports in buckets, joined to the lines of the source that cause the cost. Nothing leaves the machine.

The way through, in pure Python (`duck` does the same in SQL for large exports; `engine` chooses): `reading` (files → rows, by one adapter a
format) → `prices` → `traffic` (conversations, bursts) → `join` (rows → call sites) → `caching` (replay of the gaps) → `buckets` → `summary`
(all figures) → `report`.
"""
