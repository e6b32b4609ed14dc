"""Whether code is a test, and whether a test mocks or replays the LLM calls that it makes."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.scan.expressions import Call, Constant, Expr, Sequence, dotted_name, last_name, walk
from llmlint.scan.facts import Scope
from llmlint.source import Span

_FILES = ("test_*.py", "*_test.py", "*_tests.py", "test.py", "tests.py")
_FOLDERS = frozenset({"tests", "unittests", "unit_tests", "integration_tests"})
# A folder with one of these names may hold the test split of a data set as well: the code must look like a test too.
_LIKELY_FOLDERS = frozenset({"test", "testing"})
_PACKAGES = frozenset({"pytest", "unittest", "mock", "nose"})
_BASES = frozenset({"TestCase", "AsyncTestCase", "AsyncioTestCase", "IsolatedAsyncioTestCase", "LiveServerTestCase"})

# What is replaced has to do with the call itself, or with the HTTP client below it; not the clock, say, or a data base.
_OF_A_CALL = re.compile(r"openai|anthropic|claude|gpt|llm|completion|message|client|chat|respon|httpx|requests|generat")
_STAND_INS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "MockTransport"})
_STAND_IN_CLASS = re.compile(r"Mock|Fake|Stub|Dummy|StandIn")
_REPLACING = frozenset({"patch", "setattr", "object", "multiple", "respond_with_json"})
_RECORDINGS = frozenset({"use_cassette", "vcr", "block_network", "default_cassette", "respx", "activate", "RequestsMock"})
_SET_UP = frozenset({"setup", "asyncsetup", "setup_method", "setup_class"})
_FIXTURES = re.compile(r"^(?:httpx_mock|respx_mock|requests_mock|responses|vcr|vcr_cassette|betamax\w*)$|mock|fake|stub|patched")


_TESTS: Memo[str, bool] = Memo()


def is_test_file(program: Program, module: ModuleIndex) -> bool:
    """Whether a file is test code: by its name and folder below the root of the project, and by what it holds."""
    return _TESTS.get(program, module.path, lambda: _find_is_test_file(program, module))


def _find_is_test_file(program: Program, module: ModuleIndex) -> bool:
    root = program.root.replace("\\", "/").rstrip("/")
    path = PurePosixPath(program.disk.absolute(module.path).replace("\\", "/").removeprefix(f"{root}/"))
    if path.suffix != ".py":
        return False  # A notebook among the tests is somebody's scratch pad.
    if path.name == "conftest.py" or not _FOLDERS.isdisjoint(path.parts[:-1]):
        return True
    is_likely = any(fnmatch.fnmatchcase(path.name, each) for each in _FILES) or not _LIKELY_FOLDERS.isdisjoint(path.parts[:-1])
    return is_likely and (module.imports_any(_PACKAGES) or any(_has_test_name(scope) for scope in module.scopes))


def _has_test_name(scope: Scope) -> bool:
    return scope.parent == 0 and (scope.name.startswith("test_") if scope.kind == "function" else scope.name.startswith("Test"))


def is_test(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether a function (or what else a scope is) is test code: of a test file, or of a test case in another file."""
    if is_test_file(program, module):
        return True
    return any(
        each.kind == "class" and any(last_name(base) in _BASES for base in each.bases) for each in _scopes_around(module, scope)
    )


def is_in_test_function(program: Program, at: Span) -> bool:
    """Whether something is written in a function that a test runner calls: `def test_…` of a test file, alone or in a class."""
    module = program.module(at.path)
    if module is None or not is_test_file(program, module):
        return False
    around = (each for each in module.scopes if each.kind == "function" and each.start <= at.start < each.end)
    return any(each.name.startswith("test") for each in around)


def is_mocked(program: Program, module: ModuleIndex, scope: int) -> bool:
    """Whether an LLM call that a test makes is sent to nobody: its client is a stand-in, or its answers are recorded."""
    if not is_test(program, module, scope):
        return False
    around = list(_scopes_around(module, scope))
    if any(_replaces(decorator) for each in around for decorator in each.decorators) or _is_marked(module):
        return True
    if any(_FIXTURES.search(parameter.name) for each in around for parameter in each.parameters):
        return True
    return any(_mocks(module, each.id) for each in (*around, *_set_up(module, around)))


def _scopes_around(module: ModuleIndex, scope: int) -> Iterator[Scope]:
    """A scope and those around it inside the file's own, inside out."""
    current: int | None = scope
    while current:
        yield module.scopes[current]
        current = module.scopes[current].parent


def _set_up(module: ModuleIndex, around: list[Scope]) -> Iterator[Scope]:
    """What runs ahead of a test: the set-up of its class, and the fixtures of its file that it names."""
    classes = {scope.id for scope in around if scope.kind == "class"}
    named = {parameter.name for scope in around for parameter in scope.parameters}
    for scope in module.scopes:
        is_set_up = scope.parent in classes and scope.name.lower() in _SET_UP
        if is_set_up or (scope.name in named and any("fixture" in (_name(decorator) or "") for decorator in scope.decorators)):
            yield scope


def _mocks(module: ModuleIndex, scope: int) -> bool:
    return any(_replaces(fact.call) for fact in module.calls_by_scope.get(scope))


def _is_marked(module: ModuleIndex) -> bool:
    """Whether the file marks all its tests as recorded: `pytestmark = pytest.mark.vcr`."""
    marks = [binding.value for binding in module.bindings(0, "pytestmark") if binding.value is not None]
    each = (item for mark in marks for item in (mark.items if isinstance(mark, Sequence) else (mark,)))
    return any(_replaces(item) for item in each)


def _replaces(expression: Expr) -> bool:
    """Whether a decorator or call puts something in the place of an LLM call, or replays its answer."""
    name = _name(expression)
    if name is None:
        return False
    parts = name.split(".")
    if parts[-1] in _STAND_INS or not _RECORDINGS.isdisjoint(parts) or _STAND_IN_CLASS.search(parts[-1]):
        return True
    if parts[-1] not in _REPLACING or "dict" in parts or not isinstance(expression, Call):
        return False
    return any(_OF_A_CALL.search(word.lower()) for argument in expression.args[:2] for word in _words(argument.value))


def _name(expression: Expr) -> str | None:
    return dotted_name(expression.func if isinstance(expression, Call) else expression)


def _words(expression: Expr) -> Iterator[str]:
    for node in walk(expression):
        if isinstance(node, Constant) and isinstance(node.value, str):
            yield node.value
    yield dotted_name(expression) or ""
