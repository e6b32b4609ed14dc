"""Hosts that may not have another model: a proxy, a deployment of Azure, an address that the source does not tell."""

from __future__ import annotations

import re

from llmlint.callsite import Request
from llmlint.findings import Confidence

_AZURE = re.compile(r"(?:Async)?AzureOpenAI$")
# Methods of Azure's own packages that give a client of OpenAI's: `AIProjectClient(…).get_openai_client()`.
_FROM_AZURE = (b".get_openai_client(", b".get_azure_openai_client(")

# Where the program itself says which host an SDK sends requests to that is given no address.
_SETTINGS = {
    "openai": re.compile(
        rb"environ(?:\[|\.setdefault\()\s*[\"']OPENAI_(?:BASE_URL|API_BASE)[\"']\s*(?:\]\s*=|,)\s*[\"']https?://(?!api\.openai\.com)"
    ),
    "anthropic": re.compile(
        rb"environ(?:\[|\.setdefault\()\s*[\"']ANTHROPIC_BASE_URL[\"']\s*(?:\]\s*=|,)\s*[\"']https?://(?!api\.anthropic\.com)"
    ),
}


def is_on_azure(call: Request) -> bool:
    """Whether the models of a request are deployments by the names that their owner gave them."""
    if call.client is None:
        return call.provider == "openai" and call.program.mentions(_FROM_AZURE, call.place.module)
    return _AZURE.search(call.client) is not None


def may_lack_models(call: Request) -> bool:
    """Whether the host of a request may have other models than the vendor, as it is neither the vendor nor a router with all of its models."""
    if call.provider == "litellm" and (call.has("api_base") or call.has("base_url")):
        return True
    setting = _SETTINGS.get(call.provider)
    if setting is not None and call.program.first_matching(b"environ", setting, call.span.path) is not None:
        return True
    # Anthropic's endpoint for OpenAI's SDK is its own, and caches nothing.
    is_elsewhere = call.is_third_party_host or call.caches_prompts
    return call.host_certainty is Confidence.LOW and is_elsewhere and not call.passes_breakpoints
