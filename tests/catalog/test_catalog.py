"""The shipped table: figures against what the providers published, and the questions that rules ask."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest

from llmlint.catalog import Catalog, Model, vendor_of

DAY = datetime.date(2026, 11, 22)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


def model(catalog: Catalog, model_id: str) -> Model:
    found = catalog.get(model_id)
    assert found is not None, model_id
    return found


# USD per million tokens: input, output, cache read, five-minute write, one-hour write, batch input, batch output.
@pytest.mark.parametrize(
    ("model_id", "prices"),
    [
        ("claude-fable-5-2", (8, 40, 0.2, 10, 16, 4, 20)),
        ("claude-fable-5-1", (10, 50, 0.25, 12.5, 20, 5, 25)),
        ("claude-opus-5-5", (4, 20, 0.2, 5, 8, 2, 10)),
        ("claude-opus-4-6", (5, 25, 0.5, 6.25, 10, 2.5, 12.5)),  # its price changed on 2026-03-13
        ("claude-opus-4-1", (15, 75, 1.5, 18.75, 30, None, None)),
        ("claude-sonnet-5-5", (2, 10, 0.1, 2.5, 4, 1, 5)),
        ("claude-sonnet-5", (2, 10, 0.2, 2.5, 4, 1, 5)),
        ("claude-sonnet-4-5", (3, 15, 0.3, 3.75, 6, 1.5, 7.5)),
        ("claude-haiku-5-5", (0.1, 0.5, 0.01, 0.125, 0.2, 0.05, 0.25)),  # dearer above 100,000 tokens
        ("claude-haiku-4-5", (1, 5, 0.1, 1.25, 2, 0.5, 2.5)),
        ("claude-mythos-5-1", (10, 50, 0.25, 12.5, 20, None, None)),
        ("claude-mythos-preview", (None,) * 7),
        ("gpt-6-astra", (10, 50, 1, 12.5, None, 5, 25)),
        ("gpt-6.1-sol", (2, 10, 0.1, 2.5, None, 1, 5)),
        ("gpt-6-luna", (0.1, 0.5, 0.01, 0.125, None, 0.05, 0.25)),
        ("gpt-5.6-terra", (2, 12, 0.2, 2.5, None, 1, 6)),  # its price changed on 2026-07-30
        ("gpt-5.6-luna", (0.2, 1.2, 0.02, 0.25, None, 0.1, 0.6)),
        ("gpt-5.5-pro", (30, 180, None, None, None, 15, 90)),
        ("gpt-5.2-pro", (21, 168, None, None, None, 10.5, 84)),
        ("o1-pro", (150, 600, None, None, None, 75, 300)),
        ("o3", (2, 8, 0.5, None, None, 1, 4)),
        ("gpt-4o", (2.5, 10, 1.25, None, None, 1.25, 5)),
        ("gpt-4o-2024-05-13", (5, 15, None, None, None, 2.5, 7.5)),
        ("gpt-4-32k", (60, 120, None, None, None, None, None)),
        ("gpt-3.5-turbo-1106", (1, 2, None, None, None, None, None)),  # listed for batches, but without a price
        ("gpt-6.2-sol", (2, 10, None, None, None, None, None)),
        # Vendors of which the catalogue has prices alone: mistral.ai/pricing/api, cohere.com/pricing, Groq's and Bedrock's pages.
        ("mistral-small-2603", (0.15, 0.6, 0.015, None, None, 0.075, 0.3)),
        ("mistral-large-2512", (0.5, 1.5, 0.05, None, None, 0.25, 0.75)),
        ("command-a", (2.5, 10, None, None, None, None, None)),
        ("llama-3.3-70b-versatile", (0.59, 0.79, None, None, None, None, None)),
        ("amazon.nova-pro-v1:0", (0.8, 3.2, 0.2, None, None, None, None)),
    ],
)
def test_prices_are_the_published_ones(catalog: Catalog, model_id: str, prices: tuple[float | None, ...]) -> None:
    found = model(catalog, model_id)
    assert (
        found.input,
        found.output,
        found.cache_read,
        found.cache_write_5m,
        found.cache_write_1h,
        found.batch_input,
        found.batch_output,
    ) == prices


def test_models_on_the_flex_tier_cost_there_what_they_cost_in_a_batch(catalog: Catalog) -> None:
    on_flex = {each.id for each in catalog.models.values() if each.flex_input is not None}
    assert on_flex >= {"gpt-5", "gpt-5-mini", "gpt-5.4", "gpt-5.6-sol", "gpt-6-luna", "gpt-6.1-sol", "o3", "o4-mini"}
    assert on_flex.isdisjoint(
        {"gpt-4o", "gpt-4.1", "gpt-5-pro", "gpt-5-chat-latest", "gpt-6.2-sol", "o3-mini", "claude-opus-5-5"}
    )
    for model_id in on_flex:
        found = model(catalog, model_id)
        assert (found.flex_input, found.flex_output) == (found.batch_input, found.batch_output), model_id


@pytest.mark.parametrize(
    ("minimum", "model_ids"),
    [
        (
            512,
            "claude-fable-5-2 claude-fable-5-1 claude-mythos-5 claude-opus-5-5 claude-opus-5 claude-sonnet-5-5 claude-haiku-5-5",
        ),
        (
            1024,
            "claude-opus-4-8 claude-sonnet-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-opus-4-1 claude-opus-4-0",
        ),
        (2048, "claude-opus-4-7 claude-mythos-preview claude-3-5-haiku claude-3-haiku"),
        (4096, "claude-opus-4-6 claude-opus-4-5 claude-haiku-4-5"),
        (1024, "claude-3-7-sonnet gpt-4o gpt-4.1 gpt-5.6-sol gpt-6-luna o3"),
        (None, "claude-2.1 claude-instant-1.2 gpt-4 gpt-3.5-turbo gpt-4o-2024-05-13"),
    ],
)
def test_each_model_has_its_own_cache_minimum(catalog: Catalog, minimum: int | None, model_ids: str) -> None:
    for model_id in model_ids.split():
        assert catalog.cache_minimum(model(catalog, model_id)) == minimum, model_id


@pytest.mark.parametrize(
    ("tier", "model_ids"),
    [
        (
            "premium",
            "claude-opus-5-5 claude-3-opus claude-fable-5 claude-mythos-preview gpt-4 gpt-4-32k gpt-4-turbo gpt-4-0125-preview",
        ),
        (
            "premium",
            "gpt-4.5-preview o1 o1-preview o1-pro o3-pro gpt-5-pro gpt-5.2-pro gpt-5.4-pro gpt-5.5-pro gpt-6-astra gpt-6.2-astra",
        ),
        ("mid", "claude-sonnet-5-5 claude-3-7-sonnet gpt-4o gpt-4.1 gpt-5 o3 gpt-6-sol gpt-6.1-terra"),
        ("small", "claude-haiku-5-5 claude-3-haiku gpt-4o-mini gpt-5-nano gpt-6-luna gpt-3.5-turbo o1-mini o4-mini"),
        (None, "gpt-6-cyber gpt-rosalind-research"),
    ],
)
def test_tiers(catalog: Catalog, tier: str | None, model_ids: str) -> None:
    for model_id in model_ids.split():
        assert model(catalog, model_id).tier == tier, model_id


@pytest.mark.parametrize(
    ("model_id", "retires"),
    [
        ("claude-3-opus", "2026-01-05"),
        ("claude-3-5-sonnet", "2025-10-28"),
        ("claude-3-haiku", "2026-04-20"),
        ("claude-opus-4-0", "2026-06-15"),
        ("claude-sonnet-4-0", "2026-06-15"),
        ("claude-mythos-preview", "2026-06-30"),
        ("claude-opus-4-1", "2026-08-05"),
        ("claude-sonnet-4-5", "2026-11-30"),
        ("gpt-4-0314", "2026-03-26"),
        ("gpt-4", "2026-10-23"),
        ("o1", "2026-10-23"),
        ("gpt-5", "2026-12-11"),
        ("gpt-4o", "2027-01-14"),
        ("gpt-5.1", "2027-04-01"),
        ("claude-opus-5-5", None),
        ("gpt-6.1-sol", None),
    ],
)
def test_the_day_on_which_a_model_is_retired(catalog: Catalog, model_id: str, retires: str | None) -> None:
    found = model(catalog, model_id)
    if retires is None:
        assert found.retires is None
        return
    day = datetime.date.fromisoformat(retires)
    assert found.retires == day
    assert found.retires_source
    assert found.successor


def test_every_claude_3_model_and_older_is_retired(catalog: Catalog) -> None:
    old = [
        found for found in catalog.models.values() if found.id.startswith(("claude-1", "claude-2", "claude-3", "claude-instant"))
    ]
    assert len(old) == 10
    assert all(found.retires is not None and found.retires <= DAY for found in old)


@pytest.mark.parametrize(
    ("spelling", "retired"),
    [
        ("claude-3-opus-20240229", True),
        ("anthropic/claude-3-opus-20240229", True),
        ("azure_ai/claude-opus-4-1", True),
        ("anthropic.claude-3-opus-20240229-v1:0", False),
        ("claude-opus-4@20250514", False),
        ("azure/gpt-4", False),
    ],
)
def test_other_platforms_keep_their_own_dates(catalog: Catalog, spelling: str, retired: bool) -> None:
    ref = catalog.find(spelling)
    assert ref is not None
    assert catalog.retirement(ref) == (ref.model.retires if retired else None)
    assert ref.model.retires is not None


def test_every_figure_has_a_source_and_a_date(catalog: Catalog) -> None:
    assert catalog.date == DAY
    for found in catalog.models.values():
        assert (found.input is None) == (found.price_source is None) == (found.price_date is None), found.id
        assert (found.input is None) == (found.output is None), found.id
        assert (found.cache_minimum is None) == (found.cache_minimum_source is None), found.id
        assert (found.released is None) == (found.released_source is None), found.id
        assert (found.retires is None) == (found.retires_source is None), found.id
        assert found.retires is None or found.released is None or found.released < found.retires, found.id


def test_successors_are_newer_alive_and_lead_to_an_end(catalog: Catalog) -> None:
    for found in catalog.models.values():
        seen = [found.id]
        while found.successor:
            successor = model(catalog, found.successor)
            assert successor.vendor == found.vendor
            assert successor.retires is None or successor.retires > DAY
            assert found.released is None or successor.released is None or found.released <= successor.released
            assert successor.id not in seen
            seen.append(successor.id)
            found = successor


@pytest.mark.parametrize(
    ("model_id", "below"),
    [
        ("claude-opus-4-5", "claude-sonnet-5-5"),
        ("claude-fable-5-2", "claude-sonnet-5-5"),
        ("claude-sonnet-4-6", "claude-haiku-5-5"),
        ("claude-haiku-4-5", None),
        ("gpt-4", "gpt-6.1-sol"),
        ("o3", "gpt-6-luna"),
        ("gpt-6-luna", None),
        ("gpt-6-cyber", None),
    ],
)
def test_the_next_tier_is_the_current_model_one_step_down(catalog: Catalog, model_id: str, below: str | None) -> None:
    lower = catalog.next_tier(model(catalog, model_id))
    assert (lower.id if lower else None) == below


def test_current_models(catalog: Catalog) -> None:
    current = {
        (vendor, tier): catalog.current(vendor, tier).id
        for vendor in ("anthropic", "openai")
        for tier in ("premium", "mid", "small")
    }
    assert current == {
        ("anthropic", "premium"): "claude-opus-5-5",
        ("anthropic", "mid"): "claude-sonnet-5-5",
        ("anthropic", "small"): "claude-haiku-5-5",
        ("openai", "premium"): "gpt-6-astra",
        ("openai", "mid"): "gpt-6.1-sol",
        ("openai", "small"): "gpt-6-luna",
    }
    with pytest.raises(KeyError):
        catalog.current("anthropic", "huge")


def test_the_cost_of_a_call(catalog: Catalog) -> None:
    opus = model(catalog, "claude-opus-4-5")
    assert catalog.cost(opus, input_tokens=1_000_000) == pytest.approx(5.0)
    assert catalog.cost(opus, input_tokens=1_000, output_tokens=500) == pytest.approx(0.0175)
    assert catalog.cost(opus, input_tokens=0, cache_write=1_000_000) == pytest.approx(6.25)
    assert catalog.cost(opus, input_tokens=0, cache_read=1_000_000) == pytest.approx(0.5)
    assert catalog.cost(opus, input_tokens=1_000, output_tokens=500, batch=True) == pytest.approx(0.00875)
    assert catalog.cost(opus, input_tokens=0, cache_read=1_000_000, cache_write=1_000_000, batch=True) == pytest.approx(3.375)


def test_cached_tokens_cost_as_input_where_no_price_is_published(catalog: Catalog) -> None:
    gpt_4o = model(catalog, "gpt-4o")
    assert catalog.cost(gpt_4o, input_tokens=0, cache_write=1_000_000) == pytest.approx(2.5)
    assert catalog.cost(model(catalog, "gpt-4"), input_tokens=0, cache_read=1_000_000) == pytest.approx(30.0)


def test_no_cost_is_made_up(catalog: Catalog) -> None:
    assert catalog.cost(model(catalog, "claude-mythos-preview"), input_tokens=1) is None
    assert catalog.cost(model(catalog, "claude-opus-4-1"), input_tokens=1, batch=True) is None


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("claude-opus-5-5", "claude-sonnet-5-5", 2.0),
        ("claude-sonnet-5-5", "claude-haiku-5-5", 20.0),
        ("claude-sonnet-4-6", "claude-sonnet-5-5", 3.0 / 2.6),  # the newer tokenizer makes 30 % more tokens
        ("gpt-6-astra", "gpt-6.1-sol", 5.0),
        ("gpt-6-astra", "claude-haiku-5-5", None),
        ("claude-mythos-preview", "claude-haiku-5-5", None),
    ],
)
def test_price_ratios_are_for_the_same_text(catalog: Catalog, one: str, other: str, ratio: float | None) -> None:
    found = catalog.price_ratio(model(catalog, one), model(catalog, other))
    assert found == (None if ratio is None else pytest.approx(ratio))


def test_the_table_is_read_once(catalog: Catalog) -> None:
    assert Catalog.bundled() is catalog


def test_importing_the_catalogue_reads_nothing_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, values: opened.append(str(values[0])) if event == 'open' else None)\n"
        "import llmlint.catalog\n"
        "assert not any(name.endswith('models.json') for name in opened), opened\n"
        "heavy = {'libcst', 'pydantic', 'genai_prices', 'tiktoken', 'ctok', 'click'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "llmlint.catalog.Catalog.bundled()\n"
        "assert any(name.endswith('models.json') for name in opened)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("spelling", "model_id"),
    [
        ("mistral-large-2411", "mistral-large"),
        ("mistral/mistral-small-latest", "mistral-small-latest"),
        ("mistralai:mistral-medium-2508", "mistral-medium-3-1"),
        ("cohere_chat/command-r-plus-08-2024", "command-r-plus"),
        ("groq/llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
        ("us.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("bedrock/eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("mistral-large-latest", None),  # another model since the price list was written
        ("openrouter/mistralai/mistral-small", None),
        ("openai/mistral-small-latest", None),
        ("groq/gpt-4o", None),
        ("command", None),
        ("mistral-small", None),
    ],
)
def test_models_of_vendors_with_prices_alone_are_known_by_their_exact_names(
    catalog: Catalog, spelling: str, model_id: str | None
) -> None:
    found = catalog.find(spelling)
    assert (found and found.model.id) == model_id
    if found is not None:
        assert (found.model.tier, found.model.retires, found.model.successor, catalog.next_tier(found.model)) == (None,) * 4
        assert found.respell(found.model) is None
        assert vendor_of(spelling) is None
