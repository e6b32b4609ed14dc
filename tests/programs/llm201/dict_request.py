"""A dict with everything but the messages."""

import anthropic

request = {
    "model": "claude-opus-5",
    "max_tokens": 300,
    "system": "You are the planning office of a railway.",
}
client = anthropic.Anthropic()
for year in (2027, 2028):
    response = client.messages.create(
        **request, messages=[{"role": "user", "content": f"Where do we need new cars in {year}, and why?"}]
    )
    print(response.content[0].text)
