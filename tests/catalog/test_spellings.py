"""Every way of writing a model's name finds the model, and the same way of writing is kept for another model."""

from __future__ import annotations

import pytest

from llmlint.catalog import Catalog, is_claude, vendor_of

# spelling, id, platform, and how the same place would spell claude-haiku-5-5 or gpt-6-luna (None: not known).
CLAUDE = [
    # The provider's own names: current, dated, aliases.
    ("claude-opus-5-5", "claude-opus-5-5", "anthropic", "claude-haiku-5-5"),
    ("claude-fable-5-2", "claude-fable-5-2", "anthropic", "claude-haiku-5-5"),
    ("claude-mythos-5-1", "claude-mythos-5-1", "anthropic", "claude-haiku-5-5"),
    ("claude-mythos-preview", "claude-mythos-preview", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-5", "claude-opus-5", "anthropic", "claude-haiku-5-5"),
    ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4-5-20251101", "claude-opus-4-5", "anthropic", "claude-haiku-5-5"),
    ("claude-haiku-4-5-20251001", "claude-haiku-4-5", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4-1-20250805", "claude-opus-4-1", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4-0", "claude-opus-4-0", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4-20250514", "claude-opus-4-0", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4", "claude-opus-4-0", "anthropic", "claude-haiku-5-5"),
    ("claude-sonnet-4-20250514", "claude-sonnet-4-0", "anthropic", "claude-haiku-5-5"),
    ("claude-4-opus-20250514", "claude-opus-4-0", "anthropic", "claude-haiku-5-5"),
    ("claude-3-7-sonnet-20250219", "claude-3-7-sonnet", "anthropic", "claude-haiku-5-5"),
    ("claude-3-7-sonnet-latest", "claude-3-7-sonnet", "anthropic", "claude-haiku-5-5"),
    ("claude-3-5-sonnet-20240620", "claude-3-5-sonnet", "anthropic", "claude-haiku-5-5"),
    ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet", "anthropic", "claude-haiku-5-5"),
    ("claude-3-5-sonnet-latest", "claude-3-5-sonnet", "anthropic", "claude-haiku-5-5"),
    ("claude-3-5-haiku-20241022", "claude-3-5-haiku", "anthropic", "claude-haiku-5-5"),
    ("claude-3-opus-20240229", "claude-3-opus", "anthropic", "claude-haiku-5-5"),
    ("claude-3-opus-latest", "claude-3-opus", "anthropic", "claude-haiku-5-5"),
    ("claude-3-haiku-20240307", "claude-3-haiku", "anthropic", "claude-haiku-5-5"),
    ("claude-2.1", "claude-2.1", "anthropic", "claude-haiku-5-5"),
    ("claude-2", "claude-2.0", "anthropic", "claude-haiku-5-5"),
    ("claude-v1", "claude-1.3", "anthropic", "claude-haiku-5-5"),
    ("claude-v1.3-100k", "claude-1.3", "anthropic", "claude-haiku-5-5"),
    ("claude-instant-1.2", "claude-instant-1.2", "anthropic", "claude-haiku-5-5"),
    ("claude-opus-4-6[1m]", "claude-opus-4-6", "anthropic", None),
    # Bedrock.
    ("anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4-0", "bedrock", "anthropic.claude-haiku-5-5"),
    ("us.anthropic.claude-opus-4-1-20250805-v1:0", "claude-opus-4-1", "bedrock", "us.anthropic.claude-haiku-5-5"),
    ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", "bedrock", "eu.anthropic.claude-haiku-5-5"),
    ("apac.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet", "bedrock", "apac.anthropic.claude-haiku-5-5"),
    ("au.anthropic.claude-opus-4-6-v1", "claude-opus-4-6", "bedrock", "au.anthropic.claude-haiku-5-5"),
    ("jp.anthropic.claude-opus-5", "claude-opus-5", "bedrock", "jp.anthropic.claude-haiku-5-5"),
    ("us-gov.anthropic.claude-opus-5-5", "claude-opus-5-5", "bedrock", "us-gov.anthropic.claude-haiku-5-5"),
    ("global.anthropic.claude-fable-5-1", "claude-fable-5-1", "bedrock", "global.anthropic.claude-haiku-5-5"),
    ("anthropic.claude-v2:1", "claude-2.1", "bedrock", "anthropic.claude-haiku-5-5"),
    ("anthropic.claude-instant-v1", "claude-instant-1.2", "bedrock", "anthropic.claude-haiku-5-5"),
    ("anthropic.claude-3-sonnet-20240229-v1:0:200k", "claude-3-sonnet", "bedrock", "anthropic.claude-haiku-5-5"),
    (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0",
        "claude-opus-4-5",
        "bedrock",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-5-5",
    ),
    (
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-opus-20240229-v1:0",
        "claude-3-opus",
        "bedrock",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-5-5",
    ),
    # Vertex.
    ("claude-opus-4@20250514", "claude-opus-4-0", "vertex", "claude-haiku-5-5"),
    ("claude-opus-4-7@default", "claude-opus-4-7", "vertex", "claude-haiku-5-5@default"),
    (
        "publishers/anthropic/models/claude-opus-4-1@20250805",
        "claude-opus-4-1",
        "vertex",
        "publishers/anthropic/models/claude-haiku-5-5",
    ),
    # OpenRouter.
    ("anthropic/claude-opus-5.5", "claude-opus-5-5", "openrouter", "anthropic/claude-haiku-5.5"),
    ("anthropic/claude-3.5-sonnet", "claude-3-5-sonnet", "openrouter", "anthropic/claude-haiku-5.5"),
    ("anthropic/claude-opus-4.5:batch", "claude-opus-4-5", "openrouter", None),
    ("anthropic/claude-3.7-sonnet:thinking", "claude-3-7-sonnet", "openrouter", None),
    ("anthropic/claude-opus-5.5-fast", "claude-opus-5-5", "openrouter", None),
    ("~anthropic/claude-opus-latest", "claude-opus-5-5", "openrouter", "anthropic/claude-haiku-5.5"),
    ("openrouter/anthropic/claude-opus-4", "claude-opus-4-0", "openrouter", "openrouter/anthropic/claude-haiku-5.5"),
    # litellm and other routers.
    ("anthropic/claude-opus-4-5", "claude-opus-4-5", "anthropic", "anthropic/claude-haiku-5-5"),
    ("anthropic/claude-3-opus-20240229", "claude-3-opus", "anthropic", "anthropic/claude-haiku-5-5"),
    ("anthropic/claude-opus-5", "claude-opus-5", "anthropic", None),  # litellm's or OpenRouter's: it does not show
    ("anthropic:claude-opus-5", "claude-opus-5", "anthropic", "anthropic:claude-haiku-5-5"),
    ("bedrock/us.anthropic.claude-opus-5-5", "claude-opus-5-5", "bedrock", "bedrock/us.anthropic.claude-haiku-5-5"),
    (
        "bedrock/converse/us.anthropic.claude-opus-4-20250514-v1:0",
        "claude-opus-4-0",
        "bedrock",
        "bedrock/converse/us.anthropic.claude-haiku-5-5",
    ),
    (
        "bedrock/us-gov-west-1/anthropic.claude-opus-4-8",
        "claude-opus-4-8",
        "bedrock",
        "bedrock/us-gov-west-1/anthropic.claude-haiku-5-5",
    ),
    ("bedrock/us-east-1/1-month-commitment/anthropic.claude-v2:1", "claude-2.1", "bedrock", None),
    ("vertex_ai/claude-opus-4-5@20251101", "claude-opus-4-5", "vertex", "vertex_ai/claude-haiku-5-5"),
    ("azure_ai/claude-opus-4-6", "claude-opus-4-6", "foundry", "azure_ai/claude-haiku-5-5"),
    ("databricks-claude-opus-4-5", "claude-opus-4-5", "databricks", "databricks-claude-haiku-5-5"),
    ("databricks/databricks-claude-opus-5", "claude-opus-5", "databricks", "databricks/databricks-claude-haiku-5-5"),
    ("system.ai.claude-opus-4-8", "claude-opus-4-8", "databricks", "system.ai.claude-haiku-5-5"),
    ("vercel_ai_gateway/anthropic/claude-opus-4.6", "claude-opus-4-6", "gateway", "vercel_ai_gateway/anthropic/claude-haiku-5.5"),
    ("github_copilot/claude-opus-4.8", "claude-opus-4-8", "gateway", "github_copilot/claude-haiku-5.5"),
    ("replicate/anthropic/claude-4.5-sonnet", "claude-sonnet-4-5", "gateway", None),
]
OPENAI = [
    ("gpt-6-astra", "gpt-6-astra", "openai", "gpt-6-luna"),
    ("gpt-6.1-sol-2026-09-29", "gpt-6.1-sol", "openai", "gpt-6-luna"),
    ("gpt-6.2-astra", "gpt-6.2-astra", "openai", "gpt-6-luna"),
    ("gpt-5.6", "gpt-5.6-sol", "openai", "gpt-6-luna"),
    ("gpt-5.4-pro-2026-03-05", "gpt-5.4-pro", "openai", "gpt-6-luna"),
    ("gpt-5-2025-08-07", "gpt-5", "openai", "gpt-6-luna"),
    ("gpt-5-chat-latest", "gpt-5-chat-latest", "openai", "gpt-6-luna"),
    ("gpt-4.5-preview", "gpt-4.5-preview", "openai", "gpt-6-luna"),
    ("gpt-4.5-preview-2025-02-27", "gpt-4.5-preview", "openai", "gpt-6-luna"),
    ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", "openai", "gpt-6-luna"),
    ("gpt-4o-2024-08-06", "gpt-4o", "openai", "gpt-6-luna"),
    ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13", "openai", "gpt-6-luna"),
    ("chatgpt-4o-latest", "chatgpt-4o-latest", "openai", "gpt-6-luna"),
    ("gpt-4", "gpt-4", "openai", "gpt-6-luna"),
    ("gpt-4-0613", "gpt-4", "openai", "gpt-6-luna"),
    ("gpt-4-0314", "gpt-4-0314", "openai", "gpt-6-luna"),
    ("gpt-4-32k", "gpt-4-32k", "openai", "gpt-6-luna"),
    ("gpt-4-32k-0613", "gpt-4-32k", "openai", "gpt-6-luna"),
    ("gpt-4-turbo-2024-04-09", "gpt-4-turbo", "openai", "gpt-6-luna"),
    ("gpt-4-turbo-preview", "gpt-4-0125-preview", "openai", "gpt-6-luna"),
    ("gpt-4-0125-preview", "gpt-4-0125-preview", "openai", "gpt-6-luna"),
    ("gpt-4-1106-preview", "gpt-4-1106-preview", "openai", "gpt-6-luna"),
    ("gpt-3.5-turbo", "gpt-3.5-turbo", "openai", "gpt-6-luna"),
    ("gpt-3.5-turbo-16k", "gpt-3.5-turbo-16k", "openai", "gpt-6-luna"),
    ("gpt-3.5-turbo-0613", "gpt-3.5-turbo-0613", "openai", "gpt-6-luna"),
    ("o1", "o1", "openai", "gpt-6-luna"),
    ("o1-2024-12-17", "o1", "openai", "gpt-6-luna"),
    ("o1-preview", "o1-preview", "openai", "gpt-6-luna"),
    ("o1-mini", "o1-mini", "openai", "gpt-6-luna"),
    ("o1-pro-2025-03-19", "o1-pro", "openai", "gpt-6-luna"),
    ("o3-pro", "o3-pro", "openai", "gpt-6-luna"),
    ("openai/gpt-4o", "gpt-4o", "openai", "openai/gpt-6-luna"),
    ("openai/responses/gpt-5", "gpt-5", "openai", "openai/responses/gpt-6-luna"),
    ("openrouter/openai/o3-mini-high", "o3-mini", "openrouter", "openrouter/openai/gpt-6-luna"),
    ("openai:gpt-4o", "gpt-4o", "openai", "openai:gpt-6-luna"),
    ("databricks-gpt-5-4-mini", "gpt-5.4-mini", "databricks", "databricks-gpt-6-luna"),
    ("us.openai.gpt-5.6-sol", "gpt-5.6-sol", "bedrock", None),
    ("azure/gpt-4o", "gpt-4o", "azure", None),
    ("azure/eu/gpt-4o-2024-08-06", "gpt-4o", "azure", None),
    ("gpt-35-turbo-16k", "gpt-3.5-turbo-16k", "azure", None),
    ("ft:gpt-4o-mini-2024-07-18:acme::AbC123", "gpt-4o-mini", "openai", None),
    ("ft:gpt-3.5-turbo-0613:acme", "gpt-3.5-turbo-0613", "openai", None),
    ("gpt-4o-mini-2024-07-18.ft-0e208cf33a6a469994aff31a08aba339", "gpt-4o-mini", "openai", None),
]
NOT_MODELS = [
    "",
    "claude",
    "claude-3",
    "claude-opus",
    "claude-code",
    "claude-2023",
    "my-claude-notes",
    "claude-opus-4-5-notes",
    "claude-opus-4-5.md",
    "claude-3.py",
    "claude_3_opus",
    "Claude-3-Opus",
    "claude-opus-4-5 ",
    "claude-opus-4-5-",
    "claude-opus-4@prod",
    "claude-3 opus",
    "docs/claude-opus-4-5",
    "mistral/claude-opus-4-5",
    "https://example.com/claude-opus-4-5",
    "arn:aws:s3:::bucket/claude-opus-4-5",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
    "anthropic",
    "anthropic/",
    "anthropic.claude",
    "anthropic/claude-code",
    "us.anthropic.",
    "opus",
    "sonnet",
    "gpt",
    "gpt-",
    "gpt4",
    "gpt-3",
    "gpt-35",
    "GPT-4",
    "gpt-4.txt",
    "gpt-4-notes",
    "gpt-4-deployment",
    "my-gpt-4",
    "prod-gpt-4o",
    "gpt-4o-prod",
    "gpt-4o-2024",
    "./gpt-4o",
    "data/gpt-4o",
    "src/openai/gpt-4",
    "azure/my-deployment",
    "chatgpt",
    "gpt-oss-120b",
    "o",
    "o10",
    "1o",
    "o1.txt",
    "o1-notes",
    "/o3",
    "o3/",
    "ft:",
    "ft:davinci-002:acme",
    "openai",
    "text-embedding-3-small",
    "whisper-1",
    "davinci",
    "gemini-2.5-flash-image",
    "gemini-embedding-001",
    "gemini-live-2.5-flash",
    "x" * 1000,
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


def test_the_table_of_spellings_is_large_and_without_doubles() -> None:
    spellings = [row[0] for row in CLAUDE + OPENAI]
    assert len(spellings) == len(set(spellings)) >= 110


@pytest.mark.parametrize(("spelling", "model_id", "platform", "respelled"), CLAUDE)
def test_a_claude_spelling_is_found_and_kept(
    catalog: Catalog, spelling: str, model_id: str, platform: str, respelled: str | None
) -> None:
    ref = catalog.find(spelling)
    assert ref is not None
    assert (ref.model.id, ref.platform, ref.spelling) == (model_id, platform, spelling)
    assert ref.respell(catalog.models["claude-haiku-5-5"]) == respelled
    assert vendor_of(spelling) == "anthropic"
    assert is_claude(spelling)


@pytest.mark.parametrize(("spelling", "model_id", "platform", "respelled"), OPENAI)
def test_an_openai_spelling_is_found_and_kept(
    catalog: Catalog, spelling: str, model_id: str, platform: str, respelled: str | None
) -> None:
    ref = catalog.find(spelling)
    assert ref is not None
    assert (ref.model.id, ref.platform) == (model_id, platform)
    assert ref.respell(catalog.models["gpt-6-luna"]) == respelled
    assert vendor_of(spelling) == "openai"
    assert not is_claude(spelling)


@pytest.mark.parametrize("respelled", [row[3] for row in CLAUDE + OPENAI if row[3]])
def test_what_is_written_for_another_model_names_that_model(catalog: Catalog, respelled: str) -> None:
    ref = catalog.find(respelled)
    assert ref is not None
    assert ref.model.id in ("claude-haiku-5-5", "gpt-6-luna")


@pytest.mark.parametrize("text", NOT_MODELS)
def test_other_text_is_no_model(catalog: Catalog, text: str) -> None:
    assert catalog.find(text) is None
    assert vendor_of(text) is None
    assert not is_claude(text)


@pytest.mark.parametrize(
    ("spelling", "vendor"),
    [
        ("claude-opus-9", "anthropic"),
        ("claude-sonnet-7-5-20290101", "anthropic"),
        ("us.anthropic.claude-haiku-8-v1:0", "anthropic"),
        ("anthropic/claude-opus-9.5", "anthropic"),
        ("anthropic.claude-saga-6", "anthropic"),
        ("gpt-7-sol", "openai"),
        ("gpt-6.2-astra-law", "openai"),
        ("o5-mini", "openai"),
        ("gpt-4o-audio-preview-2024-12-17", "openai"),
    ],
)
def test_an_unknown_version_has_a_vendor_but_no_figures(catalog: Catalog, spelling: str, vendor: str) -> None:
    assert catalog.find(spelling) is None
    assert vendor_of(spelling) == vendor


def test_every_id_and_alias_of_the_catalogue_finds_itself(catalog: Catalog) -> None:
    for model_id, model in catalog.models.items():
        ref = catalog.find(model_id)
        assert ref is not None, model_id
        assert ref.model is model
        assert (ref.variant, ref.is_fine_tuned) == (None, False)


@pytest.mark.parametrize(
    ("spelling", "variant"),
    [
        ("anthropic/claude-opus-4.5:batch", "batch"),
        ("anthropic/claude-3.7-sonnet:thinking", "thinking"),
        ("anthropic/claude-opus-5.5-fast", "fast"),
        ("claude-opus-4-6[1m]", "1m"),
        ("openai/gpt-4o:extended", "extended"),
        ("claude-opus-4-6", None),
    ],
)
def test_a_mode_in_the_name_is_told(catalog: Catalog, spelling: str, variant: str | None) -> None:
    ref = catalog.find(spelling)
    assert ref is not None
    assert ref.variant == variant


def test_a_fine_tuned_model_is_flagged(catalog: Catalog) -> None:
    tuned = catalog.find("ft:gpt-4o-2024-08-06:acme::abc")
    base = catalog.find("gpt-4o-2024-08-06")
    assert tuned is not None
    assert base is not None
    assert (tuned.is_fine_tuned, base.is_fine_tuned) == (True, False)
    assert tuned.model is base.model


@pytest.mark.parametrize(
    ("spelling", "target", "expected"),
    [
        ("us.anthropic.claude-opus-4-20250514-v1:0", "claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("us.anthropic.claude-opus-4-20250514-v1:0", "claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1"),
        ("bedrock_mantle/anthropic.claude-opus-5-5", "claude-haiku-4-5", "bedrock_mantle/anthropic.claude-haiku-4-5"),
        ("vertex_ai/claude-opus-4@20250514", "claude-sonnet-4-5", "vertex_ai/claude-sonnet-4-5@20250929"),
        ("anthropic/claude-opus-4.5", "claude-sonnet-5", "anthropic/claude-sonnet-5"),
        ("claude-opus-4-5", "claude-3-opus", None),  # had dated names only
        ("claude-opus-4-5", "gpt-6-luna", None),  # another API
        ("gpt-4o", "claude-haiku-5-5", None),
        ("databricks-gpt-5-4", "gpt-6.1-sol", "databricks-gpt-6-1-sol"),
    ],
)
def test_a_target_is_spelled_as_its_platform_does(catalog: Catalog, spelling: str, target: str, expected: str | None) -> None:
    ref = catalog.find(spelling)
    assert ref is not None
    assert ref.respell(catalog.models[target]) == expected


@pytest.mark.parametrize(
    ("spelling", "model", "platform"),
    [
        ("gemini-2.5-pro", "gemini-2.5-pro", "google"),
        ("models/gemini-1.5-flash-latest", "gemini-1.5-flash", "google"),
        ("gemini/gemini-2.0-flash-001", "gemini-2.0-flash", "google"),
        ("google-gla:gemini-3.5-flash", "gemini-3.5-flash", "google"),
        ("vertex_ai/gemini-2.5-flash", "gemini-2.5-flash", "vertex"),
        ("google/gemini-2.5-flash-lite", "gemini-2.5-flash-lite", "openrouter"),
    ],
)
def test_gemini(spelling: str, model: str, platform: str) -> None:
    found = Catalog.bundled().find(spelling)
    assert found is not None
    assert (found.model.id, found.platform) == (model, platform)
    assert vendor_of(spelling) == "google"
    assert found.respell(Catalog.bundled().current("google", "small")) is None
