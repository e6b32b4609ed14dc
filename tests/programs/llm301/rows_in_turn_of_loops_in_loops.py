# expects: bill at most 0.9
"""Lists that items of loops in each other add to, some of them without a call: in the order of the loops."""

import threading

import anthropic

client = anthropic.Anthropic()
KNOWN = {"b": "known", "d": "known too"}
lock = threading.Lock()


def ask(text):
    if text in KNOWN:
        return KNOWN[text]
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": text}])
    return message.content[0].text


def own_lists(pages):
    report = []
    for page in pages:
        found = []
        for line in page:
            answer = ask(line)
            found.append(line)
            if answer:
                found.append(answer)
        report.append(found)
    return report


def empty_inner(pages):
    rows = []
    for page in pages:
        for line in page:
            print(ask(line))
        rows.append(len(page))
        print("end of page")
    return rows


def shared(pages):
    rows = []
    for page in pages:
        for line in page:
            answer = ask(line)
            rows.append(f"{line}: {answer}")
            print(line)
    return rows


def extended(pages):
    rows = []
    for name, page in pages.items():
        if not page:
            continue
        for line in page:
            answer = ask(f"{name} {line}" if line > "c" else line)
            if answer:
                rows.extend([line, answer])
                print(f"{name}: {answer}")
            else:
                print("nothing")
    return rows


def counted_behind(pages):
    total = 0
    rows = []
    for page in pages:
        for line in page:
            answer = ask(line)
            total += 1
            rows.append(f"{total} {answer}")
            print("row")
    return rows


def locked(pages):
    rows = []
    for page in pages:
        for line in page:
            answer = ask(line)
            with lock:
                rows.append(f"{line}: {answer}")
            print("row")
    return rows


def three(books):
    rows = []
    for book in books:
        for page in book:
            for line in page:
                answer = ask(line)
                rows.append(f"{line}: {answer}")
                print("row")
            rows.append("end of page")
            print("page")
        rows.append("end of book")
        print("book")
    return rows


def retried(pages):
    rows = []
    for page in pages:
        for line in page:
            for attempt in range(3):
                try:
                    answer = ask(line)
                    rows.append(f"{line}: {answer}")
                    break
                except anthropic.RateLimitError:
                    print("again")
            print("row")
    return rows


def by_number(pages):
    rows = {}
    for page in pages:
        for line in page:
            answer = ask(line)
            rows[len(rows)] = answer
            print("row")
    return rows


if __name__ == "__main__":
    pages = ["a b c".split(), [], "d e".split(), "b f".split()]
    for function in (own_lists, empty_inner, shared, counted_behind, locked, retried, by_number):
        print(function.__name__, function(pages))
    print(extended(dict(zip("wxyz", pages))))
    print(three([pages, [], pages[2:]]))
