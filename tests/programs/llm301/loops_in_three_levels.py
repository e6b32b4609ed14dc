# expects: bill at most 0.5
"""Loops in three levels, all over independent items."""

import anthropic

client = anthropic.Anthropic()
TOWNS = {"Ostend": {"tea": ["black", "white"], "jam": ["plum"]}, "Bruges": {"lace": ["fine", "plain", "gold"]}}

for town, shops in TOWNS.items():
    print(town)
    for shop, wares in shops.items():
        print(" ", shop)
        for ware in wares:
            message = client.messages.create(
                model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": f"{town} {shop} {ware}"}]
            )
            print("   ", ware, message.content[0].text)
