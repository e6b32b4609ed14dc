# expects: bill at most 0.51
"""Lines up to a number from the command line, without the empty ones."""

import argparse
from pathlib import Path

import anthropic

client = anthropic.Anthropic()
Path("finds.txt").write_text("\n".join(["bolete", "", "# seen before", "morel", "  ", "inkcap", "chanterelle", "russula", "amanita"]))


def ask(text):
    message = client.messages.create(
        model="claude-haiku-4-5", max_tokens=50, messages=[{"role": "user", "content": f"Which mushroom is this? {text}"}]
    )
    return message.content[0].text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--skip", type=int, default=1)
    args = parser.parse_args()
    out = open("answers.txt", "w")
    with open("finds.txt") as found:
        for number, line in enumerate(found, 1):
            if args.skip and number <= args.skip:
                continue
            if not line.strip() or line.startswith("#"):
                continue
            if args.limit and number > args.limit:
                break
            answer = ask(line)
            if not answer:
                continue
            out.write(f"{number} {answer}\n")
    out.close()


main()
print(Path("answers.txt").read_text())
