# expects: bill at most 0.5
"""A script with its pool at module level."""

import concurrent.futures

import anthropic

client = anthropic.Anthropic()
WORDS = ["sun", "moon", "star", "sky"]


def rhyme(word):
    message = client.messages.create(
        model="claude-haiku-5-5", max_tokens=12, messages=[{"role": "user", "content": f"What rhymes with {word}?"}]
    )
    return message.content[0].text


with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
    jobs = [pool.submit(rhyme, word) for word in WORDS]
    rhymes = {}
    for word, job in zip(WORDS, jobs):
        rhymes[word] = job.result()

print(rhymes)
