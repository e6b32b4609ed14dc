"""Loops that wait for somebody: a person at a keyboard, a peer, a queue of messages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from llmlint.link.calls.runners import tail_of
from llmlint.link.flow.dependence import exits_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

# Calls by which a loop waits for a person or a peer.
_ASKS = frozenset(
    {"input", "raw_input", "prompt", "prompt_async", "ask", "recv", "receive", "receive_text", "receive_json", "readline", "chat_input",
     "text_input", "get_input", "accept", "recv_string", "listen", "getch", "getpass", "confirm", "brpop", "blpop", "xread", "poll",
     "get_message", "prompt_user", "get_user_input", "user_input", "read_input"}
)  # fmt: skip
# What functions are called that wait until a person has answered, in a chat or by mail.
_OF_PERSON = re.compile(
    r"(?i)(?:^|_)(?:(?:wait|poll)_?for|await)_?(?:\w+_)?(?:reply|approval|feedback|confirmation|human|person|user_?(?:input|response|answer))(?:_|$)"
    r"|(?:^|_)ask_(?:the_)?(?:user|human|person|operator)(?:_|$)|(?:^|_)human_(?:approval|input|confirmation)(?:_|$)|^get_?updates$"
)
# The same without a prompt, so that it is no call to a model: `bot.next_answer(message.id)`, `chat.get_reply()`.
_NEXT_OF_PERSON = re.compile(r"(?i)^next_(?:answer|reply|guess|move)$")
_OWN_OF_PERSON = re.compile(r"(?i)^(?:get|read|fetch|receive|await)_(?:reply|answer|response)$")
# What a test is called that waits for what a person does, and what a loop may call that waits.
_DONE_BY_PERSON = re.compile(
    r"(?i)(?:^|_)(?:approv(?:al|ed)|repl(?:y|ies|ied)|answered|signed|confirmed|reviewed|human|feedback)(?:_|$)"
)
_FILE_TESTS = frozenset({"exists", "isfile", "is_file"})
_LOOKS = re.compile(
    r"(?i)^(?:sleep|print|info|debug|get|check|read|fetch|poll|find|has|is|load|refresh|reload|exists|search)(?:_|$)|^is"
)
_RECEIVES = frozenset(
    {"listen", "consume", "iter_messages", "KafkaConsumer", "subscribe", "stream_messages", "watch", "awatch", "iter_updates"}
)
_PEERS = frozenset(
    {"websocket", "ws", "socket", "sock", "connection", "conn", "consumer", "kafka_consumer", "pubsub", "subscription"}
)
_STREAMS = ("std", "reader", "sock", "conn", "serial", "proc", "pipe")


def asks_somebody(module: ModuleIndex, loop: Block, call: ex.Expr | None = None) -> bool:
    """Whether a loop waits for a person or a peer. `call` is the one that leads to an LLM: what has its name asks nobody else."""
    own = tail_of(call) if isinstance(call, ex.Call) else ""
    if loop.kind == "for" and loop.head is not None and comes_from_afar(module, loop.head):
        return True
    if _AWAITED.get(module, (loop.id, own), lambda: _awaits_in(module, loop, own)):
        return True
    calls = _CALLS.get(module, loop.id, lambda: _calls_by_tail(module, loop))
    return any(tail != own and _any_asks(module, loop, tail, inside) for tail, inside in calls.items())


_CALLS: Memo[int, dict[str, list[ex.Call]]] = Memo()
_ASKED: Memo[tuple[int, str], bool] = Memo()
_AWAITED: Memo[tuple[int, str], bool] = Memo()


def _awaits_in(module: ModuleIndex, loop: Block, own: str) -> bool:
    return any(
        _awaits_person(module, inner, own) for inner in module.blocks_of(loop.scope) if loop.first < inner.first < loop.last
    )


def _any_asks(module: ModuleIndex, loop: Block, tail: str, calls: list[ex.Call]) -> bool:
    return _ASKED.get(module, (loop.id, tail), lambda: any(_asks(module, call) for call in calls))


def _calls_by_tail(module: ModuleIndex, loop: Block) -> dict[str, list[ex.Call]]:
    found: dict[str, list[ex.Call]] = defaultdict(list)
    for fact in module.calls_by_scope.get(loop.scope):
        if loop.first < fact.order < loop.last:
            found[tail_of(fact.call)].append(fact.call)
    return found


def _awaits_person(module: ModuleIndex, loop: Block, own: str = "") -> bool:
    """Whether a loop does nothing but wait for what somebody does: `while not os.path.exists("approved.txt"): time.sleep(5)`. `own` is the name of
    what leads to an LLM."""
    if loop.kind != "while" or loop.head is None or isinstance(loop.head, ex.Constant):
        return False
    tails = [tail_of(fact.call) for fact in module.calls_by_scope.get(loop.scope) if loop.first <= fact.order <= loop.last]
    if not any(tail in ("sleep", "wait") for tail in tails):
        return False
    if not all(tail != own and _LOOKS.search(tail) for tail in tails if tail not in _FILE_TESTS):
        return False
    return any(_says_done_by_person(node) for node in ex.walk(loop.head))


def _says_done_by_person(node: ex.Expr) -> bool:
    if isinstance(node, ex.Operation) and node.operator == "not" and isinstance(node.operands[0], ex.Call):
        return tail_of(node.operands[0]) in _FILE_TESTS
    word = node.id if isinstance(node, ex.Name) else node.attr if isinstance(node, ex.Attribute) else ""
    word = node.value if isinstance(node, ex.Constant) and isinstance(node.value, str) else word
    return bool(_DONE_BY_PERSON.search(word))


def is_endless(module: ModuleIndex, loop: Block, call: ex.Expr) -> bool:
    """Whether a loop around a call that leads to an LLM has no end of its own: it serves, polls or talks to somebody."""
    if loop.kind != "while":
        return False
    has_test = not isinstance(loop.head, ex.Constant)
    return asks_somebody(module, loop, call) or not (has_test or exits_of(module, loop, ("break", "return")))


def _asks(module: ModuleIndex, call: ex.Call, depth: int = 0) -> bool:
    """Whether a call waits for somebody. A function of the same file does if what it calls does: `ask()` is mostly a question to an LLM."""
    tail = tail_of(call)
    scopes = {b.scope_id for b in module.bindings(0, tail) if b.kind == "def"} if isinstance(call.func, ex.Name) else set()
    if _OF_PERSON.search(tail) or (isinstance(call.func, ex.Attribute) and _is_next_of_person(call.func, call)):
        return True
    if not scopes:
        return tail in _ASKS and not _reads_file(call)
    if any(_awaits_person(module, inner) for scope in scopes if scope is not None for inner in module.blocks_of(scope)):
        return True
    return depth < 2 and any(_asks(module, fact.call, depth + 1) for fact in _calls_in(module, scopes))


def _is_next_of_person(method: ex.Attribute, call: ex.Call) -> bool:
    """Whether a method gives what a person says next. One that is given a text asks a model: `bot.get_response(prompt)`."""
    if ex.root_name(method) in ("self", "cls"):
        return False
    if _NEXT_OF_PERSON.search(method.attr):
        return all(ex.last_name(each.value) in ("id", "message_id", "chat_id", "user_id") for each in call.args)
    return not call.args and bool(_OWN_OF_PERSON.search(method.attr))


def comes_from_afar(module: ModuleIndex, head: ex.Expr) -> bool:
    """Whether a loop goes over the messages of a peer: `for event in channel.listen()`, `async for text in websocket`. A function of the file may
    have such a name, and read them from a file."""
    if isinstance(head, ex.Call):
        of_file = (
            [each for each in module.bindings(0, head.func.id) if each.kind == "def"] if isinstance(head.func, ex.Name) else []
        )
        if of_file:
            return any(
                tail_of(fact.call) in _RECEIVES | _ASKS and not _reads_file(fact.call)
                for fact in _calls_in(module, {each.scope_id for each in of_file})
            )
        # `subreddit.stream.comments()` waits for new ones; `client.messages.stream(…)` is a response.
        owner = head.func.value if isinstance(head.func, ex.Attribute) else None
        return tail_of(head) in _RECEIVES or (isinstance(owner, ex.Attribute) and owner.attr == "stream")
    return (ex.dotted_name(head) or "").lower().rpartition(".")[2].lstrip("_") in _PEERS


def _reads_file(call: ex.Call) -> bool:
    """`file.readline()`, and not that of a terminal, a process or a socket."""
    name = (ex.dotted_name(call.func) or "").lower()
    return name.endswith(".readline") and not any(word in name for word in _STREAMS)


def _calls_in(module: ModuleIndex, scopes: set[int | None]) -> Iterator[CallFact]:
    return (fact for scope in scopes if scope is not None for fact in module.calls_by_scope.get(scope))
