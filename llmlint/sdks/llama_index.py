"""LlamaIndex's models (llama-index-core 0.10 to 0.14, read on 2026-11-27): `llm.complete(prompt)`, `llm.chat(messages)`, and what these stream.

Their requests go out one by one, to the host of the model's vendor. Query engines, agents and workflows send requests of their own, which are not
looked at, and models on the own machine are left out.
"""

from __future__ import annotations

from llmlint.sdks.shape import Api, Client, Evidence, Method, Roles, Sdk

_API = "llama_index.llm"


def _client(vendor: str | None) -> Client:
    # Other SDKs have classes by most of these names.
    return Client(False, False, vendor, keeps_arguments=True, names=("model",), is_of_family=True)


_VENDORS = {
    "openai": ("OpenAI", "AzureOpenAI", "OpenAIResponses", "OpenAIMultiModal", "AzureOpenAIMultiModal"),
    "anthropic": ("Anthropic",),
    "google": ("Gemini", "GoogleGenAI", "Vertex"),
    "mistral": ("MistralAI",),
    None: ("Bedrock", "BedrockConverse", "LiteLLM", "LLM"),
    "other": (
        "AI21", "AzureAICompletionsModel", "Cerebras", "Cohere", "DashScope", "Databricks", "DeepInfraLLM", "DeepSeek", "Fireworks", "Groq", "IBM",
        "NVIDIA", "OpenAILike", "OpenRouter", "Perplexity", "Replicate", "SambaNovaCloud", "TogetherLLM", "WatsonX", "XAI", "ZhipuAI",
    ),
}  # fmt: skip


def _method(name: str, sent: str) -> Method:
    return Method((name,), _API, "stream" in name, names=(sent,), takes_batches=False)


_METHODS = tuple(
    _method(prefix + name, sent)
    for name, sent in (("complete", "prompt"), ("chat", "messages"))
    for prefix in ("", "a", "stream_", "astream_")
)
_NAMES = tuple(method.path[-1] for method in _METHODS)

SDK = Sdk(
    "llama_index",
    frozenset({"llama_index"}),
    {name: _client(vendor) for vendor, names in _VENDORS.items() for name in names},
    _METHODS,
    {_API: Api(caches_prefixes=False)},
    roles=Roles(model=("model", "model_name", "engine"), system=("system_prompt",), messages=("messages", "prompt")),
    evidence=(
        Evidence(_NAMES, words=(b"llama_index",)),
        Evidence(
            _NAMES,
            words=(b"llama_index",),
            any_of=(
                b"llm.complete(",
                b"llm.acomplete(",
                b"llm.stream_complete(",
                b"llm.chat(",
                b"llm.achat(",
                b"llm.stream_chat(",
            ),
            may_be_elsewhere=True,
        ),
    ),
)
