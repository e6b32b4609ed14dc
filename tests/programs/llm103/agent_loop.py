"""An agent that looks up trains, round after round, with the same large tool definitions."""

import datetime
import json

import anthropic

TOOLS = [
    {
        "name": "find_trains",
        "description": """\
Find the night trains between two stations on a day. Both stations are given by their name in the language of the country, without the addition
Hbf, Centrale or Gare; a city with several stations is given by the city alone, and the answer then holds all of them. The day is the day of
departure at the first station of the train, not at the station where the traveller gets on: a train that leaves Vienna at half past eleven in the
evening and Linz at one in the morning runs on the day before for somebody who gets on in Linz. The answer has one row for each train: its number,
both times with the day, the classes that are still free with their prices in euros, whether bicycles are taken, and whether there is a
restaurant car. Trains that are sold out are left out. Where nothing is found, ask for the day before and the day after, before you say that there
is no train. Do not use this tool for day trains, for buses, or for connections with a change; there is another one for that.""",
        "input_schema": {
            "type": "object",
            "properties": {
                "start": {"type": "string", "description": "the station where the journey begins"},
                "goal": {"type": "string", "description": "the station where it ends"},
                "day": {"type": "string", "description": "the day of departure at the train's first station, as 2026-11-23"},
            },
            "required": ["start", "goal", "day"],
        },
    },
    {
        "name": "book_berth",
        "description": """\
Book a berth in a train that was found before. Never book without having asked the traveller, and never a class other than the one that they named. A
private compartment is booked once, with the number of travellers, and not once for each of them. Children under six need no berth. The answer is the
booking number, or the word full where somebody else was faster; then look for trains again and offer what is left.""",
        "input_schema": {
            "type": "object",
            "properties": {
                "train": {"type": "string"},
                "class": {"enum": ["seat", "couchette", "sleeper", "private"]},
                "travellers": {"type": "integer", "minimum": 1},
            },
            "required": ["train", "class", "travellers"],
        },
    },
]


def run_tool(name, arguments):
    """What the reservation system says; a fixed answer here."""
    return f"{name}: NJ 467 with {len(arguments)} fields"


def main():
    client = anthropic.Anthropic()
    for wish in ("From Zürich to Hamburg on Friday, please.", "A couchette to Rome for three.", "Is there a train to Warsaw?"):
        notes = []
        for _ in range(4):
            response = client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=400,
                system=f"You are a travel agent. It is {datetime.datetime.now().isoformat()}.",
                tools=TOOLS,
                messages=[{"role": "user", "content": f"{wish}\n\nFound so far: {json.dumps(notes)}"}],
            )
            if response.stop_reason != "tool_use":
                break
            notes += [run_tool(block.name, block.input) for block in response.content if block.type == "tool_use"]
        print(wish, "->", notes)


if __name__ == "__main__":
    main()
