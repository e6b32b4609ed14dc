"""Calls whose result the source tells: string methods, environment defaults, options, copies, constructors, functions of the program."""

from __future__ import annotations

import builtins
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from llmlint.link.values import containers, files, objects, paths, templates
from llmlint.link.values.stability import stability_at
from llmlint.link.values.values import (
    Class,
    External,
    Function,
    Items,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    as_text,
    stability_of,
    unique,
    with_source,
)
from llmlint.scan import expressions as ex

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluate import Evaluator
    from llmlint.link.values.place import Place

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

_ENVIRONMENT = frozenset(
    {"os.getenv", "os.environ.get", "os.environ.setdefault", "environ.get", "decouple.config", "builtins.getenv"}
)
_SAME = frozenset(
    {"copy.copy", "copy.deepcopy", "typing.cast", "builtins.list", "builtins.tuple", "builtins.reversed", "types.MappingProxyType",
     "sys.intern", "builtins.str", "pydantic.SecretStr", "asyncio.run", "typing_extensions.cast"}
)  # fmt: skip
_DEFAULTS = frozenset({"Field", "field", "Option", "Argument", "Header", "Query", "Body", "Factor", "attrib", "ib"})
_LOADERS = {
    "json.load": "json", "json.loads": "json", "yaml.safe_load": "yaml", "yaml.load": "yaml", "yaml.full_load": "yaml",
    "toml.load": "toml", "toml.loads": "toml", "tomllib.load": "toml", "tomllib.loads": "toml", "tomli.load": "toml", "tomli.loads": "toml",
}  # fmt: skip

_RENDERS = (
    ".Template().render", ".Template().substitute", ".Template().safe_substitute", ".from_string().render", ".get_template().render"
)  # fmt: skip

