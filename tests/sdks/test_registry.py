"""What holds for each method of each SDK by its data alone: files with a call pass the filters, the call is found, and every rule can look at it."""

from __future__ import annotations

import ast
import datetime
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from llmlint.catalog import Catalog
from llmlint.discover import confirm
from llmlint.discover.prefilter import has_plain_call, may_hold_call
from llmlint.rules.registry import RuleContext, known_rules
from llmlint.sdks import GATES, TELLING, all_sdks
from llmlint.sdks.shape import Method, Sdk

Link = Callable[..., Any]

_TEXT = "'Answer as briefly as you can, in the words of the handbook of the house. ' * 400"
_SPECIAL = {
    "bedrock": "import boto3\nclient = boto3.client('bedrock-runtime')\n",
    "http": "import json, requests\nclient = requests\n",
    "claude_agent": "from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient\nclient = ClaudeSDKClient(ClaudeAgentOptions(model='m'))\n",
}
_ARGUMENTS = {
    "anthropic": f"model='claude-opus-4-8', max_tokens=9, system={_TEXT}, messages=[{{'role': 'user', 'content': item}}]",
    "openai": f"model='gpt-4', messages=[{{'role': 'system', 'content': {_TEXT}}}, {{'role': 'user', 'content': item}}]",
    "google": f"model='gemini-2.5-pro', contents=[{_TEXT}, item]",
    "bedrock.converse": f"modelId='anthropic.claude-opus-4-8', system=[{{'text': {_TEXT}}}], messages=[]",
    "bedrock.invoke": f"modelId='anthropic.claude-opus-4-8', body=json.dumps({{'system': {_TEXT}, 'messages': []}})",
    "http": "'https://api.anthropic.com/v1/messages', json={'model': 'claude-opus-4-8', 'max_tokens': 9, 'messages': [item]}",
}
_BY_PATH = {
    "responses": f"model='gpt-4', instructions={_TEXT}, input=item",
    "aresponses": f"model='gpt-4', instructions={_TEXT}, input=item",
    "completions": "model='m', prompt=item, max_tokens_to_sample=9",
}


def methods() -> list[Any]:
    everything = [(sdk, method) for sdk in all_sdks() for method in dict.fromkeys((*sdk.methods, *sdk.functions.values()))]
    return [pytest.param(sdk, method, id=f"{sdk.name} {'.'.join(method.path)}") for sdk, method in everything]


def program(sdk: Sdk, method: Method) -> str:
    """A small program with one call of the method, once for each item."""
    function = next((name for name, each in sdk.functions.items() if each is method), None)
    head = _SPECIAL.get(sdk.name)
    call = f"client.{'.'.join(method.path)}"
    if function is not None:
        head, call = f"import {function.partition('.')[0]}\n", function
    elif method.is_of_instructor:
        head = f"import instructor\nclient = instructor.from_{sdk.name}({sdk.name}.Client())\n"
    elif head is None:
        package = sdk.name if sdk.name in sdk.packages else next(iter(sorted(sdk.packages - {"instructor"})))
        client = next(iter(sdk.clients))
        names = sdk.clients[client].names
        given = ", ".join(["'claude-opus-4-8'"] * len(names)) if names else "model='claude-opus-4-8'"
        head = f"import {package}\nclient = {package}.{client}({given if sdk.clients[client].keeps_arguments else ''})\n"
    arguments = _ARGUMENTS.get(method.api) or _ARGUMENTS.get(sdk.name)
    if len(method.path) > 1:
        arguments = _BY_PATH.get(method.path[-2], arguments) if method.path[-3:-2] != ("chat",) else arguments
    arguments = _BY_PATH.get(method.path[-1], arguments)
    if sdk.name == "http" and method.names[0] == "method":
        arguments = f"'POST', {arguments}"
    if method.path[-1] == "urlopen":
        head = "import json, urllib\nclient = urllib\n"
        arguments = arguments.replace("json={", "data=json.dumps({").replace("]}", "]})")
    first = method.names[0] if method.names else sdk.roles.messages[0]
    arguments = arguments or f"model='m', {first}=[item]"
    if method.path[-1].startswith(("send_message", "generate_content")) and len(method.path) == 1:
        arguments = f"[{_TEXT}, item]" if method.path[-1].startswith("generate") else "item"
        if method.path[-1].startswith("send_message"):
            head += "client = client.start_chat()\n"
    return f"{head}def run(items):\n    for item in items:\n        print({call}({arguments}))\n"


@pytest.mark.parametrize(("sdk", "method"), methods())
def test_a_call_passes_the_filters_is_found_and_every_rule_can_look_at_it(link: Link, sdk: Sdk, method: Method) -> None:
    code = program(sdk, method)
    data = code.encode()
    assert may_hold_call(data), code
    assert has_plain_call(data) or confirm.may_hold_call(ast.parse(code)), code
    assert confirm.may_hold_call(ast.parse(code)), code
    sites = link(code).sites
    assert len(sites) == 1, code
    assert sites[0].provider == sdk.name
    assert method.api in (sites[0].api, "http")
    assert sites[0].offers == sdk.apis[sites[0].api]
    context = RuleContext(Catalog.bundled(), datetime.date(2026, 11, 26), min_fan_out=1)
    found = [finding for rule in known_rules().values() for finding in rule.findings(sites[0], context)]
    assert all(finding.code and finding.message for finding in found)


def test_names_that_count_everywhere_are_those_of_sdks_with_telling_resources() -> None:
    assert [sdk.name for sdk in all_sdks() if not sdk.evidence] == list(TELLING)
    shown = {(each.words[0], sdk.name) for sdk in all_sdks() for each in sdk.evidence}
    assert shown == {(word, name) for words in GATES.values() for word, names in words.items() for name in names}
    for sdk in all_sdks():
        shown = {name for each in sdk.evidence for name in each.names}
        assert not sdk.evidence or {method.path[-1] for method in sdk.methods} <= shown, sdk.name
        assert {method.api for method in (*sdk.methods, *sdk.functions.values())} <= sdk.apis.keys() | {"http"}


def test_each_sdk_keeps_its_own_provider_in_whichever_order_modules_are_imported() -> None:
    code = (
        "import llmlint.providers.litellm, llmlint.providers.http, llmlint.providers.anthropic\n"
        "from llmlint import providers, sdks\n"
        "providers._load_providers()\n"
        "print([provider.name for provider in providers.REGISTRY] == [sdk.name for sdk in sdks.all_sdks()])\n"
        "print([each.name for each in providers.REGISTRY if each.read_prompt.__module__ == f'llmlint.providers.{each.name}'])\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    with_module = ["anthropic", "openai", "litellm", "google", "langchain", "bedrock", "llama_index", "http"]
    assert printed == f"True\n{with_module}\n"
