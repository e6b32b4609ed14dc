"""No system prompt: the rules stand at the start of the user's message."""

import textwrap

import anthropic

RULES = textwrap.dedent(
    """
    You turn free text of the lost property office into one line. Read all of these rules before you begin; they are the same for each item,
    and a line that breaks one of them is thrown away by the import without a word, so that the owner never hears from us.

    Items come to us from conductors, cleaners and travellers, in any language, and often in a hurry. Take what they say as it is: do not
    guess a brand from a description, do not infer a colour from a brand, and do not correct the name of a place. Where two things are
    described, take the larger one; the smaller one gets a line of its own when it is entered by itself.

    The line has five fields, with a bar between them: kind, colour, brand, place, condition. A field that is not known is a question
    mark. Nothing else is on the line, in front of it or behind it, and there is no heading. The fields are in lower case, except for brands.

    Kind is one of the words of the list: bag, suitcase, backpack, coat, jacket, hat, gloves, scarf, umbrella, phone, laptop, tablet, camera, book,
    toy, pushchair, walking stick, glasses, keys, purse, document, jewellery, instrument, bicycle part, other. A phone in a bag is a bag. A
    document in a purse is a purse. Several keys on a ring are keys. An e-reader is a tablet. Headphones are other.

    Colour is the main colour, one word: black, white, grey, brown, red, orange, yellow, green, blue, violet, pink, gold, silver, mixed. What
    is called navy is blue, beige and tan are brown, and transparent is white. Patterns are mixed unless one colour has more than half.

    Brand is as it is written on the item, with its own capitals. A shop's name on a plain bag is no brand. The name of a person is never
    written down, nor are numbers of cards, passports or telephones, even where the finder gives them.

    Place is the car and the seat or compartment, as in 12/45; on a platform it is the letter p and the number. Where the finder
    writes of the dining car, it is d. Where they write of the corridor, it is the car alone.

    Condition is one of new, good, worn, damaged, wet. Where nothing is said it is good. Food, liquids and living things are not
    described at all: answer with the word refuse, in that case, and nothing else.
    """
)
ITEMS = [
    "a navy umbrella, car 4 seat 12, soaked",
    "somebody left a teddy in the dining car",
    "keys with a Škoda tag on platform 7",
    "a sandwich",
]

client = anthropic.Anthropic()
for item in ITEMS:
    message = client.messages.create(
        model="claude-sonnet-5-5",
        max_tokens=40,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": RULES},
                    {"type": "text", "text": item},
                ],
            }
        ],
    )
    print(message.content[0].text)
