"""A labeler with its labels."""

import sys

import anthropic


class SentimentLabeler:
    labels = ("positive", "negative", "neutral")

    def __init__(self, model="claude-opus-5-5"):
        self.client = anthropic.Anthropic()
        self.model = model

    def label(self, review):
        response = self.client.messages.create(
            model=self.model,
            max_tokens=5,
            system="Classify the sentiment of the review as one of: positive, negative, neutral. Answer with one word.",
            messages=[{"role": "user", "content": review}],
        )
        return response.content[0].text.strip().lower()


labeler = SentimentLabeler()
for review in sys.stdin.read().splitlines() or open("questions.txt").read().splitlines():
    label = labeler.label(review)
    assert label in labeler.labels
    print(review, label)
