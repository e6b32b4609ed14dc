# expects: bill at most 0.5
"""The prompt is put together ahead of the call, with tabs and a request of many lines."""

import anthropic


def summarise(client, notes):
	out = []
	# Longest first.
	for note in sorted(notes, key=len, reverse=True):
		# The note between tags.
		prompt = f"""Summarise in five words:
<note>
	{note}
</note>"""
		reply = client.messages.create(
			model="claude-haiku-5-5",  # the small one
			max_tokens=40,
			messages=[
				# One turn.
				{"role": "user", "content": prompt},
			],
		)
		out.append((len(prompt), reply.content[0].text))  # with its length
	return out


print(*summarise(anthropic.Anthropic(), ["rain", "sun and wind", "snow on the hills", "fog"]), sep="\n")
