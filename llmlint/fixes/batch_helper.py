"""The helper function that a module gets with its first batch fix, the imports that it needs, and where both are put."""

from __future__ import annotations

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_imports import first_offset, import_edits, is_import_line
from llmlint.fixes.batch_tree import Tree, walk

SYNC_NAME, ASYNC_NAME = "run_batches", "run_batches_async"

_LIMITS = """\
BATCH_POLL_SECONDS = 60
# The API takes at most 100,000 requests or 256 MB in one batch.
BATCH_MAX_REQUESTS = 100_000
BATCH_MAX_BYTES = 200_000_000
"""
_LIMIT_NAMES = ("BATCH_POLL_SECONDS", "BATCH_MAX_REQUESTS", "BATCH_MAX_BYTES")

# The words in braces that stand in `_SYNC` and `_ASYNC` are replaced; what else is in braces stays.
_HELPER = '''\
{async}def {name}(client, requests, poll_seconds=BATCH_POLL_SECONDS):
    """Send requests through the Message Batches API: half the price, within 24 hours.

    `requests` are dicts of arguments for `client.messages.create`. Returns the messages
    in the same order, or raises RuntimeError naming the requests without an answer.
    """
    chunks, size = [], 0
    for index, params in enumerate(requests):
        length = len(json.dumps(params, default=str))
        is_full = chunks and len(chunks[-1]) >= BATCH_MAX_REQUESTS
        if not chunks or is_full or size + length > BATCH_MAX_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append({"custom_id": f"request-{index}", "params": params})
        size += length
    # All batches are made before one is waited for, so that they run side by side.
    batches = client.messages.batches
    batch_ids = [{create}.id for chunk in chunks]
    messages, failed = {}, []
    for batch_id in batch_ids:
        while {retrieve}.processing_status != "ended":
            {await}{sleep}(poll_seconds)
        {async}for row in {await}batches.results(batch_id):  # in any order
            if row.result.type == "succeeded":
                messages[row.custom_id] = row.result.message
            elif row.result.type == "errored":
                failed.append(f"{row.custom_id} ({row.result.error.error.message})")
            else:  # canceled or expired
                failed.append(f"{row.custom_id} ({row.result.type})")
    if failed:
        raise RuntimeError(f"batches {batch_ids} have no answer to {failed}")
    return [messages[f"request-{index}"] for index in range(len(requests))]
'''
_SYNC = {
    "name": SYNC_NAME,
    "async": "",
    "await": "",
    "sleep": "time.sleep",
    "create": "batches.create(requests=chunk)",
    "retrieve": "batches.retrieve(batch_id)",
}
_ASYNC = {
    "name": ASYNC_NAME,
    "async": "async ",
    "await": "await ",
    "sleep": "asyncio.sleep",
    "create": "(await batches.create(requests=chunk))",
    "retrieve": "(await batches.retrieve(batch_id))",
}


def helper_name(is_async: bool) -> str:
    return ASYNC_NAME if is_async else SYNC_NAME


def helper_edits(tree: Tree, is_async: bool, user: cst.CSTNode) -> list[Edit] | None:
    """The edits that give the module the helper and its imports: none where it has them, and None where names are in the way.

    `user` is a node of the code that is to call it.
    """
    name = helper_name(is_async)
    if has_helper(tree, name):
        return []
    if _is_known(tree, name):
        return None
    limits = [each for each in _LIMIT_NAMES if _is_known(tree, each)]
    if limits and not (len(limits) == len(_LIMIT_NAMES) and has_helper(tree, helper_name(not is_async))):
        return None
    text = ("" if limits else f"{_LIMITS}\n\n") + _helper_text(tree, is_async)
    missing = [module for module in ("asyncio" if is_async else "time", "json") if not _is_imported(tree, module)]
    if any(_is_bound(tree, module) for module in missing):
        return None
    at = _place(tree, user)
    # The limits stand ahead of the other helper, and this one needs them too.
    other = next((each for each in _functions(tree, helper_name(not is_async)) if limits), at)
    return [*import_edits(tree, missing, at, user), _insertion(tree, other, text, user)]


def _helper_text(tree: Tree, is_async: bool) -> str:
    text = _HELPER
    for word, value in (_ASYNC if is_async else _SYNC).items():
        text = text.replace(f"{{{word}}}", value)
    step = tree.style.step
    if step != "    ":
        lines = text.split("\n")
        text = "\n".join(step * ((len(line) - len(line.lstrip())) // 4) + line.lstrip() for line in lines)
    return text


def has_helper(tree: Tree, name: str) -> bool:
    """Whether the module has the helper already, as it was written or as somebody has changed it since."""
    functions = _functions(tree, name)
    return len(functions) == 1 and "batches.results(" in tree.code(functions[0])


def _functions(tree: Tree, name: str) -> list[cst.FunctionDef]:
    return [each for each in tree.module.body if isinstance(each, cst.FunctionDef) and each.name.value == name]


def _is_known(tree: Tree, name: str) -> bool:
    return any(each.value == name for each in tree.names(tree.module)) or any(
        isinstance(each, (cst.FunctionDef, cst.ClassDef)) and each.name.value == name for each in tree.nodes
    )


def _is_imported(tree: Tree, module: str) -> bool:
    """Whether `import module` stands at module level and the name means nothing else there."""
    bindings = [node for name, node in tree.module_bindings if name == module]
    return bool(bindings) and all(isinstance(node, cst.Import) and _imports(node, module) for node in bindings)


def _imports(node: cst.Import, module: str) -> bool:
    return any(alias.asname is None and alias.evaluated_name.split(".")[0] == module for alias in node.names)


def _is_bound(tree: Tree, name: str) -> bool:
    return any(each == name for each, _ in tree.module_bindings)


# Where to put things


def _place(tree: Tree, user: cst.CSTNode) -> cst.CSTNode:
    """The last import at the head of the module (of the cell, in a notebook), or the docstring; the module itself where it has neither."""
    place: cst.CSTNode = tree.module
    cell = tree.source.cell_at(tree.offsets.of(user)[0]) if tree.source.cells else None
    for statement in tree.module.body:
        start = tree.offsets.of(statement)[0]
        if cell is not None and not (cell.start <= start <= cell.end):
            continue
        if start > tree.offsets.of(user)[0]:
            break
        if is_import_line(statement) or (place is tree.module and _is_docstring(statement)):
            place = statement
        elif not isinstance(statement, cst.SimpleStatementLine) and not _holds_imports(statement):
            break
        elif _holds_imports(statement):
            place = statement
    return place


def _is_docstring(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Expr)


def _holds_imports(statement: cst.CSTNode) -> bool:
    """`try: import …` and `if …: import …`: these belong to the head."""
    if not isinstance(statement, (cst.Try, cst.If)):
        return False
    lines = [each for each in walk(statement) if isinstance(each, cst.SimpleStatementLine)]
    return is_import_line(lines[0]) if lines else False


def _insertion(tree: Tree, place: cst.CSTNode, text: str, user: cst.CSTNode) -> Edit:
    """Two blank lines on both sides."""
    source = tree.source.text
    if place is tree.module:
        start = first_offset(tree, user)
        return tree.edit(start, start, f"{text}\n\n")
    end = tree.next_line(tree.offsets.of(place)[1])
    if end == len(source) and not source.endswith("\n"):
        text = f"\n{text}"
    rest = source[end:]
    blank = len(rest) - len(rest.lstrip("\r\n"))
    lines = rest[:blank].count("\n")
    above = "\n\n" if text.lstrip().startswith(("def", "async")) else "\n"
    return tree.edit(end, end, above + text + "\n" * max(0, 2 - lines))
