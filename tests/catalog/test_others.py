"""Models that neither OpenAI nor Anthropic serve are known by their names, and no model of theirs is taken for one."""

from __future__ import annotations

import re
import sys

import pytest

from llmlint.catalog import Catalog
from llmlint.catalog.others import LINES, are_elsewhere


@pytest.mark.parametrize(
    "name", ["meta-llama/Llama-3.3-70B", "deepseek-chat", "microsoft/phi-4", "vllm", "local-model", "01-ai/yi-large"]
)
def test_models_of_others(name: str) -> None:
    assert are_elsewhere([name])
    assert not are_elsewhere([name, "gpt-6-luna"])


@pytest.mark.parametrize("name", ["gpt-6-luna", "claude-opus-5-5", "ft:gpt-4o-mini:llama-farm", "my-vllm", "graphi-4"])
def test_models_that_may_be_theirs(name: str) -> None:
    assert not are_elsewhere([name])


def test_no_model_of_the_catalogue_is_one_of_others_unless_another_vendor_has_it() -> None:
    models = Catalog.bundled().models.values()
    assert [model.id for model in models if model.vendor in ("openai", "anthropic") and are_elsewhere([model.id])] == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="genai-prices needs Python 3.11")
def test_the_price_list_has_each_line_but_those_that_are_named() -> None:
    from genai_prices.data import providers

    names = {model.id.lower(): provider.id for provider in providers for model in provider.models}
    assert [name for name, vendor in names.items() if vendor in ("openai", "anthropic") and are_elsewhere([name])] == []
    missing = [line for line in LINES if not any(re.search(line, name) for name in names)]
    assert missing == ["falcon", "starcoder", "internlm", "doubao", "dbrx"]
