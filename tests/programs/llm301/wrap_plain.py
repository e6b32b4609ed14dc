# expects: bill at most 0.5
"""A helper asks; the loop keeps what it says."""

import anthropic

client = anthropic.Anthropic()


def reply_to(question):
    """The answer to a question."""
    response = client.messages.create(
        model="claude-haiku-5-5",
        max_tokens=30,
        messages=[{"role": "user", "content": question}],
    )
    return response.content[0].text


def main():
    answers = []
    for question in ["Who?", "What?", "Where?", "When?"]:
        answers.append(reply_to(question))
    print(answers)


if __name__ == "__main__":
    main()