_TEXT_METHODS: dict[str, Callable[[str], str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "expandtabs": str.expandtabs,
}


def call(evaluator: Evaluator, expression: ex.Call, place: Place) -> Iterator[Value]:
    """What a call can return."""
    func = expression.func
    if isinstance(func, ex.Attribute):
        for base in evaluator.evaluate(func.value, place):
            if isinstance(base, Text):
                yield from _text_method(evaluator, base, func.attr, expression, place)
            elif isinstance(base, Record) and func.attr in ("get", "copy", "pop", "setdefault"):
                yield from _record_method(evaluator, base, func.attr, expression, place)
            elif isinstance(base, Items) and func.attr == "copy":
                yield base
            elif isinstance(base, Class) and func.attr == "remote":
                yield Object(base, expression, place)  # An actor of ray.
            else:
                for value in objects.attribute(evaluator, base, func.attr, func, place):
                    yield from _call_value(evaluator, value, expression, place)
        return
    for value in evaluator.evaluate(func, place):
        yield from _call_value(evaluator, value, expression, place)


def _call_value(evaluator: Evaluator, value: Value, expression: ex.Call, place: Place) -> Iterator[Value]:
    if isinstance(value, External):
        yield from _external(evaluator, value.name, expression, place)
    elif isinstance(value, Class):
        yield Object(value, expression, place)
    elif isinstance(value, Function):
        returned = evaluator.returned(value, expression, place)
        yield from returned or (_result(expression, place),)
    elif isinstance(value, Object) and isinstance(value.of, Class):
        method = objects.find_method(evaluator, value.of, "__call__")
        called = evaluator.returned(Function(method.module, method.scope, value), expression, place) if method is not None else ()
        yield from called or (_result(expression, place),)
    else:
        yield _result(expression, place)


def _result(expression: ex.Call, place: Place) -> Unknown:
    """The result of a call that cannot be seen through."""
    return Unknown(stability_at(place.module, place.point, expression), place.span(expression), expression, place)


def _external(evaluator: Evaluator, name: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    tail = name.rpartition(".")[2]
    first = expression.args[0].value if expression.args and not expression.args[0].star else None
    if name in _ENVIRONMENT or name.endswith((".getenv", "environ.get")):
        default = expression.value("default", 1)
        for value in evaluator.evaluate(default, place) if default is not None else ():
            if not isinstance(value, Literal):
                yield with_source(value, "env-default")
        yield Unknown(Stability.STABLE, at, expression, place)
    elif name in _SAME:
        inner = expression.args[-1].value if tail == "cast" and expression.args else first
        yield from evaluator.evaluate(inner, place) if inner is not None else (Items((), at),)
    elif name in ("textwrap.dedent", "inspect.cleandoc") and first is not None:
        function = textwrap.dedent if tail == "dedent" else inspect.cleandoc
        for value in evaluator.evaluate(first, place):
            yield templates.transform(value, function) if isinstance(value, Text) else value
    elif name == "builtins.super":
        yield from objects.bases_of_self(evaluator, place)
    elif name in paths.FUNCTIONS:
        yield paths.call(evaluator, name, expression, place) or _result(expression, place)
    elif name in _LOADERS and first is not None:
        yield _loaded(evaluator, _LOADERS[name], first, place) or _result(expression, place)
    elif tail == "Template" and first is not None:
        for value in evaluator.evaluate(first, place):
            yield Object(name, expression, place) if isinstance(value, Text) else _result(expression, place)
    elif tail in ("from_string", "get_template") and "Environment()" in name:
        yield Object(name, expression, place)
    elif name.endswith(_RENDERS):
        yield templates.rendered(evaluator, name, expression, place) or _result(expression, place)
    elif name in ("builtins.open().read", "io.open().read", "codecs.open().read", "pathlib.Path.open().read"):
        yield _read(evaluator, expression, place) or _result(expression, place)
    elif name == "builtins.dict":
        yield _dict_call(evaluator, expression, place)
    elif name == "builtins.getattr" and len(expression.args) >= 2 and first is not None:
        yield from _getattr(evaluator, expression, place)
    elif tail in _DEFAULTS and name != "builtins.field":
        given, factory = expression.value("default", 0), expression.value("default_factory") or expression.value("factory")
        source = "option-default" if tail in ("Option", "Argument") else "attribute"
        for value in evaluator.evaluate(given, place) if given is not None else ():
            yield with_source(value, source)
        for value in evaluator.evaluate(factory, place) if factory is not None else ():
            yield from evaluator.returned(value, None, place) if isinstance(value, Function) else ()
        yield Unknown(Stability.UNKNOWN, at, expression, place)
    elif name.endswith(("().with_options", "().copy")):
        yield Object(name.rpartition("().")[0], expression, place)
    elif tail in ("parse_args", "parse_known_args"):
        yield Object("argparse.Namespace", expression, place)
    elif name in ("builtins.open", "io.open", "codecs.open") or name.startswith("instructor.from_"):
        yield Object(name, expression, place)
    elif tail[:1].isupper() or tail.startswith(("from_", "wrap_", "patch", "wrap")):
        yield _wrapped_client(evaluator, name, expression, place) or Object(name, expression, place)
    else:
        yield _result(expression, place)


def _read(evaluator: Evaluator, expression: ex.Call, place: Place) -> Value | None:
    """`open(path).read()`, and `file.read()` of a file opened by a `with`."""
    assert isinstance(expression.func, ex.Attribute)
    for opened in evaluator.evaluate(expression.func.value, place):
        if isinstance(opened, Object) and opened.call is not None and opened.place is not None:
            found = paths.opened(evaluator, opened.call, opened.place, place.span(expression))
            if found is not None:
                return found
    return None


def _loaded(evaluator: Evaluator, kind: str, argument: ex.Expr, place: Place) -> Value | None:
    """What `json.load(file)` or `json.loads(text)` and their kin return for a file of the program."""
    for value in evaluator.evaluate(argument, place):
        text = value.value if isinstance(value, Text) else None
        if isinstance(value, Object) and value.call is not None and value.place is not None:
            content = paths.opened(evaluator, value.call, value.place, place.span(argument))
            text = content.value if content is not None else None
        elif kind == "toml" and text is not None and text.endswith(".toml"):
            # `toml.load` takes a path too.
            content = paths.content(evaluator, argument, place, place.span(argument))
            text = content.value if content is not None else None
        if text is not None:
            return files.parse_data(kind, text, place.span(argument))
    return None


def _wrapped_client(evaluator: Evaluator, name: str, expression: ex.Call, place: Place) -> Value | None:
    """Helpers that take a client and return one of the same kind: `instructor.from_openai(OpenAI())`, `wrap_openai(client)`."""
    tail = name.rpartition(".")[2]
    if not tail.startswith(("from_", "wrap", "patch", "trace", "observe")):
        return None
    for argument in expression.args[:1]:
        for value in evaluator.evaluate(argument.value, place):
            if isinstance(value, Object):
                return value
    return None


def _getattr(evaluator: Evaluator, expression: ex.Call, place: Place) -> Iterator[Value]:
    name = containers.key_of(evaluator, expression.args[1].value, place)
    if name is not None:
        for base in evaluator.evaluate(expression.args[0].value, place):
            yield from objects.attribute(evaluator, base, name, expression, place)
    if len(expression.args) > 2:
        for value in evaluator.evaluate(expression.args[2].value, place):
            yield with_source(value, "default")


def _dict_call(evaluator: Evaluator, expression: ex.Call, place: Place) -> Record:
    found = Record({}, place.span(expression))
    for argument in expression.args:
        if argument.keyword is not None:
            found = containers.with_entry(evaluator, found, argument.keyword, argument.value, place)
        else:
            found = containers.merge(found, evaluator.evaluate(argument.value, place), place.span(argument.value))
    return Record(found.entries, place.span(expression), found.is_open, found.has_escaped)


def _record_method(evaluator: Evaluator, base: Record, method: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    if method == "copy":
        yield base
        return
    if not expression.args:
        return
    keys = evaluator.evaluate(expression.args[0].value, place)
    known = [key for key in keys if isinstance(key, Text) and key.value in base.entries]
    for key in known:
        yield from base.entries[key.value or ""].values
    if len(expression.args) > 1 and (len(known) < len(keys) or base.is_open):
        for value in evaluator.evaluate(expression.args[1].value, place):
            yield with_source(value, "default")
    if len(known) < len(keys):
        worst = max((stability_of(key) for key in keys), default=Stability.UNKNOWN)
        yield Unknown(max(worst, Stability.UNKNOWN), place.span(expression), expression, place)


def _text_method(evaluator: Evaluator, base: Text, method: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    arguments = [evaluator.evaluate(argument.value, place) for argument in expression.args]
    if method in _TEXT_METHODS and not arguments:
        yield templates.transform(base, _TEXT_METHODS[method])
    elif method in ("strip", "lstrip", "rstrip") and len(arguments) == 1:
        characters = as_text(arguments[0], at).value
        yield templates.transform(base, lambda text: getattr(str, method)(text, characters)) if characters else base
    elif method == "format":
        yield templates.format_call(evaluator, base, expression, place)
    elif method == "format_map" and arguments:
        fields = arguments[0][0]
        yield templates.format_text(base, (), fields if isinstance(fields, Record) else None, at)
    elif method == "replace" and len(arguments) >= 2:
        yield templates.replace(base, as_text(arguments[0], at), as_text(arguments[1], at), at)
    elif method == "join" and arguments:
        for value in arguments[0]:
            yield templates.join(base, value, at)
    elif method in ("encode", "decode"):
        yield base
    elif method in paths.METHODS:
        yield paths.method(evaluator, base, method, expression, place) or Unknown(Stability.UNKNOWN, at, expression, place)
    else:
        worst = max((stability_of(value) for values in arguments for value in values), default=Stability.STABLE)
        yield Unknown(max(worst, stability_of(base)), at, expression, place)


def decorated_default(evaluator: Evaluator, module: ModuleIndex, scope: int, name: str, outside: Place) -> tuple[Value, ...]:
    """The default that a click option or argument gives to a parameter of the decorated function."""
    for decorator in module.scopes[scope].decorators:
        if isinstance(decorator, ex.Call) and (ex.dotted_name(decorator.func) or "").split(".")[-1] in ("option", "argument"):
            default = decorator.value("default")
            if default is not None and name in _option_names(decorator):
                return unique(with_source(value, "option-default") for value in evaluator.evaluate(default, outside))
    return ()


def namespace_default(evaluator: Evaluator, module: ModuleIndex, name: str) -> tuple[Value, ...]:
    """The default of an argparse option of this file whose destination is `name`."""
    found: list[Value] = []
    for fact in module.calls_by_tail.get("add_argument"):
        if name not in _option_names(fact.call):
            continue
        default = fact.call.value("default")
        if default is not None:
            there = evaluator.place(module, fact.scope, fact.block, fact.order)
            found.extend(
                with_source(v, "option-default") for v in evaluator.evaluate(default, there) if not isinstance(v, Literal)
            )
        found.append(Unknown(Stability.UNKNOWN, evaluator.place(module, fact.scope, fact.block, fact.order).span(fact.call)))
    return unique(found)


def _option_names(call: ex.Call) -> set[str]:
    names = set()
    destination = call.value("dest")
    if isinstance(destination, ex.Constant):
        return {str(destination.value)}
    for argument in call.args:
        if argument.keyword is None and isinstance(argument.value, ex.Constant) and isinstance(argument.value.value, str):
            names.add(argument.value.value.lstrip("-").replace("-", "_"))
    return names
