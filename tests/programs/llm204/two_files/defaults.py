"""Defaults of the shop."""

import os

MODEL = os.environ.get("SHOP_MODEL", "claude-sonnet-4-5")
LIMIT = 150
