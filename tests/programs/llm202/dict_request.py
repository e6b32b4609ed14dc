"""The intents of messages; the request is a dict."""

import anthropic

client = anthropic.Anthropic()

INTENT = dict(
    model="claude-opus-5",
    max_tokens=5,
    system="Classify the intent of the message as one of: question, complaint, order, spam. Answer with one word only.",
)


def classify_intent(message):
    return client.messages.create(messages=[{"role": "user", "content": message}], **INTENT).content[0].text


for message in open("questions.txt").read().splitlines():
    print(classify_intent(message))
