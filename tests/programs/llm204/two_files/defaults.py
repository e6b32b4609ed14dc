"""Defaults of the shop."""

import os

MODEL = "claude-sonnet-4-5"
LIMIT = int(os.environ.get("SHOP_LIMIT", "150"))
