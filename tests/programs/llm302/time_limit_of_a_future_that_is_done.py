# expects: bill at most 0.51
"""The result of a future that `as_completed` has given is there: its time limit never acts."""

from concurrent.futures import ThreadPoolExecutor, as_completed

from openai import OpenAI

client = OpenAI()
TEAS = ["Assam", "Keemun", "Sencha", "Rooibos", "Darjeeling"]


def tasted(tea):
    response = client.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": f"How does {tea} taste?"}]
    )
    return response.choices[0].message.content


notes = {}
with ThreadPoolExecutor(max_workers=4) as pool:
    futures = {pool.submit(tasted, tea): tea for tea in TEAS}
    for future in as_completed(futures):
        try:
            notes[futures[future]] = future.result(timeout=0.01)
        except Exception as error:
            print("failed", error)
for tea in TEAS:
    print(tea, notes.get(tea))
