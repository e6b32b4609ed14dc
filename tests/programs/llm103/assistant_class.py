"""An assistant object whose tools are a class attribute."""

import anthropic


class MenuAssistant:
    """Suggests dishes for the restaurant car."""

    MODEL = "claude-sonnet-5-5"
    TOOLS = [
        {
            "name": "suggest",
            "description": (
                "Suggest a dish. The kitchen is four metres long, has two ovens, a hob with induction and no deep fryer, and is run by one person. Everything "
                "is loaded in Vienna at five in the afternoon and has to last until the next noon. So a dish has at most six parts, of which at most two are "
                "cooked on board; the others are cold, or are warmed up in eight minutes at a hundred and sixty degrees. Fish is loaded from Thursday to "
                "Saturday. Nuts are named on the menu. Each menu has one dish without meat, one without milk, and one for children that is not a smaller "
                "version of another one. Prices end in fifty cents, from six euros fifty for a soup to nineteen euros fifty for the most expensive dish. "
                "A dish may come back after nine days at the earliest. Do not suggest anything that drips, smells of garlic through two cars, has to be "
                "eaten with the fingers, or stains the bedding, which is white. Regional names are welcome where the train passes through the region in "
                "daylight. Wine is not part of a dish. Bread comes with everything and is not mentioned. Leftovers of the evening become breakfast where "
                "that is possible: rice becomes a pudding, potatoes go into the pan, and bread becomes dumplings. Weights are given for one person, raw, in "
                "grams. Count two hundred and twenty grams of side dish, a hundred and forty of meat or fish, and a hundred and sixty of vegetables. In summer, "
                "when the kitchen is hot, suggest only dishes that need one oven. In December there is goose on Sundays, whatever else is said here. "
                "Nothing is fried on board, nothing is flamed, and nothing is whipped by hand. Sauces come in bags of two litres and keep for a day "
                "once they are open, so at least three dishes share a sauce. Eggs are boiled, never raw. Salads are dressed at the table. A dish that "
                "cannot be carried on one arm through a moving corridor is no dish for us. Colours matter, since the light in the car is yellow: no "
                "plate may be brown all over. Names of dishes are at most four words long, and none of them is fresh, homemade, crispy or delicious. "
                "Before a dish goes on the menu it is cooked twice on a parked train; say which step needs to be tried with care."
            ),
            "input_schema": {
                "type": "object",
                "properties": {
                    "dish": {"type": "string"},
                    "grams": {"type": "integer"},
                    "season": {"enum": ["summer", "winter"]},
                },
                "required": ["dish", "grams"],
            },
        },
    ]

    def __init__(self):
        self._client = anthropic.Anthropic()

    def suggest(self, wish):
        message = self._client.messages.create(
            model=self.MODEL,
            max_tokens=300,
            tools=self.TOOLS,
            messages=[{"role": "user", "content": wish}],
        )
        (used,) = message.content
        return used.input


if __name__ == "__main__":
    assistant = MenuAssistant()
    for wish in ["a soup for January", "something with beans", "a dish for children", "breakfast from leftovers"]:
        print(wish, assistant.suggest(wish))
