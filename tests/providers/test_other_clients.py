"""Calls of clients other than those of Anthropic and OpenAI: which are found, with which model and prompt, and which similar calls are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linked import show_models, show_prompt

Link = Callable[..., Any]

GENAI = "from google import genai\nfrom google.genai import types\nclient = genai.Client()\n"
LANGCHAIN = (
    "from langchain_anthropic import ChatAnthropic\nfrom langchain_core.messages import HumanMessage, SystemMessage\n"
    "from langchain_core.prompts import ChatPromptTemplate\nllm = ChatAnthropic(model='m')\n"
)
GENAI_MODEL = "import asyncio\nimport google.generativeai as genai\nmodel = genai.GenerativeModel('g')\n"
LLAMA = "from llama_index.core.llms import ChatMessage, MessageRole\nfrom llama_index.llms.openai import OpenAI\n"
PROMPT = "prompt = ChatPromptTemplate.from_messages([('system', 'Be brief.'), ('human', '{q}')])\n"
BEDROCK = "import json\nimport boto3\nclient = boto3.client('bedrock-runtime')\n"
AGENTS = "from agents import Agent, OpenAIChatCompletionsModel, RunConfig, Runner\n"
HTTP = "import json\nimport requests\n"
GOOGLE = "https://generativelanguage.googleapis.com/v1beta/models"
CLAUDE = "https://api.anthropic.com/v1/messages"

FOUND = {
    "gemini": (
        f"{GENAI}client.models.generate_content(model='g', contents=['Read this.', q], config=types.GenerateContentConfig("
        "system_instruction='Be brief.'))",
        "google.generate_content Client g: system=Be brief., user=Read this., user=<unknown>",
    ),
    "gemini, asynchronous, with a dict": (
        f"{GENAI}async def f(q):\n    await client.aio.models.generate_content(model='g', contents=q, config={{'system_instruction': 'Be brief.'}})",
        "google.generate_content Client g: system=Be brief., user=<varying>",
    ),
    "gemini, contents and parts": (
        f"{GENAI}client.models.generate_content(model='g', contents=types.Content(role='user', parts=[types.Part.from_text(text='Read.')]))",
        "google.generate_content Client g: user=Read.",
    ),
    "a chat of gemini": (
        f"{GENAI}chat = client.chats.create(model='g')\nchat.send_message('Hello')",
        "google.generate_content Client g: =<unknown>, user=Hello",
    ),
    "the older SDK of gemini": (
        "import google.generativeai as genai\nmodel = genai.GenerativeModel('g', system_instruction='Be brief.')\nmodel.generate_content('Read.')",
        "google.generate_content GenerativeModel g: system=Be brief., user=Read.",
    ),
    "vertexai": (
        "from vertexai.generative_models import GenerativeModel\nGenerativeModel('g').generate_content('Read.')",
        "google.generate_content GenerativeModel g: user=Read.",
    ),
    "a method of gemini that is passed": (
        f"{GENAI_MODEL}await asyncio.to_thread(model.generate_content, 'Read.')",
        "google.generate_content GenerativeModel g: user=Read.",
    ),
    "langchain, a method that is passed": (
        f"{LANGCHAIN}pool.submit(llm.invoke, 'Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model in a dict of a chain": (
        f"{LANGCHAIN}from langchain_core.runnables import RunnableLambda\n{PROMPT}"
        "(RunnableLambda(f) | {'sources': RunnableLambda(f), 'answer': prompt | llm}).invoke({'q': q})",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "langchain, a model in what is assigned": (
        f"{LANGCHAIN}from langchain_core.runnables import RunnablePassthrough\n{PROMPT}"
        "RunnablePassthrough.assign(answer=prompt | llm).invoke({'q': q})",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "langchain, a model side by side with others": (
        f"{LANGCHAIN}from langchain_core.runnables import RunnableLambda, RunnableParallel\n{PROMPT}"
        "RunnableParallel({'sources': RunnableLambda(f)}, answer=prompt | llm).invoke({'q': q})",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "langchain, a model behind one in a dict": (
        f"{LANGCHAIN}other = ChatAnthropic(model='o')\n{PROMPT}({{'q': prompt | other}} | prompt | llm).invoke({{'q': q}})",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "langchain, a prompt ahead of models in a dict": (
        f"{LANGCHAIN}{PROMPT}(prompt | {{'a': llm, 'b': f}}).invoke({{'q': q}})",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "bedrock, arguments that are not known": (
        f"{BEDROCK}client.converse(**{{k: v for k, v in arguments.items() if k in NAMES}})",
        "bedrock.converse - ?: ",
    ),
    "langchain, messages": (
        f"{LANGCHAIN}llm.invoke([SystemMessage(content='Be brief.'), HumanMessage('Read.')])",
        "langchain.chat ChatAnthropic m: system=Be brief., user=Read.",
    ),
    "langchain, pairs": (
        f"{LANGCHAIN}llm.bind_tools([]).invoke([('system', 'Be brief.'), ('human', q)])",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<unknown>",
    ),
    "langchain, a chain": (
        f"{LANGCHAIN}prompt = ChatPromptTemplate.from_messages([('system', 'Be {{how}}.'), ('human', '{{{{q}}}}')])\n"
        "chain = prompt | llm.with_structured_output(dict)\nchain.invoke({'how': 'brief'})",
        "langchain.chat ChatAnthropic m: system=Be <varying>., user={q}",
    ),
    "langchain, a parameter": (
        "from langchain_core.messages import HumanMessage\ndef f(llm):\n    return llm.invoke([HumanMessage(content='Read.')])",
        "langchain.chat - ?: user=Read.",
    ),
    "langchain, a parameter by its annotation": (
        "from langchain_core.language_models import BaseChatModel\ndef f(model: BaseChatModel):\n    return model.invoke('Read.')",
        "langchain.chat BaseChatModel ?: user=Read.",
    ),
    "langchain, a chain that begins with a dict, with a history": (
        f"{LANGCHAIN}chain = {{'q': x}} | prompt | llm\nRunnableWithMessageHistory(chain, h).invoke({{'q': 'a'}})",
        "langchain.chat ChatAnthropic m: =<unknown>",
    ),
    "langchain, a chain of documents": (
        f"{LANGCHAIN}chain = create_retrieval_chain(r, create_stuff_documents_chain(llm, prompt))\nchain.invoke({{'q': 'a'}})",
        "langchain.chat ChatAnthropic m: =<unknown>",
    ),
    "bedrock's titan": (
        f"{BEDROCK}client.invoke_model(modelId='m', body=json.dumps({{'inputText': x, 'textGenerationConfig': {{}}}}))",
        "bedrock.invoke - m: ",
    ),
    "bedrock's converse": (
        f"{BEDROCK}client.converse(modelId='m', system=[{{'text': 'Be brief.'}}, {{'cachePoint': {{'type': 'default'}}}}], "
        "messages=[{'role': 'user', 'content': [{'text': 'Read.'}]}])",
        "bedrock.converse - m: system=Be brief.!, user=Read.",
    ),
    "bedrock's invoke": (
        f"{BEDROCK}body = json.dumps({{'system': 'Be brief.', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}})\n"
        "client.invoke_model(modelId='m', body=body)",
        "bedrock.invoke - m: system=Be brief., user=Read.",
    ),
    "http": (
        f"{HTTP}requests.post('{CLAUDE}', json={{'model': 'm', 'system': 'Be brief.', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}})",
        "anthropic.messages requests m: system=Be brief., user=Read.",
    ),
    "http, dumped, to an address by a name": (
        f"{HTTP}URL = BASE + '/chat/completions'\npayload = {{'model': 'm', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}}\n"
        "requests.post(URL, data=json.dumps(payload))",
        "openai.chat requests m: user=Read.",
    ),
    "http, with the model in the address": (
        f"{HTTP}MODEL = 'gemini-1'\nrequests.post(f'{GOOGLE}/{{MODEL}}:generateContent?key={{key}}', json={{'contents': 'Read.'}})",
        "google.generate_content requests gemini-1: user=Read.",
    ),
    "http, with the model in a constant": (
        f"{HTTP}URL = '{GOOGLE}/gemini-1:streamGenerateContent'\nrequests.post(URL, json={{'contents': 'Read.'}})",
        "google.generate_content requests gemini-1: user=Read.",
    ),
    "http, by a method that takes the verb": (
        f"{HTTP}requests.request('POST', '{CLAUDE}', json={{'model': 'm', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}})",
        "anthropic.messages requests m: user=Read.",
    ),
    "http, by a method that takes the verb by name": (
        "import httpx\nasync def f(verb):\n    async with httpx.AsyncClient() as c:\n        await c.request("
        "method=verb, url=URL + '/chat/completions', json={'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "openai.chat AsyncClient m: user=Read.",
    ),
    "http, by a helper that other requests go through, too": (
        "import httpx\nclass C:\n    def __init__(self):\n        self.http = httpx.Client()\n"
        "    def send(self, path, verb='POST', body=None):\n"
        "        return self.http.request(verb, f'https://api.groq.com/openai/v1{path}', json=body)\n"
        "    def models(self):\n        return self.send('/models', 'GET')\n"
        "    def other(self):\n        return self.send('/chat/completions', 'GET', {'model': 'other'})\n"
        "    def ask(self):\n        return self.send('/chat/completions', body={'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "openai.chat Client m: user=Read.",
    ),
    "http, streamed": (
        f"import httpx\nwith httpx.stream('POST', '{CLAUDE}', json={{'model': 'm', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}}) as r:\n"
        "    print(r)",
        "anthropic.messages httpx m: user=Read.",
    ),
    "http, streamed by a client": (
        f"import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n        async with c.stream('POST', '{CLAUDE}', content=json.dumps("
        "{'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]})) as r:\n            print(r)",
        "anthropic.messages AsyncClient m: user=Read.",
    ),
    "http, built and sent later": (
        f"import httpx\nc = httpx.Client()\nr = c.build_request('POST', '{CLAUDE}', json={{'model': 'm', 'messages': "
        "[{'role': 'user', 'content': 'Read.'}]})\nc.send(r, stream=True)",
        "anthropic.messages Client m: user=Read.",
    ),
    "http, by a function that is imported": (
        f"import json\nfrom requests import post\npost('{CLAUDE}', data=json.dumps({{'model': 'm', 'messages': "
        "[{'role': 'user', 'content': 'Read.'}]}))",
        "anthropic.messages requests m: user=Read.",
    ),
    "urllib": (
        "import json\nimport urllib.request\nbody = json.dumps({'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]}).encode()\n"
        f"req = urllib.request.Request('{CLAUDE}', data=body, headers={{}})\nurllib.request.urlopen(req, timeout=60)",
        "anthropic.messages urllib m: user=Read.",
    ),
    "urllib, functions that are imported, and a text that is encoded later": (
        "import json\nfrom urllib.request import Request, urlopen\n"
        "body = json.dumps({'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]})\n"
        f"urlopen(Request('{CLAUDE}', body.encode('utf-8')))",
        "anthropic.messages urllib m: user=Read.",
    ),
    "urllib, an address": (
        "import json\nfrom urllib import request\n"
        f"request.urlopen('{GOOGLE}/g:generateContent', json.dumps({{'contents': 'Read.'}}).encode())",
        "google.generate_content urllib g: user=Read.",
    ),
    "http.client": (
        "import http.client, json\nc = http.client.HTTPSConnection('api.anthropic.com')\n"
        "c.request('POST', '/v1/messages', json.dumps({'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]}), {})",
        "anthropic.messages - m: user=Read.",
    ),
    "http, an address of several vendors and the body of one": (
        f"{HTTP}def url(kind):\n    if kind == 'openai':\n        return 'https://api.openai.com/v1/chat/completions'\n"
        f"    return '{GOOGLE}/g:generateContent'\n"
        "def f(kind):\n    return requests.post(url(kind), json={'contents': 'Read.'})",
        "google.generate_content requests g: user=Read.",
    ),
    "http, an address of several vendors and the body of the other": (
        f"{HTTP}def url(kind):\n    if kind == 'openai':\n        return 'https://api.openai.com/v1/chat/completions'\n"
        f"    return '{GOOGLE}/g:generateContent'\n"
        "def f(kind):\n    return requests.post(url(kind), json={'model': 'm', 'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "openai.chat requests m: user=Read.",
    ),
    "openrouter": (
        "from openrouter import OpenRouter\ndef client() -> OpenRouter:\n    return OpenRouter(api_key='k')\n"
        "client().chat.send(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "openrouter.chat OpenRouter m: user=Read.",
    ),
    "openrouter's responses": (
        "import openrouter\nasync def f():\n    async with openrouter.OpenRouter() as c:\n"
        "        await c.beta.responses.send_async(model='m', instructions='Be brief.', input='Read.')",
        "openrouter.responses OpenRouter m: system=Be brief., user=Read.",
    ),
    "mistral": (
        "from mistralai import Mistral\nMistral().chat.complete(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "mistral.chat Mistral m: user=Read.",
    ),
    "cohere": (
        "import cohere\ncohere.ClientV2().chat(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "cohere.chat ClientV2 m: user=Read.",
    ),
    "cohere, a model that completes a text": (
        "import cohere\ncohere.Client('k').generate(model='m', prompt='Read.', max_tokens=9)",
        "cohere.chat Client m: user=Read.",
    ),
    "pydantic-ai": (
        "from pydantic_ai import Agent\nagent = Agent('m', system_prompt='Be brief.')\nagent.run_sync('Read.')",
        "pydantic_ai.agent Agent m: system=Be brief., user=Read.",
    ),
    "pydantic-ai, the model as an object": (
        "from pydantic_ai import Agent\nfrom pydantic_ai.models.openai import OpenAIChatModel\n"
        "Agent(OpenAIChatModel('m')).run_sync('Read.')",
        "pydantic_ai.agent Agent m: user=Read.",
    ),
    "openai-agents": (
        f"{AGENTS}agent = Agent(name='a', instructions='Be brief.', model='m')\nRunner.run_sync(agent, 'Read.')",
        "openai_agents.run - m: system=Be brief., user=Read.",
    ),
    "openai-agents, streamed, with another model for the run": (
        f"{AGENTS}import agents\nagent = Agent(name='a', instructions='Be brief.', model='m')\n"
        "def run(q):\n    return agents.Runner.run_streamed(agent, input=q, run_config=RunConfig(model='n'))",
        "openai_agents.run - n: system=Be brief., =<varying>",
    ),
    "openai-agents, the model as an object, and an agent that a method makes": (
        f"{AGENTS}class Bot:\n    def __init__(self):\n        self.agent = Agent(name='a', model=OpenAIChatCompletionsModel(model='m'))\n"
        "    async def run(self):\n        return await Runner.run(self.agent, 'Read.')",
        "openai_agents.run - m: user=Read.",
    ),
    "the Claude Agent SDK": (
        "from claude_agent_sdk import ClaudeAgentOptions, query\n"
        "options = ClaudeAgentOptions(model='m', system_prompt='Be brief.')\n"
        "async def f():\n    async for m in query(prompt='Read.', options=options):\n"
        "        print(m)",
        "claude_agent.query - m: system=Be brief., user=Read.",
    ),
    "the Claude Agent SDK by its former name": (
        "async def f():\n    from claude_code_sdk import ClaudeCodeOptions, query\n"
        "    async for m in query(prompt='Read.', options=ClaudeCodeOptions(model='m', system_prompt='Be brief.')):\n        print(m)",
        "claude_agent.query - m: system=Be brief., user=Read.",
    ),
    "a client of the Claude Agent SDK": (
        "from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient\n"
        "async def f():\n    async with ClaudeSDKClient(options=ClaudeAgentOptions(model='m')) as client:\n        await client.query('Read.')",
        "claude_agent.query ClaudeSDKClient m: user=Read.",
    ),
    "instructor for Gemini": (
        "import instructor\nc = instructor.from_provider('google/gemini-2.5-flash')\n"
        "c.messages.create(response_model=R, messages=[{'role': 'user', 'content': 'Read.'}])",
        "openai.chat Instructor google/gemini-2.5-flash: user=Read.",
    ),
    "instructor for Cohere": (
        "import cohere, instructor\nc = instructor.from_cohere(cohere.Client())\n"
        "c.chat.completions.create(model='m', response_model=R, messages=[{'role': 'user', 'content': 'Read.'}])",
        "openai.chat Instructor m: user=Read.",
    ),
    "a client that a protocol describes": (
        "from typing import Protocol\nclass Llm(Protocol):\n    chat: Chat\n"
        "def f(c: Llm):\n    return c.chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "openai.chat - m: user=Read.",
    ),
    "cohere, all arguments as a dict": (
        "import cohere\nclass C:\n    def __init__(self):\n        self.client = cohere.Client()\n"
        "    def f(self, request):\n        return self.client.chat(**request)",
        "cohere.chat Client ?: ",
    ),
    "pydantic-ai, step by step": (
        "from pydantic_ai import Agent\nagent = Agent('m', instructions='Be brief.')\n"
        "async def f():\n    async with agent.iter('Read.') as run:\n        print(run)",
        "pydantic_ai.agent Agent m: system=Be brief., user=Read.",
    ),
    "langchain, lists of messages": (
        f"{LANGCHAIN}llm.generate([[HumanMessage('Read.')]])",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model of one's own that is given a schema": (
        f"{LANGCHAIN}def f(own, q):\n    chain = ChatPromptTemplate.from_messages([('system', 'Be brief.')]) | own.with_structured_output(S)\n"
        "    return chain.invoke({'q': q})",
        "langchain.chat - ?: system=Be brief.",
    ),
    "langchain, a prompt and a model that is not known": (
        f"{LANGCHAIN}def f(own, q):\n    return (ChatPromptTemplate.from_messages([('system', 'Be brief.')]) | own | parse).invoke({{'q': q}})",
        "langchain.chat - ?: system=Be brief.",
    ),
    "langchain, an agent": (
        f"{LANGCHAIN}from langchain.agents import create_agent\nagent = create_agent(llm, tools=[])\nagent.invoke({{'messages': []}})",
        "langchain.chat create_agent m: =<unknown>",
    ),
    "langchain, an agent by the name of its model": (
        "from langchain.agents import create_agent\nagent = create_agent(model='openai:m', tools=[])\nagent.stream({'messages': []})",
        "langchain.chat create_agent openai:m: =<unknown>",
    ),
    "langgraph, an agent": (
        f"{LANGCHAIN}from langgraph.prebuilt import create_react_agent\n"
        "agent = create_react_agent(model=llm, tools=[])\nagent.invoke({'messages': []})",
        "langchain.chat create_react_agent m: =<unknown>",
    ),
    "langchain, a model that completes texts, in a chain": (
        "from langchain.chains import LLMChain\nfrom langchain_community.llms import Bedrock\n"
        "LLMChain(llm=Bedrock(model_id='m'), prompt=p).run('Read.')",
        "langchain.chat Bedrock m: user=Read.",
    ),
    "langchain, OpenAI's model that completes texts": (
        "from langchain_openai import OpenAI\nOpenAI(model='m').invoke('Read.')",
        "langchain.chat OpenAI m: user=Read.",
    ),
    "a client of Together, whose name LangChain has too": (
        "from together import Together\nTogether().chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "openai.chat - m: user=Read.",
    ),
    "a client of Fireworks, whose name LangChain has too": (
        "from fireworks.client import Fireworks\nFireworks().chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'Read.'}])",
        "openai.chat - m: user=Read.",
    ),
    "langchain, an executor": (
        f"{LANGCHAIN}from langchain.agents import AgentExecutor, create_tool_calling_agent\n"
        "agent = AgentExecutor(agent=create_tool_calling_agent(llm, tools, prompt), tools=tools)\nagent.invoke({'input': 'Read.'})",
        "langchain.chat AgentExecutor m: =<unknown>",
    ),
    "langchain, a chain over documents": (
        f"{LANGCHAIN}from langchain.chains import RetrievalQA\nchain = RetrievalQA.from_chain_type(llm=llm, retriever=r)\nchain.run('Read.')",
        "langchain.chat from_chain_type m: =<unknown>",
    ),
    "langchain, agents for APIs, kept by their names": (
        f"{LANGCHAIN}from langchain.agents import create_openapi_agent\nagents = {{}}\n"
        "def make(name, toolkit):\n    agents[name] = create_openapi_agent(llm, toolkit)\n"
        "def ask(name, question):\n    return agents[name].run(question)",
        "langchain.chat create_openapi_agent m: =<unknown>",
    ),
    "deepagents, with its own model": (
        "from deepagents import create_deep_agent\nagent = create_deep_agent(tools=[search], system_prompt='Be brief.')\n"
        "agent.invoke({'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "langchain.chat create_deep_agent ?: =<unknown>",
    ),
    "deepagents, with a model, streamed": (
        "from deepagents import async_create_deep_agent as make\nagent = make([search], 'Be brief.', model='openai:m').with_config({'limit': 9})\n"
        "async def f():\n    async for part in agent.astream({'messages': []}, stream_mode='values'):\n        print(part)",
        "langchain.chat async_create_deep_agent openai:m: =<unknown>",
    ),
    "langgraph, an agent by the name of its model": (
        "from langgraph.prebuilt import create_react_agent\nagent = create_react_agent('openai:m', [])\nagent.stream({'messages': []})",
        "langchain.chat create_react_agent openai:m: =<unknown>",
    ),
    "langgraph, a supervisor of agents": (
        "from langgraph_supervisor import create_supervisor\nfrom langchain_openai import ChatOpenAI\n"
        "flow = create_supervisor([a, b], model=ChatOpenAI(model='m'))\napp = flow.compile(checkpointer=memory)\napp.invoke({'messages': []})",
        "langchain.chat create_supervisor m: =<unknown>",
    ),
    "a conversation that is compacted": (
        "import openai\nopenai.OpenAI().responses.compact(model='m', instructions='Be brief.', input='Read.')",
        "openai.compact OpenAI m: system=Be brief., user=Read.",
    ),
    "a conversation that is compacted where it is, by a client that is not known": (
        "def f(client, last):\n    return client.responses.compact(model='m', previous_response_id=last)",
        "openai.compact - m: ",
    ),
    "http, by a session that google-auth signs": (
        "import google.auth.transport.requests\nclass C:\n    def __init__(self, credentials):\n"
        "        self.session = google.auth.transport.requests.AuthorizedSession(credentials)\n"
        "    def ask(self):\n        url = f'https://{self.place}-aiplatform.googleapis.com/v1/projects/{self.p}/models/g:streamGenerateContent'\n"
        "        return self.session.request('POST', url, json={'contents': 'Read.'})",
        "google.generate_content AuthorizedSession g: user=Read.",
    ),
    "http, an address of Gemini that is a setting, with a key behind it": (
        f"{HTTP}GEMINI_URL = os.environ['ADDRESS']\n"
        "requests.post(f'{GEMINI_URL}?key={KEY}', json={'contents': 'Read.', 'generationConfig': {}})",
        "google.generate_content requests ?: user=Read.",
    ),
    "http, an address of Gemini in the settings": (
        f"{HTTP}from settings import config\n"
        "requests.post(config.gemini_url, json={'contents': 'Read.', 'generationConfig': {'temperature': 0}})",
        "google.generate_content requests ?: user=Read.",
    ),
    "gemini, asked for text alone": (
        f"{GENAI}client.models.generate_content(model='g', contents='Read.', config={{'response_modalities': ['TEXT']}})",
        "google.generate_content Client g: user=Read.",
    ),
    "http, a function that is passed": (
        f"{HTTP}pool.submit(requests.post, '{CLAUDE}', json={{'model': 'm', 'messages': [{{'role': 'user', 'content': 'Read.'}}]}})",
        "anthropic.messages requests m: user=Read.",
    ),
    "langchain, a model that streamlit keeps": (
        f"{LANGCHAIN}import streamlit as st\ndef start():\n    st.session_state.bot = llm\n    return st.session_state.bot, 1\n"
        "def ask():\n    bot, n = start()\n    return bot.invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model that streamlit keeps as an item": (
        f"{LANGCHAIN}import streamlit as st\ndef start():\n    st.session_state['other'] = ChatAnthropic(model='o')\n"
        "    st.session_state['bot'] = llm\n"
        "def ask():\n    return st.session_state.bot.invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model that streamlit keeps as an attribute and gives as an item": (
        f"{LANGCHAIN}import streamlit as st\ndef start():\n    st.session_state.other = ChatAnthropic(model='o')\n    st.session_state.bot = llm\n"
        "def ask():\n    return st.session_state['bot'].invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "gemini, a chat that streamlit keeps": (
        f"{GENAI_MODEL}import streamlit as st\nif 'chat' not in st.session_state:\n    st.session_state.chat = model.start_chat()\n"
        "def ask():\n    return st.session_state.chat.send_message('Read.')",
        "google.generate_content GenerativeModel g: =<unknown>, user=Read.",
    ),
    "langchain, a chain that chainlit keeps": (
        f"{LANGCHAIN}import chainlit as cl\ndef start():\n    cl.user_session.set('other', ChatAnthropic(model='o'))\n"
        "    cl.user_session.set('bot', llm)\ndef ask():\n    bot = cl.user_session.get('bot')\n    return bot.invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model in the state of an application": (
        f"{LANGCHAIN}from fastapi import FastAPI\napp = FastAPI()\napp.state.llm = llm\ndef ask():\n    return app.state.llm.invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "langchain, a model in the state of a request's application": (
        f"{LANGCHAIN}def start(app):\n    app.state.llm = llm\ndef ask(request):\n    return request.app.state.llm.invoke('Read.')",
        "langchain.chat ChatAnthropic m: user=Read.",
    ),
    "gemini, asked for text by some who share a function": (
        f"{GENAI}def ask(config):\n    return client.models.generate_content(model='g', contents='Read.', config=config)\n"
        "ask({'response_modalities': ['IMAGE']})\nask({'temperature': 0})",
        "google.generate_content Client g: user=Read.",
    ),
    "http, an address that is empty unless somebody gives one": (
        f"{HTTP}def ask(base=''):\n    url = base if base.endswith('/responses') else f'{{base}}/responses'\n"
        "    return requests.post(url, json={'model': 'm', 'input': 'Read.'})",
        "openai.responses requests m: user=Read.",
    ),
    "llama-index, a text": (
        f"{LLAMA}OpenAI(model='m', system_prompt='Be brief.').complete('Read.')",
        "llama_index.llm OpenAI m: system=Be brief., user=Read.",
    ),
    "llama-index, messages": (
        f"{LLAMA}llm = OpenAI('m')\nllm.chat([ChatMessage(role=MessageRole.SYSTEM, content='Be brief.'), ChatMessage('user', q)])",
        "llama_index.llm OpenAI m: system=Be brief., user=<unknown>",
    ),
    "llama-index, a message from a text": (
        f"{LLAMA}llm = OpenAI(model='m')\nasync def f():\n    return await llm.achat(messages=[ChatMessage.from_str('Read.'), *more])",
        "llama_index.llm OpenAI m: user=Read., =<unknown>",
    ),
    "llama-index, a model by its base class": (
        "from llama_index.core.llms import LLM\ndef f(llm: LLM, q):\n    return llm.complete('Read.')",
        "llama_index.llm LLM ?: user=Read.",
    ),
    "http, a model of Cloudflare": (
        f"{HTTP}requests.post(f'https://api.cloudflare.com/client/v4/accounts/{{A}}/ai/run/@cf/meta/m', json={{'messages': "
        "[{'role': 'user', 'content': 'Read.'}]})",
        "openai.chat requests m: user=Read.",
    ),
    "http, Claude on Vertex": (
        f"{HTTP}URL = f'https://aiplatform.googleapis.com/v1/projects/{{p}}/publishers/anthropic/models/{{MODEL}}:streamRawPredict'\n"
        "requests.post(URL, json={'anthropic_version': 'v', 'messages': [{'role': 'user', 'content': 'Read.'}]})".replace(
            "{MODEL}", "m"
        ),
        "anthropic.messages requests m: user=Read.",
    ),
    "http, responses of Azure": (
        f"{HTTP}requests.post(f'{{BASE}}/openai/responses?api-version=7', json={{'model': 'm', 'input': 'Read.'}})",
        "openai.responses requests m: user=Read.",
    ),
    "http, responses at an address that is set": (
        f"{HTTP}BASE = os.environ['BASE']\nrequests.post(BASE + '/responses', json={{'model': 'm', 'input': 'Read.'}})",
        "openai.responses requests m: user=Read.",
    ),
    "langchain, an agent's events": (
        f"{LANGCHAIN}from langchain.agents import create_agent\nasync def f():\n    agent = create_agent(model=llm, tools=[])\n"
        "    async for event in agent.astream_events({'messages': []}, version='v2'):\n        print(event)",
        "langchain.chat create_agent m: =<unknown>",
    ),
    "langchain, a chain that tags": (
        f"{LANGCHAIN}from langchain.chains import create_tagging_chain\ncreate_tagging_chain({{}}, llm).invoke('Read.')",
        "langchain.chat create_tagging_chain m: =<unknown>",
    ),
    "langchain, a chain from a text": (
        f"{LANGCHAIN}from langchain.chains import LLMChain\nLLMChain.from_string(llm, 'Read {{x}}.').predict(x=1)",
        "langchain.chat from_string m: =<unknown>",
    ),
    "langchain, a model of another vendor's package": (
        "from langchain_upstage import ChatUpstage\nChatUpstage(model='m').invoke('Read.')",
        "langchain.chat BaseChatModel m: user=Read.",
    ),
    "langchain, a model of the community": (
        "from langchain_community.chat_models.gigachat import GigaChat\nGigaChat(model='m').invoke('Read.')",
        "langchain.chat BaseChatModel m: user=Read.",
    ),
    "pydantic-ai, with its parameters": (
        "from pydantic_ai import Agent\nagent = Agent[None, str]('m', instructions='Be brief.')\nagent.run_sync('Read.')",
        "pydantic_ai.agent Agent m: system=Be brief., user=Read.",
    ),
    "pydantic-ai, by an annotation with parameters": (
        "from pydantic_ai import Agent\nasync def f(judge: Agent[None, str]):\n    return await judge.run('Read.')",
        "pydantic_ai.agent Agent ?: user=Read.",
    ),
    "mistral, code between two pieces": (
        "from mistralai import Mistral\nMistral().fim.complete(model='m', prompt='def f(', suffix='return a')",
        "mistral.chat Mistral m: user=def f(",
    ),
    "mistral, the same of 2024": (
        "from mistralai.client import MistralClient\nMistralClient().completion(model='m', prompt='def f(', suffix='return a')",
        "mistral.chat MistralClient m: user=def f(",
    ),
    "http, Cohere": (
        f"{HTTP}requests.post('https://api.cohere.com/v1/chat', json={{'model': 'm', 'preamble': 'Be brief.', 'message': 'Read.'}})",
        "cohere.chat requests m: system=Be brief., user=Read.",
    ),
    "langchain, models that are kept by name": (
        "from langchain_openai import ChatOpenAI\nclass C:\n    def __init__(self):\n        self.models = {}\n"
        "    def model(self, name):\n        if name not in self.models:\n            self.models[name] = ChatOpenAI(model='m')\n"
        "        return self.models[name]\n    def ask(self):\n        return self.model('small').invoke('Read.')",
        "langchain.chat ChatOpenAI m: user=Read.",
    ),
    "pydantic-ai, agents that are kept by name": (
        "from pydantic_ai import Agent\nAGENTS = {}\ndef agent(name):\n    found = AGENTS.get(name)\n    if found is None:\n"
        "        AGENTS[name] = found = Agent('m')\n    return AGENTS.get(name)\ndef f(name):\n    return agent(name).run_sync('Read.')",
        "pydantic_ai.agent Agent m: user=Read.",
    ),
    "pydantic-ai, cells of marimo": (
        "import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    from pydantic_ai import Agent\n    agent = Agent('m')\n    return (agent,)\n"
        "@app.cell(hide_code=True)\ndef _(agent):\n    agent.run_sync('Read.')\n    return",
        "pydantic_ai.agent Agent m: user=Read.",
    ),
    "http, an address that is a setting": (
        f"{HTTP}import os\nENDPOINT = os.getenv('AZURE_OPENAI_ENDPOINT')\n"
        "requests.post(ENDPOINT, json={'max_tokens': 9, 'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "openai.chat requests ?: user=Read.",
    ),
    "http, an address among settings": (
        f"{HTTP}from config import settings\ndef f(s):\n"
        "    s.post(url=settings.CLAUDE_URL, json={'model': 'm', 'max_tokens': 9, 'messages': [{'role': 'user', 'content': 'Read.'}]})",
        "anthropic.messages - m: user=Read.",
    ),
    "a batch of LangChain": (
        f"{LANGCHAIN}llm.batch([[SystemMessage('Be brief.'), HumanMessage(each)] for each in texts])",
        "langchain.chat ChatAnthropic m: system=Be brief., user=<varying>",
    ),
    "a batch_completion": (
        "import litellm\nlitellm.batch_completion("
        "'m', [[{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': t}] for t in texts])",
        "litellm - m: system=Be brief., user=<varying>",
    ),
}


@pytest.mark.parametrize(("code", "expected"), FOUND.values(), ids=FOUND)
def test_calls_are_found_with_model_and_prompt(link: Link, code: str, expected: str) -> None:
    site = link(code).site
    assert f"{site.api} {site.client or '-'} {show_models(site)}: {show_prompt(site)}" == expected


def test_imported_functions_are_found_in_functions(link_outlines: Link) -> None:
    body = "json.dumps({'model': 'm', 'messages': [{'role': 'user', 'content': q}]}).encode()"
    code = f"import json\nfrom urllib.request import Request, urlopen\nURL = '{CLAUDE}'\ndef f(q):\n    return urlopen(Request(URL, {body}))"
    assert show_models(link_outlines(code).site) == "m"


@pytest.mark.parametrize(
    ("made", "called"),
    [
        (f"{LANGCHAIN}chain = ChatPromptTemplate.from_template('Read.') | llm", "from more import chain\nchain.invoke({})"),
        (f"{LANGCHAIN}class Models:\n    def __init__(self):\n        self.small = llm", "import more\nmore.Models().small.invoke('Read.')"),
        ("from pydantic_ai import Agent\ndef small(**given):\n    return Agent('m', **given)", "from more import small\nsmall(x=1).run_sync('x')"),
        ("from deepagents import create_deep_agent\nagent = create_deep_agent(model='m')", "from more import agent\nagent.astream('x')"),
        (
            "import importlib\ndef small(name):\n    module = importlib.import_module('langchain_openai')\n"
            "    return getattr(module, 'ChatOpenAI')(model=name)",
            "from more import small\nllm = small('m')\nasync def f():\n    return await llm.ainvoke('Read.')",
        ),
    ],
)  # fmt: skip
def test_clients_of_other_files_are_found(link: Link, made: str, called: str) -> None:
    assert link(called, more=made).models == ["m"]


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nrequests.post('https://example.com/hook', json={'text': '/chat/completions'})",
        f"{HTTP}requests.post(BASE + '/v1/responses', json={{'form': 7}})",
        f"{HTTP}requests.post('https://api.anthropic.com/v1/messages/batches', json={{}})",
        "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/v1/chat/completions')\ndef answer(body): ...",
        f"{HTTP}requests.request('GET', '{CLAUDE}')\nrequests.request('PUT', 'https://example.com/chat/completions', json={{}})",
        "import httpx\nhttpx.stream('POST', 'https://example.com/v1/audio', json={'input': '/chat/completions'})\nhttpx.stream('GET', URL)",
        f"import urllib.request\nurllib.request.urlopen('{CLAUDE}')\nurllib.request.urlopen(urllib.request.Request('{CLAUDE}', headers={{}}))",
        "import urllib.request\nurllib.request.urlopen(urllib.request.Request('https://example.com/chat', data=b'/chat/completions'))",
        "from httpx import post\npost(hook, json={'url': '/chat/completions'})",
        "import cohere\nco = cohere.Client()\nco.embed(texts=[])\ntext.generate(prompt='x', model='m')\npipe.generate('x')",
        "import openrouter\nroom.chat.send('x')\nmail.send(x)",
        "from langchain_core.tools import tool\nsearch.invoke('x')\nretriever.invoke('x')\nllm_tool.invoke(x)",
        "class Model:\n    def generate_content(self, x): ...\nModel().generate_content('gemini')",
        "import cohere\nroom.chat('x')",
        "import boto3\nboto3.client('lambda').invoke_model(x)\nself.converse(x)",
        f"{BEDROCK}client.invoke_model(modelId='amazon.titan-embed-text-v2:0', body=json.dumps({{'inputText': x}}))",
        "import pydantic_ai\nthread.run(x)",
        "from mistralai import Mistral\nMistral().embeddings.create(model='m', inputs=[])",
        "from agents import Runner, Tool\nclass Other:\n    def run(self, x): ...\nOther().run(x)\nTool().run(x)",
        "class Runner:\n    def run(self, x): ...\nRunner.run(agents, x)",
        "import asyncio, subprocess, langchain\nsubprocess.run('x')\nasyncio.run(main())\ntool.run('x')\nimages.generate(prompt='x')",
        "import langchain\nfrom llama_index.llms.openai import OpenAI\nOpenAI(model='m').predict('x')",
        f"{HTTP}import os\nrequests.post(os.getenv('SLACK_URL'), json={{'max_tokens': 9, 'messages': [{{'role': 'user', 'content': 'x'}}]}})",
        f"{HTTP}import os\nrequests.post(os.environ['OPENAI_USAGE'], json={{'messages': [{{'role': 'max_tokens'}}]}})",
        "import langchain\nTOOLS = {}\ndef add(name, tool):\n    TOOLS[name] = tool\ndef f(name):\n    return TOOLS[name].invoke('x')",
        "import langchain\nKEPT = {}\ndef f(a, b):\n    KEPT[a] = KEPT[b]\n    KEPT[b] = KEPT.get(a)\n    return KEPT[a].invoke('x')",
        "import pydantic_ai\n@app.cell\ndef _():\n    frame = open('x')\n@app.cell\ndef _(frame, other):\n    frame.run('x')\n    other.run('x')",
        "import langchain\ndef create_agent(model): ...\ncreate_agent('m').invoke('x')",
        "import langchain\nfrom jinja2 import Template\nTemplate.from_string('x').run(y)",
        "import langchain\nfrom own import create_agent\ncreate_agent('m').invoke('x')\ncall = create_agent('m').invoke\ncall('x')",
        "import pydantic_ai\nfrom agno.agent import Agent\nAgent(model='m').run('x')\ncall = Agent(model='m').run\ncall('x')",
        "import deepagents\nfrom own import create_deep_agent\ncreate_deep_agent().invoke('x')\ntool.invoke('x')",
        "import langgraph\nre.compile('x').invoke('x')\ntool.compile().stream('x')",
        "def f(parser):\n    return parser.responses.compact(rows=[])",
        f"{HTTP}requests.post('https://api.example.com/forms/7/responses', json={{'input': 'x', 'form': 7}})",
        f"{HTTP}requests.post('https://aiplatform.googleapis.com/v1/endpoints/7:rawPredict', json={{'messages': []}})",
        "from langchain_community.chat_message_histories import ChatMessageHistory\nChatMessageHistory().invoke('x')",
        "from langchain_openai import ChatPromptTemplate\nChatPromptTemplate().invoke({})",
        "from langgraph.graph import StateGraph\napp = StateGraph(S).compile()\napp.invoke({'messages': []})\napp.stream({})",
        "import pydantic_ai\nasyncio.run(main())\nframe.iter('x')",
        f"{GENAI}client.models.generate_content(model='g', contents=q, config=types.GenerateContentConfig(response_modalities=['TEXT', 'IMAGE']))",
        f"{GENAI}client.models.generate_content(model='g', contents=q, config={{'response_modalities': [types.Modality.AUDIO]}})",
        f"{HTTP}requests.post('{GOOGLE}/g:generateContent', json={{'contents': q, 'generationConfig': {{'responseModalities': ['AUDIO']}}}})",
        f"{HTTP}requests.post('https://api.openai.com/v1/chat/completions', json={{'audio': {{'voice': 'a'}}, 'messages': [q]}})",
        "import openai\nopenai.OpenAI().chat.completions.create(model='m', modalities=['text', 'audio'], messages=[q])",
        f"{HTTP}from settings import config\nrequests.post(config.slack_url, json={{'contents': q, 'generationConfig': {{}}}})",
        f"{HTTP}from settings import config\nrequests.post(config.gemini_count_url, json={{'contents': q}})",
        f"{LANGCHAIN}from langchain_core.runnables import RunnableLambda, RunnableParallel\nRunnableParallel(a=RunnableLambda(f)).invoke(q)",
        f"{LANGCHAIN}from langchain_core.runnables import RunnableLambda\n(RunnableLambda(f) | {{'a': RunnableLambda(f)}}).invoke(q)",
        "def f(talk, arguments):\n    return talk.converse(**arguments)",
        "def f(parser, pool):\n    return pool.submit(parser.generate_content, 'x')",
        "import langchain\ndef f(tool, pool):\n    return pool.submit(tool.invoke, 'x')",
        f"{HTTP}pool.submit(requests.post, 'https://example.com/jobs', json={{'messages': []}})",
        "import llama_index\ndef f(task):\n    task.complete('x')\n    task.chat('x')",
        "import llama_index\nfrom openai import OpenAI\nOpenAI(model='m').complete('x')",
        "from llama_index.llms.ollama import Ollama\nOllama(model='m').complete('x')",
        "from llama_index.core import VectorStoreIndex\nVectorStoreIndex().as_chat_engine().chat('x')",
        f"{HTTP}requests.post(f'https://api.cloudflare.com/client/v4/accounts/{{A}}/ai/run/@cf/baai/m', json={{'text': ['x']}})",
        f"{GENAI}client.models.generate_content(model='gemini-2.5-flash-image', contents=q)",
        "from google.generativeai import GenerativeModel\nGenerativeModel('gemini-2.5-flash-preview-tts').generate_content(q)",
        f"{LANGCHAIN}import streamlit as st\nst.session_state.tool = make()\nst.session_state.bot = llm\nst.session_state.tool.invoke('x')",
        f"{LANGCHAIN}import streamlit as st\nst.session_state['bot'] = llm\nst.session_state['tool'].invoke('x')",
        f"{LANGCHAIN}import streamlit as st\nst.session_state.a = st.session_state.b.bind()\n"
        "st.session_state.b = st.session_state.a.bind()\nst.session_state.a.invoke('x')",
        f"{LANGCHAIN}import chainlit as cl\ncl.user_session.set('bot', llm)\ncl.user_session.get('tool').invoke('x')",
        f"{LANGCHAIN}def start(app):\n    app.state.llm = llm\ndef ask(request):\n    return request.app.state.tool.invoke('x')",
        f"{HTTP}import os\nrequests.post(os.getenv('BASE', '').rstrip('/'), json={{'messages': [{{'role': q}}], 'max_tokens': 9}})",
        f"{HTTP}def f(base=''):\n    requests.post(base, json={{'messages': [q]}})\nf()",
        "import claude_agent_sdk\nclass Table:\n    def query(self, x): ...\nTable().query(x)\nsession.query(x)\ndef query(x): ...\nquery(x)",
    ],
)
def test_similar_calls_are_none(link: Link, code: str) -> None:
    assert link(code).sites == []


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (f"{GENAI}client.models.generate_content(model='g', contents=q)", "google Gemini's batch mode"),
        (f"{GENAI}client.models.generate_content(model='gemma-4-31b-it', contents=q)", "google no batch"),
        (f"{HTTP}requests.post(f'{GOOGLE}/gemma-4-31b-it:generateContent', json={{'contents': q}})", "google no batch"),
        (f"{LANGCHAIN}llm.invoke(q)", "anthropic the vendor's own batch API"),
        ("from langchain_groq import ChatGroq\nChatGroq(model='m').invoke(q)", "other no batch"),
        ("import cohere\ncohere.Client().chat(message=q)", "cohere no batch"),
        ("import openrouter\nopenrouter.OpenRouter().chat.send(model='m', messages=q)", "None third party"),
        (f"{LANGCHAIN}import langchain.agents\nlangchain.agents.create_agent(llm).invoke(q)", "anthropic no batch"),
        (f"{HTTP}requests.post('{CLAUDE}', json={{'messages': q}})", "anthropic the Message Batches API"),
        (f"{HTTP}requests.post('https://api.groq.com/openai/v1/chat/completions', json={{'messages': q}})", "None third party"),
    ],
)  # fmt: skip
def test_advice_is_what_the_host_has(link: Link, code: str, advice: str) -> None:
    site = link(code).site
    batch = site.offers.batch.partition(" (")[0] if site.takes_batches and site.offers.batch else "no batch"
    assert f"{site.vendor} {'third party' if site.is_third_party_host else batch}" == advice
    assert not site.takes_fixes


@pytest.mark.parametrize(
    ("block", "is_certain"),
    [
        ("{'cachePoint': {'type': 'default'}}", True),
        ("{'cachePoint': {'type': 'default'}} if long else {'cachePoint': {}}", False),
    ],
)
def test_a_cache_point_of_bedrock_is_certain_where_it_is_the_only_block(link: Link, block: str, is_certain: bool) -> None:
    site = link(f"{BEDROCK}client.converse(modelId='m', system=[{{'text': 'Be brief.'}}, {block}], messages=[])").site
    [breakpoint] = site.prompt.breakpoints
    assert breakpoint.is_certain is is_certain
