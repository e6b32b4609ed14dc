# expects: bill at most 0.51
"""A client for another host where one is set, else for the vendor's own."""

import os

from openai import OpenAI

HOST = os.environ.get("LLM_HOST")
client = OpenAI(base_url=HOST) if HOST else OpenAI()


def summary(page):
    response = client.responses.create(model="gpt-6-luna", input=f"Sum up: {page}")
    return response.output_text


for page in ("page one", "page two", "page three", "page four") * 3:
    print(summary(page))
