"""Files that may send requests to an address of another file: which are looked at beside it, and which are not."""

from __future__ import annotations

import pytest

from llmlint.discover.imports import Imports
from llmlint.discover.prefilter import may_hold_call
from llmlint.discover.senders import MOST_CALLERS, holds_address, may_serve_others, senders

URLS = b'URL = "https://api.openai.com/v1/chat/completions"\n\n\ndef url(model):\n    return URL\n'
BODY = b"{'model': m, 'messages': [{'role': 'user', 'content': q}]}"


PACKAGE = b"from app.urls import URL, url\nfrom .net import Sender, post_json\n"


def found(origins: dict[str, bytes], others: dict[str, bytes], most: int = 9) -> list[str]:
    """The files that may send by what some hold."""
    files = {**origins, **others}
    return senders(origins, others.items(), Imports(files, files.__getitem__), most)


def are_looked_at(path: str, data: bytes, address: bytes = URLS) -> bool:
    others = {"app/__init__.py": PACKAGE, "app/api.py": b"from .urls import url\n", path: data}
    return found({"app/urls.py": address}, others) == [path]


@pytest.mark.parametrize(
    "word", [b"/chat/completions", b"/v1/messages", b"/v1/responses", b":generateContent", b":streamGenerateContent"]
)
def test_the_path_of_an_address_is_found(word: bytes) -> None:
    # As a rule, such a file also says what is generated, or what a message is.
    assert holds_address(b'def generate(): ...\nURL = "https://api.example.com' + word + b'"\n')
    assert not holds_address(b'def generate(): ...\nURL = "https://api.example.com/v1/embeddings"\n')


@pytest.mark.parametrize(
    "data",
    [
        b"requests.post(URL, json=" + BODY + b")",
        b"await client.post(\n    url('m'), json={\"contents\": q})",
        b"client.request('POST', url, json=" + BODY + b")",
        b"client.request(method='POST', url=address, json=" + BODY + b")",
        b"async with client.stream('POST', self.url, json=" + BODY + b") as r: ...",
        b"client.request(method, f'{base}{path}', json=" + BODY + b")",
        b"requests.post(f'{URL}?key={key}', json=" + BODY + b")",
        b"with urllib.request.urlopen(request) as r: ...\nbody = " + BODY,
        b"from app.urls import URL\nrequests.post(URL, json=body)",
        b"from app import (\n    urls,\n)\nrequests.post(urls.URL, json=body)",
        b"from app.api import url\nrequests.post(url(m), json=body)",
    ],
)
def test_what_may_send_to_it_is_looked_at(data: bytes) -> None:
    assert are_looked_at("app/job.py", data)
    assert not may_hold_call(data)


@pytest.mark.parametrize(
    "imported",
    [b"import net", b"from app.net import Sender", b"from app import Sender", b"from app import post_json as post"],
)
def test_what_the_file_with_the_address_imports_is_looked_at(imported: bytes) -> None:
    data = b"class Sender: ...\n\nasync def post_json(s, url, body):\n    return await s.post(url, data=body)\n"
    assert are_looked_at("app/net.py", data, imported + b"\n" + URLS)
    assert not are_looked_at("app/net.py", data, b"from other import net_of\n" + URLS)
    assert are_looked_at("app/net/__init__.py", data, imported + b"\n" + URLS)


@pytest.mark.parametrize(
    "data",
    [
        b"requests.post('https://example.com', json=" + BODY + b")",
        b"requests.post(f'/users/{name}', json=" + BODY + b")",
        b"requests.post(f'{BASE}/users', json=" + BODY + b")",
        b"client.get(URL)\nbody = " + BODY,
        b"requests.post(hook, json={'text': text})",
        b"from other import HOOK\nrequests.post(HOOK, json={'text': text})",
        b"form.post()\nbody = " + BODY,
    ],
)
def test_others_are_not(data: bytes) -> None:
    assert not are_looked_at("app/job.py", data)


CLIENT = b"from langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\n\n\ndef make_chain():\n    return prompt | llm\n"


@pytest.mark.parametrize(
    "imported",
    [
        b"from langchain_openai import ChatOpenAI",
        b"    import pydantic_ai",
        b"from langgraph.prebuilt import create_react_agent",
        b"from deepagents import create_deep_agent",
        b"m = import_module('langchain_openai')",
    ],
)
def test_a_library_whose_methods_have_common_names_is_found(imported: bytes) -> None:
    assert may_serve_others(imported + b"\nagent = make(message)")
    assert not may_serve_others(b"import anthropic\nmessage = 'langchain, pydantic_ai'")


@pytest.mark.parametrize(
    "data",
    [
        b"from app.chains import make_chain\nmake_chain().invoke(x)",
        b"from app import chains\nasync for part in chains.make_chain().astream(x): ...",
        b"import app.chains as c\nc.agent.run_sync(x)",
        b"from .chains import my_agent\nasync def f(): await my_agent.run(x)",
    ],
)
def test_what_calls_a_client_of_another_file_is_looked_at(data: bytes) -> None:
    assert found({"app/chains.py": CLIENT}, {"app/job.py": data}, 9) == ["app/job.py"]
    assert not found({"app/chains.py": URLS}, {"app/job.py": data}, 9)


