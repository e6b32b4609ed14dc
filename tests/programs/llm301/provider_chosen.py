# expects: bill at most 0.5
"""A server of one's own may take the calls: item by item, as before."""

import sys
import urllib.request

from openai import OpenAI


class Vendor:
    def __init__(self):
        self.client = OpenAI()

    def generate(self, prompt):
        request = [{"role": "user", "content": prompt}]
        return self.client.chat.completions.create(model="gpt-6-luna", messages=request).choices[0].message.content


class Served:
    def generate(self, prompt):
        return urllib.request.urlopen("http://localhost:8000/generate", prompt.encode()).read().decode()


def label(name, prompts):
    model = Served() if name == "served" else Vendor()
    for prompt in prompts:
        print(prompt, model.generate(prompt))


label(sys.argv[1] if sys.argv[1:] else "vendor", ["a tent", "a stove", "a rope", "a map"] * 3)
