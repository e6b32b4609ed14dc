"""`python -m llmlint`."""

from llmlint.cli import run

if __name__ == "__main__":
    run()
