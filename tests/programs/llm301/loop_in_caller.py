# expects: bill at most 0.5
"""A loop further up calls the function of the loop: both become `batch_map`. Parts are asked for first, then the whole of each paper."""

import openai

client = openai.OpenAI()
PAPERS = {"Bees": ["hives", "swarms", ""], "Tides": ["moon"], "Moss": [], "Rust": ["iron", "salt", "rain"]}


def ask(prompt):
    answer = client.chat.completions.create(model="gpt-4.1-mini", max_tokens=40, messages=[{"role": "user", "content": prompt}])
    return answer.choices[0].message.content


def summarize(title, parts):
    notes = []
    for number, part in enumerate(parts):
        if not part:
            raise ValueError(f"part {number} of {title} is empty")
        notes.append(ask(f"Part {number} of {title}: {part}"))
    if not notes:
        return "nothing"
    print(title, "has", len(notes), "parts")
    return ask(f"Sum up {title}: " + "; ".join(notes))


def main():
    found = []
    failed = 0
    for title, parts in PAPERS.items():
        print("begin", title)
        try:
            found.append((title, summarize(title, parts)))
        except ValueError as error:
            failed += 1
            found.append((title, str(error)))
    print(found, failed)


main()