@pytest.mark.parametrize(
    "data",
    [
        b"from app import other\nother.invoke(x)",
        b"from app.chains import make_chain\nasyncio.run(make_chain())",
        b"from app.chains import llm\nrequests.post(URL, json={'role': 'user', 'messages': []})",
    ],
)
def test_what_calls_nothing_of_it_is_not(data: bytes) -> None:
    assert not found({"app/chains.py": CLIENT}, {"app/job.py": data}, 9)


def test_what_the_file_with_the_client_imports_is_looked_at() -> None:
    service = b"class Service:\n    def ask(self, text):\n        return self.llm.invoke(text)\n"
    assert found({"app/main.py": b"from app.service import Service\n" + CLIENT}, {"app/service.py": service}, 9) == [
        "app/service.py"
    ]
    assert not found({"app/main.py": CLIENT}, {"app/service.py": service}, 9)


def test_files_that_call_a_client_do_not_count_among_those_that_post() -> None:
    calling = {f"a{number}.py": b"from app.chains import make_chain\nmake_chain().invoke(x)" for number in range(3)}
    posting = {"b.py": b"requests.post(URL, json=" + BODY + b")"}
    assert found({"app/chains.py": CLIENT, "app/urls.py": URLS}, {**calling, **posting}, 1) == [*sorted(calling), "b.py"]


def test_of_many_those_with_a_body_are_left() -> None:
    with_body = {f"b{number}.py": b"requests.post(URL, json=" + BODY + b")" for number in range(3)}
    others = {f"a{number}.py": b"from app.urls import URL\nrequests.post(URL, json=body)" for number in range(3)}
    assert found({"app/urls.py": URLS}, {**with_body, **others}, 6) == sorted([*with_body, *others])
    assert found({"app/urls.py": URLS}, {**with_body, **others}, 5) == sorted(with_body)
    assert found({"app/urls.py": URLS}, {**with_body, **others}, 2) == []


@pytest.mark.parametrize(
    "data",
    [
        b"from chains import chain\nchain.invoke(x)",
        b"from app.chains import chain\nawait chain.ainvoke(x)",
        b"from .chains import (  # all\n    chain,\n)\nfor each in chain.stream(x): ...",
        b"from . import chains\nchains.chain.batch(x)",
        b"import chains as c\nc.chain.run(x)",
        b"from app import chains, net\nawait asyncio.to_thread(chains.chain.invoke, x)",
        b"def work():\n    from project.app.chains import *\n    return chain.predict(x)",
        b"from app import chain\nchain.astream(x)",
        b"from other.facade import chain\nchain.run_sync(x)",
    ],
)
def test_what_may_call_a_client_is_looked_at(data: bytes) -> None:
    others = {"app/__init__.py": b"from .chains import chain\n", "other/facade.py": b"from app.chains import chain\n"}
    assert found({"app/chains.py": CLIENT}, {**others, "app/job.py": data}) == ["app/job.py"]
    assert not may_hold_call(data)


@pytest.mark.parametrize(
    "data",
    [
        b"chain.invoke(x)",
        b"from other.chains import chain\nchain.invoke(x)",
        b"from app.prompts import chains\nchains.invoke(x)",
        b"from app.chains import chain\nchain.pipe(x)",
        b"from app.chains import chain\nsubprocess.run(x); asyncio.run(chain.something)",
        b"from app.far import chain\nchain.invoke(x)",
    ],
)
def test_what_has_nothing_to_do_with_a_client_is_not(data: bytes) -> None:
    steps = {"app/far.py": b"from app.near import chain", "app/near.py": b"from app.middle import chain"}
    others = {**steps, "app/middle.py": b"from app.chains import chain", "app/job.py": data}
    assert found({"app/chains.py": CLIENT}, others) == []


def test_what_runs_the_clients_of_others_is_looked_at() -> None:
    helper = b"def ask(chain, x):\n    return chain.invoke(x)\n"
    assert found({"chains.py": b"from helper import ask\n" + CLIENT}, {"helper.py": helper, "alone.py": helper}) == ["helper.py"]


def test_of_many_those_are_left_that_import_the_client_itself() -> None:
    facade = {"facade.py": b"from chains import chain\n"}
    direct = {f"d{number}.py": b"from chains import chain\nchain.invoke(x)" for number in range(MOST_CALLERS)}
    others = {"far.py": b"from facade import chain\nchain.invoke(x)"}
    assert found({"chains.py": CLIENT}, {**facade, **direct, **others}) == sorted(direct)
    more = {**direct, "more.py": direct["d0.py"]}
    assert found({"chains.py": CLIENT}, {**facade, **more, **others}) == []
