"""Calls of the module `openai` itself, through its own client."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from shops import Shop

MORE_PARTS = ("module",)
TEXTS = ("one", "two", "three", "four")
NAMES = ("api_key", "base_url", "organization", "http_client")


@pytest.fixture(autouse=True)
def settings(shop: Shop) -> Iterator[None]:
    """Settings of the module for the metered API, with a client of its own."""
    before = {name: getattr(openai, name) for name in NAMES}
    openai.api_key, openai.base_url = "k", shop.server.openai_url(shop.name) + "/"
    openai.http_client = None
    openai._reset_client()
    yield
    transport = getattr(openai.http_client, "_transport", None)
    for client in (*getattr(transport, "_clients", {}).values(), openai.http_client):
        if client is not None:
            client.close()
    openai._reset_client()
    for name, value in before.items():
        setattr(openai, name, value)


@pytest.fixture
def module(shop: Shop) -> Shop:
    """The shop, with `batching(openai)` done in two files."""
    assert shop.batching(openai) is openai
    assert shop.batching(openai) is openai
    return shop


def ask(text: str) -> str:
    response = openai.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": text}])
    return response.choices[0].message.content or ""


def test_the_module_in_a_batch_map(module: Shop) -> None:
    expected = [ask(text) for text in TEXTS]
    assert module.helper.batch_map(ask, TEXTS) == expected
    assert [batch.total for batch in module.account.openai_batches.values()] == [4]
    assert ask("five"), "as ever"
    assert len(module.account.openai_batches) == 1


def test_the_module_in_a_pool(module: Shop) -> None:
    with module.helper.BatchExecutor() as pool:
        assert len(set(pool.map(ask, TEXTS))) == 4
    assert [batch.total for batch in module.account.openai_batches.values()] == [4]


def test_settings_that_come_later(module: Shop) -> None:
    """A key and an organization that are set once the client is there."""
    openai.api_key, openai.organization = "k2", "org-2"
    assert len(module.helper.batch_map(ask, TEXTS)) == 4
    openai.api_key = "k3"
    assert len(module.helper.batch_map(ask, TEXTS)) == 4
    assert [batch.total for batch in module.account.openai_batches.values()] == [4, 4]


def test_other_hosts_get_calls_as_ever(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.batching(openai)
    monkeypatch.setattr(shop.helper, "HOSTS", r"(.+\.)?openai\.com")
    assert len(shop.helper.batch_map(ask, TEXTS)) == 4
    assert not shop.account.openai_batches


def test_an_http_client_of_the_programs_own_is_used(shop: Shop) -> None:
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(request.url.path)]}
    openai.http_client = openai.DefaultHttpxClient(event_hooks=hooks)
    shop.batching(openai)  # for `batch_map`
    assert ask("one")
    assert [path.rpartition("/v1")[2] for path in seen] == ["/chat/completions"]


def test_errors_are_those_of_the_call(module: Shop) -> None:
    module.set_up(openai_batch_rows=3)
    with pytest.raises(openai.BadRequestError):
        module.helper.batch_map(ask, TEXTS)


def test_a_server_that_answers_something_else_to_a_file(module: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some local servers answer 200 with an error to each path that they do not know."""
    original = openai.resources.Files.create

    def create(self: openai.resources.Files, **given: object) -> object:
        made = original(self, **given)  # type: ignore[arg-type]
        return type(made).construct(error="Unexpected endpoint")

    monkeypatch.setattr(openai.resources.Files, "create", create)
    assert len(set(module.helper.batch_map(ask, TEXTS))) == 4
    assert not module.account.openai_batches
