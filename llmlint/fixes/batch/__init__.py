"""Codemods for fan-outs: batches through the batching client, and the flex tier."""
