"""The audit of large exports by DuckDB: the same figures as in pure Python (`traffic`, `caching`, `buckets`, `summary`), in bounded memory.

The way through: `store` (the table of rows, on disk) ← `lanes` (SQL for the lines of common shape) and `loading` (all others, by the adapters of
`formats`) → `analysis` (conversations, bursts, prefixes) → `figures` (the audit).
"""
