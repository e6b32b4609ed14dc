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
        (
            "def f():\n    import ollama\n    client = ollama.AsyncClient(host=h)\n    await client.chat(model=m)\n    client.list()\n",
            {"ollama": 1},
        ),
        ("from ollama import Client\nself.client = Client()\nself.client.generate(p)\n", {"ollama": 1}),
        (
            "from llama_index.llms.openai import OpenAI\nself.llm.complete(p)\nself.llm.predict(m)\nquery_engine = index.as_query_engine()\n"
            "query_engine.query(q)\nindex.insert(d)\nretriever.retrieve(q)\n",
            {"llama_index": 2},
        ),
        (
            "from haystack.components.generators import OpenAIGenerator\n"
            "generator = OpenAIGenerator()\ngenerator.run(messages)\nindexing.run(d)\n",
            {"haystack": 1},
        ),
        (
            "import dspy\nlm = dspy.LM('m')\ngenerate = dspy.ChainOfThought('q -> a')\ngenerate(question=q)\ndspy.Predict('q -> a')(q=q)\n"
            "class M(dspy.Module):\n    def __init__(self):\n        self.answer = dspy.Predict(S)\n    def forward(self, q):\n"
            "        return self.answer(q=q)\n",
            {"dspy": 3},
        ),
        ("from crewai import Agent, Crew\ncrew = Crew(agents=[])\ncrew.kickoff()\nawait crew.kickoff_async(inputs={})\n", {"crewai": 2}),
        ("from crewai import Agent\nagent = Agent(role='r')\n", {}),
        (
            "import semantic_kernel as sk\n"
            "await service.get_chat_message_content(history, settings)\nawait kernel.invoke_prompt('p')\nkernel.invoke(f)\n",
            {"semantic_kernel": 2},
        ),
        ("import autogen\nagent = autogen.UserProxyAgent('u')\nagent.initiate_chat(bot, message='m')\n", {"autogen": 1}),
        ("from autogen_agentchat.teams import T\nteam.run(task='t')\nteam.run_stream(task='t')\nteam.run()\n", {"autogen": 2}),
        ("from smolagents import CodeAgent\nagent = CodeAgent(tools=[], model=m)\nagent.run('q')\nother.run('q')\n", {"smolagents": 1}),
        ("from agno.agent import Agent\nagent = Agent()\nagent.print_response('q')\nagent.add(x)\n", {"agno": 1}),
        ("from strands import Agent\nagent = Agent()\nagent('q')\n", {"strands": 1}),
        ("from google.adk.runners import Runner\nrunner = Runner(agent=agent)\nasync for e in runner.run_async(x): ...\n", {"google-adk": 1}),
        ("import replicate\nreplicate.run('meta/llama-3-70b', input=i)\nreplicate.run('stability-ai/sdxl', input=i)\n", {"replicate": 1}),
        (
            "from huggingface_hub import InferenceClient\nclient = InferenceClient()\nclient.chat_completion(m)\nclient.text_generation(p)\n"
            "client.feature_extraction(t)\n",
            {"huggingface_hub": 2},
        ),
        (
            "from ibm_watsonx_ai.foundation_models import ModelInference\n"
            "model = ModelInference(model_id=m)\nmodel.generate_text(p)\nmodel.chat(m)\n",
            {"watsonx": 2},
        ),
        ("from xai_sdk import Client\nchat = client.chat.create(model='grok-4')\nchat.append(m)\nchat.sample()\n", {"xai_sdk": 1}),
        (
            "from azure.ai.inference import ChatCompletionsClient\n"
            "client: ChatCompletionsClient = ChatCompletionsClient(e)\nclient.complete(messages=m)\n",
            {"azure-ai-inference": 1},
        ),
        (
            "import boto3\nc = boto3.client('bedrock-agent-runtime')\n"
            "c.invoke_agent(x)\nc.retrieve(x)\nc.retrieve_and_generate(x)\n",
            {"Bedrock agents": 2},
        ),
        (
            "from openai import OpenAI\nclient.beta.threads.messages.create(t)\n"
            "client.beta.threads.runs.create(t)\nclient.beta.threads.runs.retrieve(t)\n",
            {"OpenAI's assistants": 1},
        ),
        ("from guidance import gen, models\nlm = models.OpenAI('m')  # an agent\nlm += 'a' + gen(name='b')\n", {"guidance": 1}),
        ("from guidance import gen, models\nlm = models.LlamaCpp('llama')\nlm += 'a' + gen(name='b')\n", {}),
        (
            "import outlines\nmodel = outlines.from_openai(c, 'm')\nmodel('agent', S)\n"
            "local = outlines.from_transformers(x)\nlocal('p')\n",
            {"outlines": 1},
        ),
        ("# crewai, an agent\nagent.kickoff()\nimport other\n", {}),
        ("from local import ollama\nollama.chat(model=m)\n", {}),
        (
            "import requests\nURL = os.getenv('OLLAMA_URL', 'http://ollama:11434/api/generate')\nrequests.post(URL, json=d)\n"
            "requests.post(\n    f'{BASE}/api/chat', json=d)\nrequests.post(f'{BASE}/api/embeddings', json=d)\nrequests.get(URL)\n",
            {"ollama": 2},
        ),
        (
            "import ollama, urllib.request\nollama.chat(m)\nreq = urllib.request.Request(\n    url='http://ollama/api/generate', data=d)\n"
            "urllib.request.urlopen(req)\n",
            {"ollama": 2},
        ),
        ("import httpx\n# llama\nasync with client.stream('POST', 'http://ollama/api/chat', json=d) as r: ...\n", {"ollama": 1}),
        ("import httpx\n# llama\nclient.post('https://example.com/api/chat', json=d)\n", {}),
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
