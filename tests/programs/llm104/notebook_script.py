# %%
import anthropic

client = anthropic.Anthropic()

# %% The chapters are long, and each is sent once
book = open("handbook.md").read()
chapters = [f"Chapter {number} of the new edition.\n{book[number * 40 :]}" for number in range(1, 4)]

# %%
for chapter in chapters:
    out = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=60,
        messages=[{"role": "user", "content": f"{len(chapter)} characters. Sum up in 20 words:\n\n{chapter}"}],
        cache_control={"type": "ephemeral"},
    )
    print(out.content[0].text)
