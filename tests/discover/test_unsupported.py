"""Calls that are not checked are counted by library, and what is none is not."""

from __future__ import annotations

import json

import pytest

from llmlint.discover.unsupported import in_words, unsupported_calls


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("import boto3\nbedrock = boto3.client('bedrock-runtime')\nbedrock.invoke_model(body=b)\nbedrock.converse(\n)\n", {"boto3": 2}),
        ("import boto3\nboto3.client('lambda').invoke_model(x)\n", {}),
        ("from google import genai\nclient = genai.Client()\nclient.models.generate_content(model=m)\n", {"google-genai": 1}),
        ("from google import auth, genai\nclient.models.generate_content_stream(model=m)\n", {"google-genai": 1}),
        ("import google.generativeai as genai\nawait model.generate_content_async(x)\n", {"google-generativeai": 1}),
        ("from vertexai.generative_models import GenerativeModel\nGenerativeModel('g').generate_content(x)\n", {"vertexai": 1}),
        ("def generate_content(x): ...\ngenerate_content(1)\nself.generate_content(1)\n", {}),
        ("import ollama\nollama.chat(model=m)\n# ollama.chat()\n", {"ollama": 1}),
        ("from mistralai import Mistral\nclient.chat.complete(model=m)\n", {"mistralai": 1}),
        (
            "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\nchain = prompt | llm\nllm.invoke(x)\nchain.batch(y)\n"
            "tool.invoke(z)\nretriever.invoke(z)\n",
            {"langchain": 2},
        ),
        ("from langchain_core.tools import tool\ntool.invoke(x)\n", {}),
        ("import requests\nrequests.post('https://api.openai.com/v1/chat/completions', json=d)\n", {"requests": 1}),
        ("import requests\nURL = 'https://api.anthropic.com/v1/messages'\nrequests.post(URL, json=d)\nrequests.post(HOOK)\n", {"requests": 1}),
        ("import requests\nclass A:\n    def f(self):\n        self.url = 'https://api.openai.com/v1/responses'\n"
         "        requests.post(self.url)\n", {"requests": 1}),
        ("import httpx\nasync def f(client):\n    await client.post(url='https://api.openai.com/v1/responses')\n", {"httpx": 1}),
        ("import requests\nrequests.post('https://api.openai.com/v1/embeddings', json=d)\n", {}),
        ('"""Like\nimport ollama\nollama.chat(x)\n"""\n', {}),
    ],
)  # fmt: skip
def test_calls_are_counted_by_library(source: str, counts: dict[str, int]) -> None:
    assert unsupported_calls("a.py", source.encode()) == counts
    cells = [{"cell_type": "markdown", "source": source}, {"cell_type": "code", "source": source.splitlines(keepends=True)}]
    assert unsupported_calls("a.ipynb", json.dumps({"nbformat": 4, "cells": cells}).encode()) == counts
    assert unsupported_calls("a.ipynb", b"langchain") == {}


def test_the_sentence_names_each_library_once() -> None:
    assert in_words({}) is None
    assert in_words({"boto3": 1}) == "1 call through boto3 is not checked yet."
    assert (
        in_words({"requests": 1, "boto3": 1, "langchain": 1, "google-genai": 1})
        == "4 calls through boto3, google-genai, langchain and requests are not checked yet."
    )
