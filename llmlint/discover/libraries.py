"""LLM libraries that are known and not checked yet: how their calls look in the bytes of a file, as data.

Only what is a request for certain: a method that nothing else has, or one of an object that the file makes of a class of the library. Of libraries
whose models may run on one's own machine (transformers, vllm, llama.cpp) nothing is counted.
"""

from __future__ import annotations

from typing import NamedTuple


class Library(NamedTuple):
    """One library. `word` stands in each file with an import, which `imported` finds. `calls` finds calls that are written out; `made` is what an
    object is made by whose `methods` (or itself, where `is_called`) send requests. `address` is what requests are posted to without a library of
    its own. `also` has to be in the file too."""

    name: str
    word: bytes
    imported: bytes
    calls: bytes | None = None
    made: bytes | None = None
    methods: bytes | None = None
    is_called: bool = False
    also: bytes | None = None
    address: bytes | None = None


_REMOTE = rb"(?:openai|azure_?openai|anthropic|gemini|mistral|googleai|vertexai|litellm|togetherai|dottxt)"

LIBRARIES = (
    Library(
        "ollama",
        b"ollama",
        rb"(?:from|import) ollama\b",
        rb"(?<![\w.])ollama\.(?:chat|generate)\s*\(",
        made=rb"(?:Async)?Client",
        methods=rb"chat|generate",
    ),
    Library(
        "ollama",
        b"/api/",
        rb"(?:from|import) [\w, .]*\b(?:requests|httpx|aiohttp|urllib)\b",
        also=rb"(?i)ollama|:11434\b",
        address=rb"/api/(?:generate|chat)\b",
    ),
    Library(
        "llama_index",
        b"llama_index",
        rb"(?:from|import) llama_index\b",
        rb"(?<!\w)(?:\w*llm|Settings\.llm)\.(?:a?predict|a?structured_predict)\s*\("
        rb"|(?<!\w)\w*(?:query|chat)_engine\.(?:a?query|a?chat|a?stream_chat)\s*\(",
    ),
    Library(
        "haystack",
        b"haystack",
        rb"from haystack\b",
        rb"(?<!\w)\w*(?:generator|rag_pipeline|rag_pipe|qa_pipeline)\.(?:run|run_async)\s*\(",
        also=rb"\wGenerator\s*\(",
    ),
    Library(
        "dspy",
        b"dspy",
        rb"(?:from|import) dspy\b",
        rb"(?<!\w)dspy\.(?:Predict|ChainOfThought|ReAct|ProgramOfThought)\s*\([^()]*\)\s*\(",
        made=rb"dspy\.(?:Predict|ChainOfThought|ReAct|ProgramOfThought|MultiChainComparison|LM)",
        methods=rb"acall|forward|batch",
        is_called=True,
    ),
    Library("crewai", b"crewai", rb"(?:from|import) crewai\b", rb"\.\s*a?kickoff(?:_for_each)?(?:_async)?\s*\("),
    Library(
        "semantic_kernel",
        b"semantic_kernel",
        rb"(?:from|import) semantic_kernel\b",
        rb"\.\s*(?:get_(?:streaming_)?(?:chat_message|text)_contents?|invoke_prompt(?:_stream)?)\s*\(",
    ),
    Library(
        "autogen",
        b"autogen",
        rb"(?:from|import) (?:autogen|autogen_agentchat|pyautogen)\b",
        rb"\.\s*(?:a_)?initiate_chats?\s*\(|\.\s*run(?:_stream)?\s*\(\s*task\s*=",
    ),
    Library(
        "smolagents",
        b"smolagents",
        rb"(?:from|import) smolagents\b",
        made=rb"(?:smolagents\.)?(?:Code|ToolCalling|MultiStep)Agent",
        methods=rb"run",
        is_called=True,
    ),
    Library(
        "agno",
        b"agno",
        rb"from agno\b",
        made=rb"(?:Agent|Team)",
        methods=rb"a?run|a?print_response",
    ),
    Library(
        "strands",
        b"strands",
        rb"from strands\b",
        made=rb"Agent",
        methods=rb"invoke_async|stream_async|structured_output(?:_async)?",
        is_called=True,
    ),
    Library(
        "google-adk",
        b"google.adk",
        rb"from google\.adk\b",
        made=rb"(?:InMemory)?Runner",
        methods=rb"run|run_async|run_live|run_debug",
    ),
    Library(
        "replicate",
        b"replicate",
        rb"import replicate\b",
        rb"(?<!\w)replicate\.(?:async_)?(?:run|stream)\s*\(\s*(?:ref\s*=\s*)?[\"'][^\"'\r\n]*"
        rb"(?:llama|mi[sx]tral|mixtral|claude|gpt|gemini|deepseek|qwen|granite)",
    ),
    Library(
        "huggingface_hub",
        b"InferenceClient",
        rb"(?:from|import) huggingface_hub\b",
        made=rb"(?:huggingface_hub\.)?(?:Async)?InferenceClient",
        methods=rb"chat_completion|text_generation",
    ),
    Library("ai21", b"ai21", rb"import ai21\b", rb"(?<!\w)ai21\.Completion\.execute\s*\("),
    Library(
        "watsonx",
        b"ibm_watson",
        rb"from ibm_watson(?:x_ai|_machine_learning)\b",
        made=rb"(?:ModelInference|Model)",
        methods=rb"a?generate|generate_text|generate_text_stream|a?chat|chat_stream",
    ),
    Library(
        "xai_sdk",
        b"xai_sdk",
        rb"(?:from|import) xai_sdk\b",
        made=rb"[\w.]*\bchat\.create",
        methods=rb"sample|stream|parse|defer",
    ),
    Library(
        "azure-ai-inference",
        b"azure.ai.inference",
        rb"from azure\.ai\.inference\b",
        made=rb"ChatCompletionsClient",
        methods=rb"complete",
    ),
    Library(
        "Bedrock agents",
        b"bedrock-agent-runtime",
        rb"import (?:aio)?boto3\b",
        rb"\.\s*(?:invoke_agent|invoke_inline_agent|retrieve_and_generate(?:_stream)?)\s*\(",
    ),
    Library(
        "OpenAI's assistants",
        b"threads.runs",
        rb"(?:from|import) openai\b",
        rb"\bthreads\s*\.\s*runs\s*\.\s*(?:create|stream|create_and_poll|create_and_stream)\s*\(",
    ),
    Library(
        "guidance",
        b"guidance",
        rb"from guidance import\b",
        rb"(?<![\w.])(?:gen|select)\s*\(",
        also=rb"(?i)\bmodels\." + _REMOTE + rb"\s*\(",
    ),
    Library(
        "outlines",
        b"outlines",
        rb"import outlines\b",
        made=rb"outlines\.(?:from_|models\.)" + _REMOTE,
        is_called=True,
    ),
)
