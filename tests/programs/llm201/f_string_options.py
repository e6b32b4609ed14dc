"""The model is an option of the command line; the prompt an f-string."""

import argparse

import anthropic


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="claude-opus-5-5", help="the model to ask")
    parser.add_argument("--count", type=int, default=2)
    options = parser.parse_args()
    client = anthropic.Anthropic()
    for number in range(options.count):
        reply = client.messages.create(
            model=options.model,
            max_tokens=200,
            messages=[{"role": "user", "content": f"Think about scenario {number}: what breaks first, and what then?"}],
        )
        print(number, reply.content[0].text)


if __name__ == "__main__":
    main()
