"""Which classes and functions of a program are those that the configuration describes."""

from __future__ import annotations

from llmlint.link.names.index import ModuleIndex
from llmlint.link.values.values import Class, External, Function, Value
from llmlint.providers.base import REGISTRY, Provider
from llmlint.sdks.shape import Method, Sdk


def is_class_of(sdk: Sdk, given: Class | str) -> bool:
    """Whether a class of the program, or one elsewhere by its qualified name, is the client class of a description."""
    if not sdk.methods:
        return False
    return _names(sdk.name, given) if isinstance(given, str) else _is_defined(sdk.name, given.module, given.scope)


def described_function(value: Value) -> tuple[Provider, Method] | None:
    """The description of a function; None where there is none."""
    for provider in REGISTRY:
        if not provider.sdk.is_described:
            return None  # Descriptions come first.
        for name, method in provider.functions.items():
            is_meant = isinstance(value, External) and _names(name, value.name)
            if is_meant or (isinstance(value, Function) and _is_defined(name, value.module, value.scope)):
                return provider, method
    return None


def is_inside_described(module: ModuleIndex, scope: int | None) -> bool:
    """Whether code is part of what the configuration describes: its requests are known by the calls of that, and count once."""
    if not REGISTRY or not REGISTRY[0].sdk.is_described:
        return False
    names = [provider.name for provider in REGISTRY if provider.sdk.is_described]
    while scope:
        if any(_is_defined(name, module, scope) for name in names):
            return True
        scope = module.scopes[scope].parent
    return False


def _names(described: str, qualified: str) -> bool:
    """Whether a qualified name is a described one, or the one in a module of its package that exports it."""
    package, _, last = described.rpartition(".")
    return qualified == described or (qualified.rpartition(".")[2] == last and qualified.startswith(f"{package}."))


def _is_defined(described: str, module: ModuleIndex, scope: int) -> bool:
    """Whether a scope of the program is what a qualified name stands for: the file may lie in any folder that imports start from."""
    package, _, last = described.rpartition(".")
    own = module.scopes[scope]
    path = module.path.replace("\\", "/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return own.name == last and own.parent == 0 and f".{package}." in f".{path}."
