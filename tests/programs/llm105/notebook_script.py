# %%
import anthropic

client = anthropic.Anthropic()
messages = []


# %%
def say(text):
    messages.append({"role": "user", "content": text})
    r = client.messages.create(model="claude-sonnet-5-5", max_tokens=120, messages=messages)
    messages.append({"role": "assistant", "content": r.content[0].text})
    return r.content[0].text


# %%
print(say("Read this.\n" + open("handbook.md").read()))

# %%
print(say("What would you change?"))

# %%
print(say("Why?"))
