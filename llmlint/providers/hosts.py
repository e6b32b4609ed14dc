"""Whose host a client talks to, by its base URL."""

from __future__ import annotations

import enum
from urllib.parse import urlsplit


class Host(enum.Enum):
    """`OWN`: the SDK's vendor, or a cloud on its behalf. `COMPATIBLE`: Anthropic's own endpoint for OpenAI's SDK, which caches nothing.
    `VENDOR`: another vendor, whose models are its own whatever name they are asked by. `ROUTER`: a router whose pages say that it passes cache
    breakpoints on content blocks on to Claude. `OTHER`: another router, a proxy, a machine of one's own.
    `UNKNOWN`: an address that the source does not tell.
    """

    OWN = "own"
    COMPATIBLE = "compatible"
    VENDOR = "vendor"
    ROUTER = "router"
    OTHER = "other"
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


def host_of(address: str, package: str) -> Host:
    """Whose host an address names; `package` is that of the SDK."""
    name = f".{urlsplit(address if '//' in address else f'//{address}').hostname or ''}"
    if package == "openai" and name.endswith(".anthropic.com"):
        return Host.COMPATIBLE
    if name.endswith(_OWN) or any(own in address for own in _OWN):
        return Host.OWN
    if name.endswith(tuple(_ROUTERS)):
        return Host.ROUTER
    return Host.VENDOR if name.endswith(_VENDORS) else Host.OTHER
