"""LangChain's chat models (langchain-core 1.x, read on 2026-11-26), and chains that pipe a prompt to one.

`.batch` sends ordinary requests side by side at full price; it is no batch API.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "langchain.chat"


def _client(vendor: str | None = None, *, takes_batches: bool = True) -> Client:
    return Client(takes_batches, False, vendor, keeps_arguments=True)


# Those that talk to a vendor with a batch API, by that vendor; of the others none is known to have one.
CLIENTS = {
    "ChatAnthropic": _client("anthropic"),
    "ChatOpenAI": _client("openai"),
    "AzureChatOpenAI": _client("openai"),
    "ChatGoogleGenerativeAI": _client("google"),
    "ChatVertexAI": _client("google"),
    "ChatAnthropicVertex": _client("anthropic", takes_batches=False),
    "ChatBedrock": _client(takes_batches=False),
    "ChatBedrockConverse": _client(takes_batches=False),
    "BedrockChat": _client(takes_batches=False),
    "ChatMistralAI": _client("mistral"),
    "BaseChatModel": _client(takes_batches=False),
    "BaseLanguageModel": _client(takes_batches=False),
} | dict.fromkeys(
    (
        "ChatGroq", "ChatCohere", "ChatTogether", "ChatFireworks", "ChatDeepSeek", "ChatXAI", "ChatPerplexity", "ChatOpenRouter",
        "ChatLiteLLM", "ChatDatabricks", "ChatNVIDIA", "ChatTongyi", "ChatZhipuAI", "ChatHuggingFace", "ChatOllama",
        "ChatCerebras", "ChatSambaNovaCloud", "ChatWatsonx",
    ),
    _client("other", takes_batches=False),
)  # fmt: skip
# Models that complete a text. No batch API takes such requests.
CLIENTS |= {
    name: _client(vendor, takes_batches=False)._replace(is_of_family=True)
    for vendor, names in {
        "openai": ("OpenAI", "AzureOpenAI"),
        "anthropic": ("Anthropic", "AnthropicLLM"),
        "google": ("GoogleGenerativeAI", "GooglePalm", "VertexAI"),
        None: ("Bedrock", "BedrockLLM"),
        "other": (
            "AI21", "Cohere", "Fireworks", "HuggingFaceEndpoint", "HuggingFaceHub", "Ollama", "OllamaLLM", "Replicate", "Together", "WatsonxLLM",
        ),
    }.items()
    for name in names
}  # fmt: skip
# Of langchain, langgraph and deepagents, in all their versions.
AGENTS = {
    "create_agent": (("model",), 0),
    "create_react_agent": (("model", "llm"), 0),
    "create_deep_agent": (("model",), 0),
    "async_create_deep_agent": (("model",), 0),
    "create_supervisor": (("model",), 1),
    "create_tool_calling_agent": (("llm",), 0),
    "create_openai_functions_agent": (("llm",), 0),
    "create_openai_tools_agent": (("llm",), 0),
    "create_structured_chat_agent": (("llm",), 0),
    "create_sql_agent": (("llm",), 0),
    "create_pandas_dataframe_agent": (("llm",), 0),
    "create_csv_agent": (("llm",), 0),
    "create_history_aware_retriever": (("llm",), 0),
    "create_openai_fn_runnable": (("llm",), 1),
    "create_qa_with_sources_chain": (("llm",), 0),
    "create_sql_query_chain": (("llm",), 0),
    "create_structured_output_runnable": (("llm",), 1),
    "create_extraction_chain": (("llm",), 1),
    "create_extraction_chain_pydantic": (("llm",), 1),
    "create_tagging_chain": (("llm",), 1),
    "create_tagging_chain_pydantic": (("llm",), 1),
    "create_json_agent": (("llm",), 0),
    "create_openapi_agent": (("llm",), 0),
    "create_vectorstore_agent": (("llm",), 0),
    "create_vectorstore_router_agent": (("llm",), 0),
    "create_spark_sql_agent": (("llm",), 0),
    "create_pbi_agent": (("llm",), 0),
    "create_pbi_chat_agent": (("llm",), 0),
    "create_xml_agent": (("llm",), 0),
    "create_self_ask_with_search_agent": (("llm",), 0),
    "create_json_chat_agent": (("llm",), 0),
    "create_conversational_retrieval_agent": (("llm",), 0),
    "create_python_agent": (("llm",), 0),
    "initialize_agent": (("llm",), 1),
    "AgentExecutor": (("agent",), 0),
    "from_agent_and_tools": (("agent",), 0),
    "ConversationChain": (("llm",), 0),
    "from_chain_type": (("llm",), 0),
    "from_llm": (("llm",), 0),
    "from_string": (("llm",), 0),
    "load_qa_chain": (("llm",), 0),
    "load_qa_with_sources_chain": (("llm",), 0),
    "load_summarize_chain": (("llm",), 0),
}
CLIENTS |= dict.fromkeys(AGENTS, _client(takes_batches=False)._replace(is_of_family=True))
_INPUT = ("input", "config")
_RUNS = ("invoke", "ainvoke", "stream", "astream", "astream_events", "astream_log")
# How calls look in a file that imports a model, a chain or an agent from another one.
_TELLING = (b"nvoke", b".astream", b".stream(", b".batch", b".abatch", b".predict", b".run(", b".arun(")
# The same in a file that is given its model as an argument.
_MODELS = (b"llm.invoke(", b"llm.ainvoke(", b"model.invoke(", b"model.ainvoke(")
_BATCHES = ("batch", "abatch", "batch_as_completed", "abatch_as_completed")
# Of each of several lists of messages.
_GENERATES = ("generate", "agenerate")
# Before version 1.
_LEGACY = ("predict", "apredict", "predict_messages", "apredict_messages", "run", "arun")
_COPIES = ("bind", "with_config", "with_retry", "with_fallbacks", "with_types", "with_listeners", "compile")
# Of packages that extend LangChain (`langchain_upstage.ChatUpstage`): no prompts, messages and results.
_OTHERS = r"langchain_(?!core\.|classic\.)\w+\.(?:\w+\.)*\w*Chat(?!Prompt|Message|Generation|Result)\w*(?<!History)(?<!Memory)"

SDK = Sdk(
    "langchain",
    frozenset({"langchain", "langchain_core", "langchain_community", "langgraph", "deepagents"}),
    CLIENTS,
    (
        Method(("invoke",), _API, names=_INPUT),
        Method(("ainvoke",), _API, names=_INPUT),
        Method(("stream",), _API, is_streaming=True, names=_INPUT),
        Method(("astream",), _API, is_streaming=True, names=_INPUT),
        Method(("astream_events",), _API, is_streaming=True, names=_INPUT),
        Method(("astream_log",), _API, is_streaming=True, names=_INPUT),
        *(Method((name,), _API, names=("inputs", "config"), items="inputs") for name in _BATCHES),
        *(Method((name,), _API, names=("inputs", "stop"), items="inputs") for name in _GENERATES),
        *(Method((name,), _API, names=("input",)) for name in _LEGACY),
    ),
    {
        _API: Api(
            batch="the vendor's own batch API (LangChain's `.batch` sends ordinary requests at full price)",
            takes_breakpoints=True,
            how_to_cache='send that message\'s content as `[{"type": "text", "text": …, "cache_control": {"type": "ephemeral"}}]`',
        )
    },
    factories={
        ("with_structured_output",): ("response_format",),
        ("bind_tools",): ("tools",),
        ("init_chat_model",): ("model",),
        **{(copy,): () for copy in _COPIES},
    },
    wrappers={
        "RunnableWithMessageHistory": ("runnable", 0),
        "LLMChain": ("llm", 0),
        "create_stuff_documents_chain": ("llm", 0),
        "create_retrieval_chain": ("combine_docs_chain", 1),
    },
    agents=AGENTS,
    parallels=frozenset({"RunnableParallel", "RunnableMap", "assign"}),
    more_clients=(_OTHERS, "BaseChatModel"),
    roles=Roles(
        model=("model", "model_name", "model_id", "azure_deployment"), system=(), messages=("input", "inputs"), inside=()
    ),
    evidence=(
        Evidence((*_RUNS, *_BATCHES, *_GENERATES, *_LEGACY), words=(b"langchain",)),
        *(Evidence(_RUNS, words=(word,)) for word in (b"langgraph", b"deepagents")),
        *(
            Evidence((*_RUNS, *_BATCHES, *_LEGACY), words=(word,), any_of=_TELLING, may_be_elsewhere=True)
            for word in (b"langchain", b"langgraph", b"deepagents")
        ),
        Evidence(("invoke", "ainvoke"), words=(b"invoke(",), any_of=_MODELS),
    ),
    telling=frozenset({"invoke", "ainvoke"}),
)
