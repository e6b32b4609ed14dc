"""Models and limits, in one place."""

import os

CHAT_MODEL = os.environ.get("FERNWEH_CHAT_MODEL", "claude-sonnet-5-5")
SUPPORT_MODEL = "claude-sonnet-5-5"
# For whatever needs judgement.
SMART_MODEL = "claude-opus-5-5"

MODELS = {
    "documents": "claude-sonnet-5-5",
    "compensation": "claude-sonnet-5-5",
    "triage": SMART_MODEL,
    "nightly": "claude-sonnet-5-5",
}
MAX_TOKENS = 700
