"""Print how llmlint does on a corpus of hand-labelled calls, family by family.

    python scripts/score_corpus.py CORPUS TREES [--show]

CORPUS holds `dev.jsonl`, `dev-scope.json` and `score.py`; TREES one folder a repository, named owner+name, at the commit that the labels
name. Neither is part of this project: the labelled code belongs to its authors.
"""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("trees", type=pathlib.Path)
    parser.add_argument("--show", action="store_true", help="also print every wrong and every missed finding")
    options = parser.parse_args()
    command = [sys.executable, str(options.corpus / "score.py")]
    command += [str(options.corpus / "dev.jsonl"), str(options.corpus / "dev-scope.json"), str(options.trees.resolve())]
    return subprocess.run([*command, *(["--show"] if options.show else [])], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
