"""SDKs of plugins: data in the same form as that of the SDKs here."""

from __future__ import annotations

from collections.abc import Container

from llmlint import plugins
from llmlint.sdks.shape import Sdk


def plugged_sdks(own: Container[str]) -> dict[str, Sdk]:
    """The SDKs of plugins by name, as far as they are right; what is wrong with others is noted."""
    found: dict[str, Sdk] = {}
    for entry in plugins.entries(plugins.SDKS):
        sdk = plugins.load(entry)
        if sdk is None:
            continue
        wrong = _what_is_wrong(entry.name, sdk, own)
        if wrong is None:
            found[entry.name] = sdk
        else:
            plugins.complain(entry, wrong)
    return found


def _what_is_wrong(name: str, sdk: object, own: Container[str]) -> str | None:
    if not isinstance(sdk, Sdk):
        return f"is {type(sdk).__name__} and not an Sdk"
    if sdk.name != name:
        return f"is called {sdk.name}"
    if name in own:
        return "has the name of an SDK of llmlint"
    called = {method.path[-1] for method in sdk.methods}
    if not called <= {each for evidence in sdk.evidence for each in evidence.names} or not all(
        each.words for each in sdk.evidence
    ):
        return "has methods without evidence (words that each file with a call holds)"
    missing = {method.api for method in (*sdk.methods, *sdk.functions.values())} - sdk.apis.keys()
    return f"has no Api {sorted(missing)[0]}" if missing else None
