# %%
import anthropic

c = anthropic.Anthropic()
text = open("handbook.md").read()

# %% the tool
tool = {
    "name": "grade",
    "description": "Grade an answer by these rules. " + text,
    "input_schema": {"type": "object", "properties": {"points": {"type": "integer"}, "why": {"type": "string"}}},
}

# %%
for answer in ["Dear Ana, sorry! Half of the price comes back.", "No.", "It is the fault of the weather."]:
    m = c.messages.create(model="claude-sonnet-5-5", max_tokens=99, tools=[tool], messages=[{"role": "user", "content": answer}])
    print(m.content[0].input)
