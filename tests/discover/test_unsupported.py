"""Calls that are not checked are counted by library, and what is none is not."""

from __future__ import annotations

import json

import pytest

from llmlint.discover.unsupported import in_words, unsupported_calls


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("import ollama\nollama.chat(model=m)\n# ollama.chat()\n", {"ollama": 1}),
        ("import ollama\nollama.chat(model=m)\nawait ollama.generate(\n)\n", {"ollama": 2}),
        ("from local import ollama\nollama.chat(model=m)\n", {}),
        ('"""Like\nimport ollama\nollama.chat(x)\n"""\n', {}),
        ("import requests\nrequests.post('https://api.openai.com/v1/embeddings', json=d)\n", {}),
    ],
)  # fmt: skip
def test_calls_are_counted_by_library(source: str, counts: dict[str, int]) -> None:
    assert unsupported_calls("a.py", source.encode()) == counts
    cells = [{"cell_type": "markdown", "source": source}, {"cell_type": "code", "source": source.splitlines(keepends=True)}]
    assert unsupported_calls("a.ipynb", json.dumps({"nbformat": 4, "cells": cells}).encode()) == counts
    assert unsupported_calls("a.ipynb", b"ollama.") == {}


def test_the_sentence_names_each_library_once() -> None:
    assert in_words({}) is None
    assert in_words({"boto3": 1}) == "1 call through boto3 is not checked yet."
    assert (
        in_words({"requests": 1, "boto3": 1, "langchain": 1, "google-genai": 1})
        == "4 calls through boto3, google-genai, langchain and requests are not checked yet."
    )
