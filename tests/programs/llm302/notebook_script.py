# expects: bill at most 0.51
# %%
from concurrent.futures import ThreadPoolExecutor

import anthropic

client = anthropic.Anthropic()
prompts = open("questions.txt").read().splitlines()

# %%
def run(p):
    return client.messages.create(model="claude-haiku-5-5", max_tokens=40, messages=[{"role": "user", "content": p}]).content[0].text

# %%
with ThreadPoolExecutor() as ex:
    out = list(ex.map(run, prompts))

# %%
print(out)
