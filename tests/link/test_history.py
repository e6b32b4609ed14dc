"""Whether the messages of a call are a history that grows, whether code on the way may mark them, and what changes ahead of them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest

Link = Callable[..., Any]


GROWS = {
    "appended in a loop": """
        def run(task):
            messages = [task]
            while True:
                answer = CALL(messages)
                messages.append(answer)
        """,
    "made longer by +=": """
        def run(task):
            messages = [task]
            for _ in range(9):
                messages += [CALL(messages)]
        """,
    "made anew from itself": """
        def run(task):
            messages = [task]
            for _ in range(9):
                messages = [*messages, CALL(messages)]
        """,
    "copied": """
        def run(task):
            messages = [task]
            for _ in range(9):
                sent = list(messages)
                messages.append(CALL(sent))
        """,
    "sent without its first item": """
        def run(task):
            messages = [task]
            while True:
                messages.append(CALL(messages[1:]))
        """,
    "attribute": """
        class Chat:
            def __init__(self):
                self.turns = []
            def say(self, text):
                self.turns.append(text)
                return CALL(self.turns)
        """,
    "attribute beside one that is set anew": """
        class Chat:
            def __init__(self):
                self.turns = []
            def say(self, text):
                self.last = text
                self.turns.append(text)
                return CALL(self.turns)
        """,
    "attribute that another method adds to": """
        class Chat:
            def __init__(self):
                self.turns = []
            def add(self, turn):
                self.turns.append(turn)
            def say(self, text):
                self.add(text)
                return CALL(self.turns)
        """,
    "attribute joined with the question": """
        class Chat:
            def say(self, text):
                messages = self.turns + [text]
                self.turns.append(CALL(messages))
        """,
    "global": """
        turns = []
        def say(text):
            turns.append(text)
            return CALL(turns)
        """,
    "parameter that gets the answer": """
        def say(turns, text):
            turns.append(text)
            turns.append(CALL(turns))
        """,
    "made longer by a caller": """
        def send(messages):
            return CALL(messages)
        def run(task):
            messages = [task]
            while True:
                messages.append(send(messages))
        """,
    "made longer two callers above": """
        def send(messages):
            return CALL(messages)
        def step(history):
            return send(messages=history)
        def run(task):
            messages = [task]
            while True:
                messages.append(step(messages))
        """,
    "stored history that may be there": """
        def run(thread, text, store):
            messages = []
            if thread:
                messages = store.load(thread)
            messages.append(text)
            while True:
                messages.append(CALL(messages))
        """,
    "given back with more in it": """
        def ask(history, text):
            messages = history + [text]
            reply = CALL(messages)
            return reply.text, messages + [reply]
        def chat(read):
            history = []
            while True:
                answer, history = ask(history, read())
        """,
    "given back alone": """
        def ask(history, text):
            history = [*history, text]
            return [*history, CALL(history)]
        def chat(read):
            history = []
            while True:
                history = ask(history, read())
        """,
    "mutable default": """
        def say(text, turns=[]):
            turns.append(text)
            return CALL(turns)
        """,
    "global that is bound anew": """
        turns = []
        def say(text):
            global turns
            turns = turns + [text]
            return CALL(turns)
        """,
    "one list for each user": """
        sessions = {}
        def say(user, text):
            turns = sessions.setdefault(user, [])
            turns.append(text)
            return CALL(turns)
        """,
    "put back for each user": """
        class Bot:
            def say(self, user, text):
                turns = self.sessions.get(user, [])
                messages = turns + [text]
                answer = CALL(messages)
                self.sessions[user] = messages + [answer]
        """,
    "attribute of what is passed": """
        def say(session, text):
            session.turns.append(text)
            answer = CALL(session.turns)
            session.turns.append(answer)
        """,
    "attribute of what is looked up": """
        def say(sessions, user, text):
            session = sessions.find(user)
            session.turns.append(text)
            session.turns.append(CALL(session.turns))
        """,
    "memory that gives its messages": """
        class Chat:
            def say(self, text):
                self.memory.add_message(text)
                return CALL(self.memory.messages())
        """,
    "method that gives the messages": """
        class Chat:
            def _messages(self):
                return [START, *self.turns]
            def say(self, text):
                self.turns.append(text)
                return CALL(self._messages())
        """,
    "saved again with the answer": """
        def say(store, thread, text):
            messages = store.load(thread)
            messages.append(text)
            messages.append(CALL(messages))
            store.save(thread, messages)
        """,
    "rows of a database": """
        def say(db, thread, text):
            rows = db.query(thread)
            messages = [{"role": row.role, "content": row.text} for row in rows]
            answer = CALL(messages)
            db.insert(thread, role="assistant", text=answer)
        """,
    "session of a web app": """
        import streamlit as st
        def page(text):
            st.session_state.messages.append(text)
            answer = CALL([{"role": m["role"], "content": m["content"]} for m in st.session_state.messages])
            st.session_state.messages.append(answer)
        """,
    "session of a script": """
        import streamlit as st
        text = st.chat_input()
        st.session_state["messages"].append(text)
        CALL(st.session_state["messages"])
        """,
    "session that is asked": """
        import chainlit as cl
        def say(text):
            messages = cl.user_session.get("messages")
            messages.append(text)
            answer = CALL(messages)
            cl.user_session.set("messages", messages)
        """,
    "calls itself with more": """
        def run(messages):
            answer = CALL(messages)
            return run(messages + [answer])
        """,
}
STAYS = {
    "items of a store": """
        def classify(store, name):
            messages = store.load(name)
            answer = CALL(messages)
            store.save(name, answer)
        """,
    "last turns of a deque": """
        from collections import deque
        class Chat:
            def __init__(self):
                self.turns = deque(maxlen=8)
            def say(self, text):
                self.turns.append(text)
                return CALL(list(self.turns))
        """,
    "cut to the last turns": """
        class Chat:
            def say(self, text):
                self.turns.append(text)
                self.turns = self.turns[-6:]
                return CALL(self.turns)
        """,
    "object made anew": """
        def say(text):
            draft = Draft(text)
            draft.turns.append(text)
            draft.turns.append(CALL(draft.turns))
        """,
    "function that gives something else back": """
        def ask(history):
            return CALL(history), [1]
        def run(tasks):
            history = []
            for task in tasks:
                answer, history = ask(history)
        """,
    "display": "def f(x): return CALL([x])",
    "made anew in each round": """
        def run(tasks):
            for task in tasks:
                messages = []
                messages.append(task)
                CALL(messages)
        """,
    "filled before it is sent": """
        def f(examples, x):
            messages = []
            for each in examples:
                messages.append(each)
            messages.append(x)
            return CALL(messages)
        """,
    "last turns only": """
        class Chat:
            def say(self, text):
                self.turns.append(text)
                return CALL(self.turns[-6:])
        """,
    "started again in each call": """
        class Chat:
            def say(self, text):
                self.turns = [text]
                self.turns.append("Be brief.")
                return CALL(self.turns)
        """,
    "text that grows inside a message": """
        def story(parts):
            so_far = ""
            for part in parts:
                so_far += CALL([{"role": "user", "content": so_far + part}])
        """,
    "longer after a failure only": """
        def f(x):
            messages = [x]
            for _ in range(3):
                try:
                    return CALL(messages)
                except ValueError as error:
                    messages.append(error)
        """,
    "handed over anew by each caller": """
        def send(messages):
            return CALL(messages)
        def run(tasks):
            for task in tasks:
                send([task])
        """,
}
HEAD = "import anthropic\nclient = anthropic.Anthropic()\n"


def program(code: str) -> str:
    return HEAD + textwrap.dedent(code).replace("CALL(", 'client.messages.create(model="m", max_tokens=9, messages=')


@pytest.mark.parametrize("code", GROWS.values(), ids=GROWS)
def test_history_that_grows(link: Link, code: str) -> None:
    assert link(program(code)).site.sends_growing_history


@pytest.mark.parametrize("code", STAYS.values(), ids=STAYS)
def test_messages_that_are_no_history(link: Link, code: str) -> None:
    assert not link(program(code)).site.sends_growing_history


def test_what_follows_a_history_is_not_known(link: Link) -> None:
    site = link(program(GROWS["attribute"])).site
    assert [(segment.kind, segment.role, segment.is_whole) for segment in site.prompt.segments] == [("message", "", False)]


@pytest.mark.parametrize(
    ("line", "may_have_breakpoints"),
    [
        ("print(messages)", False),
        ("polish(messages)", True),
        ("mark(messages)", True),
        ("shorten(messages)", False),
        ('messages[-1]["content"][0]["cache_control"] = {"type": "ephemeral"}', True),
    ],
)
def test_code_that_may_mark_a_history(link: Link, line: str, may_have_breakpoints: bool) -> None:
    code = f"""
        from elsewhere import polish
        def mark(turns):
            turns[-1]["cache_control"] = 1
        def shorten(turns):
            return len(turns)
        def run(task):
            messages = [task]
            while True:
                {line}
                messages.append(CALL(messages))
        """
    site = link(program(code)).site
    assert site.sends_growing_history
    assert site.prompt.may_have_breakpoints is may_have_breakpoints


@pytest.mark.parametrize(
    ("line", "may_have_breakpoints"),
    [
        ("polish(settings)", False),
        ("polish(turns)  # cache_control", True),
        ("settings, seen = polish(turns), 1  # with_cache_breakpoints", True),
        ("polish(turns)", False),
    ],
)
def test_code_that_may_mark_a_history_on_the_way_to_the_call(link: Link, line: str, may_have_breakpoints: bool) -> None:
    code = f"""
        from elsewhere import polish
        def convert(messages, settings):
            return [dict(each) for each in messages]
        def ask(messages, settings):
            return CALL(convert(messages, settings))
        def run(task, settings):
            turns = [task]
            while True:
                {line}
                turns.append(ask(turns, settings))
        """
    site = link(program(code)).site
    assert site.sends_growing_history
    assert site.prompt.may_have_breakpoints is may_have_breakpoints


@pytest.mark.parametrize(
    ("other", "may_have_breakpoints"),
    [
        ("client.messages.create(model='m', messages=messages, system=[{'text': 't', 'cache_control': 1}])", False),
        ("client.messages.create(model='m', messages=messages, system=[mark({'cache_control': 1})])", True),
        ("block = {'cache_control': 1}", True),
    ],
)
def test_a_mark_of_another_request_is_not_on_the_history(link: Link, other: str, may_have_breakpoints: bool) -> None:
    code = f"""
        def run(task):
            messages = [task]
            {other}
            while True:
                messages.append(CALL(messages))
        """
    assert [site.prompt.may_have_breakpoints for site in link(program(code)).sites if site.sends_growing_history] == [
        may_have_breakpoints
    ]


def test_marks_in_another_file_may_be_on_the_history(link: Link) -> None:
    code = """
        from elsewhere import polish
        def run(task):
            messages = [task]
            while True:
                polish(messages)
                messages.append(CALL(messages))
        """
    assert link(program(code), other="MARK = 'cache_control'").site.prompt.may_have_breakpoints
    assert not link(program(code), other="MARK = 'x'").site.prompt.may_have_breakpoints


AHEAD = {
    "constant": ("system=RULES", None),
    "attribute of the constructor": ("system=self.rules", None),
    "clock": ('system=f"It is {datetime.now()}."', True),
    "date": ('system=f"It is {date.today()}."', None),
    "clock read before": ("system=STARTED", None),
    "counter": ('system=f"Step {self.step}"', True),
    "attribute set before from the clock": ('system=f"It is {self.now}."', True),
    "attribute set afterwards": ('system=f"It was {self.then}."', None),
    "what was found for the question": ('system=f"Known: {self.memory.search(text)}"', True),
    "what an object gives": ('system=f"Page: {browser.snapshot()}"', False),
    "another parameter": ('system=f"Mood: {mood}"', False),
    "whole prompt that is passed": ("system=mood", None),
    "method with a clock in it": ("system=self.opening()", True),
    "method without": ("system=self.title()", None),
}


@pytest.mark.parametrize(("system", "is_certain"), AHEAD.values(), ids=AHEAD)
def test_change_ahead_of_the_history_of_an_object(link: Link, system: str, is_certain: bool | None) -> None:
    code = f"""
        from datetime import date, datetime
        RULES = "Be brief."
        STARTED = str(datetime.now())
        class Chat:
            def __init__(self, rules):
                self.rules, self.turns, self.step = rules, [], 0
            def opening(self):
                return f"It is {{datetime.now()}}."
            def title(self):
                return f"You are {{self.rules}}."
            def say(self, text, browser, mood):
                self.step += 1
                self.now = datetime.now()
                self.turns.append(text)
                answer = client.messages.create(model="m", max_tokens=9, messages=self.turns, {system})
                self.then = datetime.now()
                return answer
        """
    change = link(program(code)).site.change_ahead
    assert (change.is_certain if change is not None else None) is is_certain


ROUNDS = {
    "made before the loop": ("system", None),
    "clock of the start": ("f'{started}'", None),
    "number of the round": ("f'Round {number}'", True),
    "counter": ("f'{count} left'", True),
    "made from the history": ("RULES + recall(messages)", True),
    "length of the history": ("f'{len(messages)} turns'", True),
    "added to in each round": ("grown", True),
    "made anew in each round": ("head", None),
    "what an object gives": ("f'{page.state()}'", False),
    "what an object of the program counts": ("f'{Board().show()}'", False),
    "what a function makes of constants": ("greet(RULES)", None),
    "the last answer": ("f'{answer}'", True),
}


@pytest.mark.parametrize(("system", "is_certain"), ROUNDS.values(), ids=ROUNDS)
def test_change_ahead_of_the_history_of_a_loop(link: Link, system: str, is_certain: bool | None) -> None:
    code = f"""
        import time
        from elsewhere import recall
        RULES = "Be brief."
        class Board:
            def show(self):
                self.moves += 1
                return f"{{self.moves}} moves"
        def greet(rules):
            return "Hello. " + rules
        def send(system, messages):
            return client.messages.create(model="m", max_tokens=9, system=system, messages=messages)
        def run(task, system, page):
            messages, count, started, grown, answer = [task], 0, time.time(), "", ""
            for number in range(9):
                count += 1
                grown += "more"
                head = RULES + "\\n"
                head += "Go."
                answer = send({system}, messages)
                messages.append(answer)
        """
    change = link(program(code)).site.change_ahead
    assert (change.is_certain if change is not None else None) is is_certain


@pytest.mark.parametrize(
    "messages", ["[state] + messages", "[state, *messages]", "[{'role': 'user', 'content': page.state()}] + messages"]
)
def test_messages_ahead_of_a_history(link: Link, messages: str) -> None:
    code = f"""
        def run(task, page):
            messages = [task]
            while True:
                state = {{"role": "user", "content": page.state()}}
                messages.append(CALL({messages}))
        """
    site = link(program(code)).site
    assert site.sends_growing_history
    assert site.change_ahead is not None


def test_the_first_messages_of_a_history_are_part_of_it(link: Link) -> None:
    code = """
        def chat(read):
            said = read()
            messages = [{"role": "user", "content": said}]
            while True:
                answer = CALL(messages)
                said = read()
                messages.append(said)
        """
    assert link(program(code)).site.change_ahead is None


ENDS = {
    "a reminder that is not kept": ("self.turns + [{'role': 'user', 'content': f'Remember: {text}'}]", "user", True),
    "with a role by name": ("self.turns + [{'role': role, 'content': f'Remember: {text}'}]", "user", True),
    "without a role": ("self.turns + [{'content': f'Remember: {text}'}]", "user", True),
    "the start of the answer": ("self.turns + [{'role': 'assistant', 'content': f'Remember: {text}'}]", "user", False),
    "the history alone": ("self.turns", "user", False),
    "only answers are kept": ("self.turns + [{'role': 'user', 'content': f'Remember: {text}'}]", "assistant", False),
}


@pytest.mark.parametrize(("messages", "kept", "is_transient"), ENDS.values(), ids=ENDS)
def test_a_message_at_the_end_that_the_next_turn_does_not_have(link: Link, messages: str, kept: str, is_transient: bool) -> None:
    code = f"""
        class Chat:
            def __init__(self):
                self.turns = []
            def say(self, text, role):
                self.turns.append({{"role": "{kept}", "content": text}})
                return client.messages.create(model="m", max_tokens=9, messages={messages})
        """
    site = link(program(code)).site
    assert site.sends_growing_history
    assert (site.transient_end is not None) is is_transient
