# expects: bill at most 0.51
"""The functions of the module `openai` make the calls, with a key that is set in the file and a handler for each item."""

import os

import openai

openai.api_key = os.environ["OPENAI_API_KEY"]


def caption(picture):
    try:
        response = openai.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": f"A caption for {picture}"}]
        )
    except openai.OpenAIError as error:
        return f"none ({error})"
    return response.choices[0].message.content.strip()


pictures = ["a lighthouse in fog", "two herons", "a broken mill wheel", "the old ferry"]
captions = {}
for picture in pictures:
    captions[picture] = caption(picture)
for picture, text in captions.items():
    print(picture, text, sep=": ")
