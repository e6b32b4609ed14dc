# expects: bill at most 0.5
"""The client is an argument, with one for the model that has a default."""

from anthropic import Anthropic


def tag(client: Anthropic, post: str, model: str = "claude-haiku-5-5") -> list[str]:
    reply = client.messages.create(model=model, max_tokens=20, messages=[{"role": "user", "content": f"Tags for: {post}"}])
    return reply.content[0].text.split()


def tag_all(posts):
    client = Anthropic()
    for post in posts:
        tags = tag(client, post)
        print(post, len(tags), *tags[:3])


tag_all(["bread", "butter", "cheese", "wine"] * 3)
