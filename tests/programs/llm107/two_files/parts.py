RULES = [
    {"type": "text", "text": "Rule one.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Rule two.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Rule three.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Rule four.", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "Rule five.", "cache_control": {"type": "ephemeral"}},
]
