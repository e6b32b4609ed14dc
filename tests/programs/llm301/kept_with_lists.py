# expects: bill at most 0.51
"""What items keep, with lists of their own, a generator of the items, pauses that go, and handlers."""

import time

from anthropic import Anthropic

client = Anthropic()


def ask(text):
    message = client.messages.create(model="claude-haiku-5-5", max_tokens=90, messages=[{"role": "user", "content": text}])
    return message.content[0].text[:20]


with open("items.txt", "w", encoding="utf-8") as file:
    file.write("|".join(["a", "", "b", "# C", "c", "d", "END", "e"]))
with open("items.txt", encoding="utf-8") as file:
    texts = file.read().split("|")


def collected_numbers():
    count = 0
    section = "none"
    total = 0
    results = []
    for at, text in enumerate(texts):
        # The end.
        if text == "END":
            break
        count += 1
        if text.startswith("#"):
            section = text.strip("# ")
        total += len(ask(text + "."))
        time.sleep(0.01 * count)
        results.append(
            {
                "number": count,
                "section": section,
                "at": at,
            }
        )
    print(results, total, count)


def with_lists():
    count = 0
    found = []
    for text in texts:
        if not text:
            continue
        count += 1
        if text.startswith("#"):
            found.append(f"{count} {text}")
            continue
        answer = ask(f"{count} {text}")
        found.append(f"{count}. {answer}")
        found.append("--")
    print(found, count)


def failing():
    count = 0
    for text in texts:
        try:
            count += 1
            if not text:
                raise ValueError("empty")
            print(count, ask(text + "!"))
        except ValueError as error:
            print("failed", count, error)
        finally:
            print("done", count)


collected_numbers()
with_lists()
failing()
