"""Whose host a client talks to, by its base URL."""

from __future__ import annotations

import enum
import ipaddress
import re
from urllib.parse import urlsplit

from llmlint.findings import Confidence


class Host(enum.Enum):
    """`OWN`: the SDK's vendor, or a cloud on its behalf. `COMPATIBLE`: Anthropic's own endpoint for OpenAI's SDK, which caches nothing.
    `DEFAULT`: the same unless somebody sets another address, which the source does not tell. `VENDOR`: another vendor, whose models are its own
    whatever name they are asked by. `ROUTER`: a router whose pages say that it passes cache breakpoints on content blocks on to Claude.
    `OTHER`: another router or a proxy. `LOCAL`: a model server on the program's own machine or network, which bills no tokens.
    `UNKNOWN`: an address that is always set and that the source does not tell.
    """

    OWN = "own"
    DEFAULT = "default"
    COMPATIBLE = "compatible"
    VENDOR = "vendor"
    ROUTER = "router"
    OTHER = "other"
    LOCAL = "local"
    UNKNOWN = "unknown"


_OWN = (".openai.com", ".anthropic.com", ".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
# Vendors with an endpoint for OpenAI's or Anthropic's SDK that serves no model of either (their pages on compatibility, November 2026).
_VENDORS = (
    ".deepseek.com", ".groq.com", ".together.xyz", ".together.ai", ".mistral.ai", ".generativelanguage.googleapis.com", ".aliyuncs.com",
    ".moonshot.ai", ".moonshot.cn", ".z.ai", ".bigmodel.cn", ".x.ai", ".minimax.io", ".minimaxi.com", ".fireworks.ai", ".perplexity.ai",
    ".cerebras.ai", ".sambanova.ai", ".integrate.api.nvidia.com", ".siliconflow.cn", ".siliconflow.com", ".volces.com", ".baidubce.com",
    ".anyscale.com", ".deepinfra.com", ".novita.ai", ".hyperbolic.xyz", ".lepton.run", ".stepfun.com", ".cohere.ai", ".cohere.com",
    ".huggingface.co", ".lambdalabs.com", ".lambda.ai",
)  # fmt: skip

# Hosts with OpenAI's API that pass `cache_control` on a content block on to Claude, with the page that says so. None was found that routes
# Claude requests by `prompt_cache_key`: with the key alone, threads of 2026 report reads that stay at 0 (all read in November 2026).
_ROUTERS = {
    ".openrouter.ai": "https://openrouter.ai/docs/guides/best-practices/prompt-caching",
    ".databricks.com": "https://docs.litellm.ai/docs/tutorials/prompt_caching",
    ".azuredatabricks.net": "https://docs.litellm.ai/docs/tutorials/prompt_caching",
    ".assemblyai.com": "https://www.assemblyai.com/docs/llm-gateway/prompt-caching",
}
# Names of settings with the address of a model server of one's own: LOCAL_LLM_BASE_URL, OLLAMA_HOST, VLLM_API_BASE.
_LOCAL_SETTING = re.compile(r"(?i)(?:^|_)(?:local|localhost|ollama|vllm|lm_?studio|llama_?cpp|llamafile|tgi)(?:_|$)")
# Words of settings with a key for another host than OpenAI's or Anthropic's: OPENROUTER_API_KEY, groq_api_key.
_KEY_SETTING = re.compile(
    r"(?i)(?:^|_)(?:(?P<router>open_?router)|(?P<other>litellm|portkey|github_token|azureml)|"
    r"groq|together(?:_?ai)?|deep_?seek|mistral|xai|grok|gemini|google|dashscope|qwen|moonshot|kimi|zhipu(?:ai)?|bigmodel|perplexity|pplx|"
    r"fireworks(?:_?ai)?|cerebras|sambanova|nvidia|nvapi|silicon_?flow|deep_?infra|novita|hyperbolic|hugging_?face|hf|cohere|minimax|stepfun|"
    r"anyscale)(?:_|$)"
)
_OF_OWN = re.compile(r"(?i)open_?ai|anthropic|claude|azure")
# What is given for a key to a model server that asks for none.
_NO_KEYS = frozenset(
    {"empty", "ollama", "vllm", "lm-studio", "lm_studio", "lmstudio", "not-needed", "not_needed", "not needed", "not-required",
     "no-key-needed", "no-key-required", "sk-no-key-required", "local"}
)  # fmt: skip
_HOST_NAME = re.compile(r"\w(?:[\w.-]*\w)?|[0-9a-f:]+")
_LOCAL_NAMES = ("localhost", "host.docker.internal", "ollama", "vllm")
# litellm's proxy listens there by default, and sends requests on to vendors.
_PROXY_PORTS = frozenset({4000})


def host_of(address: str, package: str) -> Host:
    """Whose host an address names; `package` is that of the SDK."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
    except ValueError:  # "http://[": no address at all.
        return Host.UNKNOWN
    name = f".{parts.hostname or ''}"
    if _HOST_NAME.fullmatch(name[1:]) is None and not any(own in address for own in _OWN):
        return Host.UNKNOWN  # It stands for an address: "**/", "<your endpoint>".
    if _is_local(name[1:]):
        return Host.OTHER if _port(parts.netloc) in _PROXY_PORTS else Host.LOCAL
    if package == "openai" and name.endswith(".anthropic.com"):
        return Host.COMPATIBLE
    if name.endswith(_OWN) or any(own in address for own in _OWN):
        return Host.OWN
    if name.endswith(tuple(_ROUTERS)):
        return Host.ROUTER
    return Host.VENDOR if name.endswith(_VENDORS) else Host.OTHER


def host_of_setting(name: str) -> Host:
    """Whose host the address of a setting most likely names whose value is not known: an environment variable that has to be set."""
    return Host.LOCAL if _LOCAL_SETTING.search(name) else Host.UNKNOWN


def host_of_key_setting(name: str) -> Host:
    """Whose host a key is for, by the name of the setting it is read from, where it is another than the SDK's vendor's."""
    found = _KEY_SETTING.search(name)
    if found is None or _OF_OWN.search(name):
        return host_of_setting(name)
    return Host.ROUTER if found["router"] else Host.OTHER if found["other"] else Host.VENDOR


def is_no_key(key: str) -> bool:
    """Whether a key is one for a model server that asks for none: "EMPTY", "ollama"."""
    return key.lower() in _NO_KEYS


def certainty(host: Host) -> Confidence:
    """How sure it is that a host has what the SDK's vendor offers besides ordinary requests, such as batches."""
    return {Host.OWN: Confidence.HIGH, Host.DEFAULT: Confidence.MEDIUM}.get(host, Confidence.LOW)


def _is_local(name: str) -> bool:
    """Whether a host name or address is the machine itself or one of a private network."""
    if name in _LOCAL_NAMES or name.endswith((".localhost", ".local")):
        return True
    try:
        return ipaddress.ip_address(name).is_private
    except ValueError:
        return False


def _port(netloc: str) -> int | None:
    digits = netloc.rpartition(":")[2]
    return int(digits) if digits.isdecimal() and len(digits) <= 5 else None
