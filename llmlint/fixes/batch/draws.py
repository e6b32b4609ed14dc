"""What an item draws from a seeded generator of random numbers: in a batch all items draw ahead of their calls first, so that one which draws behind
its call as well would get other numbers, and the program other results for the same seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from llmlint.fixes.batch.frames import Frame, Key
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, tail_of, walk
from llmlint.link.program.program import Program
from llmlint.link.program.test_paths import may_be_test

# The kinds of what is drawn, and of what is drawn only for the length of a pause.
DRAWN, PAUSED = "draws", "draws of pauses"
_DRAWS = frozenset(
    {"random", "randint", "randrange", "choice", "choices", "sample", "shuffle", "uniform", "gauss", "normal", "normalvariate", "integers",
     "betavariate", "expovariate", "lognormvariate", "triangular", "permutation", "permuted", "rand", "randn", "random_sample", "ranf",
     "standard_normal", "poisson", "binomial", "exponential", "lognormal", "beta", "gamma", "dirichlet", "multinomial", "getrandbits",
     "randbytes", "bytes", "geometric", "laplace", "zipf", "seed"}
)  # fmt: skip
_OF_PYTHON, _OF_NUMPY = "random", "numpy.random"
_SEEDS = {
    _OF_PYTHON: re.compile(
        r"\b(?:random|rnd|rand)\.seed\(\s*[^\s)]|\bfrom random import\b[^\n]*\bseed\b|\b(?:set_seed|seed_everything)\("
    ),
    _OF_NUMPY: re.compile(
        r"\brandom\.seed\(\s*[^\s)]|\bfrom numpy\.random import\b[^\n]*\bseed\b|\b(?:set_seed|seed_everything)\("
    ),
}
_MOST_FILES = 24
_GENERATORS = frozenset({"Random", "default_rng", "RandomState", "Generator"})
_NAMED_SO = re.compile(r"(?i)^_*(?:\w+_)?(?:p?rng|rnd|random_(?:state|generator))$")


def draws_of(frame: Frame, node: cst.CSTNode, home: str) -> Iterator[Key]:
    """The seeded generator from which a node draws that outlives the item. `home` is the path of the fan-out."""
    if not isinstance(node, cst.Call) or tail_of(node.func) not in _DRAWS:
        return
    name = _generator_of(frame.tree, node)
    if name in _SEEDS:
        key: Key | None = (name,) if _is_seeded(frame.program, home, name) else None
    elif isinstance(node.func, cst.Attribute):
        key = frame.key(node.func.value)
        key = key if key is not None and _is_generator(frame, key[-1]) else None
    else:
        key = None
    kind = _kind_of(frame.tree, node) if key is not None else None
    if key is not None and kind is not None:
        yield (kind, *key)


def changes_draws(key: Key, added: Mapping[Key, Mapping[cst.CSTNode | None, set[int]]], tree: Tree, body: cst.CSTNode) -> bool:
    """Whether draws of one generator change although all items draw behind equally many calls: pauses that draw from it, too, are taken away."""
    kind, *of = key
    if kind == DRAWN:
        return (PAUSED, *of) in added
    return (DRAWN, *of) not in added and _are_drawn_behind(tree, body)


def _generator_of(tree: Tree, call: cst.Call) -> str:
    """The module whose own generator a function draws from, or "": `random.choice`, `np.random.choice`, `choice` of either."""
    path = dotted(call.func)
    root, _, rest = (path or "").partition(".")
    for each in tree.module_bindings_of.get(root, ()):
        if isinstance(each, cst.ImportFrom) and each.module is not None and not isinstance(each.names, cst.ImportStar):
            names = {_alias(alias): dotted(alias.name) for alias in each.names}
            path = ".".join(filter(None, (dotted(each.module), names.get(root), rest)))
        elif isinstance(each, cst.Import):
            names = {_alias(alias): dotted(alias.name) for alias in each.names}
            path = f"{names.get(root) or root}.{rest}"
    module = (path or "").rpartition(".")[0]
    return _OF_NUMPY if module == "np.random" else module


def _alias(alias: cst.ImportAlias) -> str:
    given = alias.asname.name if alias.asname is not None else None
    return given.value if isinstance(given, cst.Name) else (dotted(alias.name) or "")


def _is_seeded(program: Program, home: str, module: str) -> bool:
    """Whether the program seeds the generator of a module: of a file that is a program of its own, only there and in files that it may import."""
    index = program.module(home)
    paths = program.files_with(b"seed", index) if index is not None else []
    is_script = "__main__" in program.source(home).text and not program.import_names(home)
    # One that is not read yet has a text once it is a module. Of many files, some are taken to seed what others draw from.
    for path in paths[:_MOST_FILES]:
        if program.module(path) is None:
            continue
        text = program.source(path).text
        is_other_script = is_script and path != home and "__main__" in text
        if path.endswith((".py", ".ipynb")) and not may_be_test(path) and not is_other_script and _SEEDS[module].search(text):
            return True
    return len(paths) > _MOST_FILES


def _is_generator(frame: Frame, name: str) -> bool:
    """Whether a name is that of a generator with a seed, as far as the source shows; one that is made elsewhere is taken to have one."""
    made = _made_in(frame.tree.module).get(name)
    return made if made is not None else _NAMED_SO.match(name) is not None


@kept_by_node(20)
def _made_in(module: cst.Module) -> dict[str, bool]:
    """The names of generators that a file makes, also those of attributes, and whether they have a seed."""
    found: dict[str, bool] = {}
    for each in walk(module):
        if (
            isinstance(each, (cst.Assign, cst.AnnAssign))
            and isinstance(each.value, cst.Call)
            and tail_of(each.value.func) in _GENERATORS
        ):
            for target in [each.target] if isinstance(each, cst.AnnAssign) else [one.target for one in each.targets]:
                name = (
                    target.attr.value if isinstance(target, cst.Attribute) else next((it.value for it in bound_names(target)), "")
                )
                found[name] = found.get(name, False) or bool(each.value.args)
    return found


def _kind_of(tree: Tree, call: cst.Call) -> str | None:
    """Whether a draw is one for a pause; None for those ahead of another try, which no seed determines."""
    kind = DRAWN
    for each in tree.ancestors(call):
        if isinstance(each, cst.Call) and tail_of(each.func) == "sleep":
            kind = PAUSED
        elif isinstance(each, cst.ExceptHandler):
            inside = walk(each.body)
            return None if any(isinstance(one, cst.Call) and tail_of(one.func) == "sleep" for one in inside) else kind
        elif isinstance(each, (cst.FunctionDef, cst.Lambda)):
            return kind
    return kind


def _are_drawn_behind(tree: Tree, body: cst.CSTNode) -> bool:
    """Whether a file draws anything behind a loop, or in other functions."""
    around = tree.scope_of(body)
    end = tree.offsets.of(body)[1]
    for each in tree.nodes:
        if isinstance(each, cst.Call) and tail_of(each.func) in _DRAWS and _kind_of(tree, each) == DRAWN and dotted(each.func):
            if tree.offsets.of(each)[0] >= end or tree.scope_of(each) is not around:
                return True
    return False
