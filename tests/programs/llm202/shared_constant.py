"""Two simple tasks share a constant."""

import anthropic

client = anthropic.Anthropic()
SMART = "claude-opus-5-5"


def classify_mail(mail: str) -> str:
    message = client.messages.create(
        model=SMART,
        max_tokens=10,
        system="Classify the mail as one of: order, complaint, question. Answer with the label only.",
        messages=[{"role": "user", "content": mail}],
    )
    return message.content[0].text


def extract_name(mail: str) -> str:
    message = client.messages.create(
        model=SMART,
        max_tokens=60,
        system='Extract the sender from the mail. Return only JSON: {"name": "...", "city": "..."}',
        messages=[{"role": "user", "content": mail}],
    )
    return message.content[0].text


for line in open("questions.txt"):
    print(classify_mail(line), extract_name(line))
