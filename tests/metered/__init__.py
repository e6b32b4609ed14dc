"""A stand-in for the Anthropic and OpenAI APIs that keeps the bill, for tests and benchmarks. Not part of the package."""

from metered.account import Account, Settings
from metered.bill import Bill, Line, Tokens
from metered.server import MeteredServer

__all__ = ["Account", "Bill", "Line", "MeteredServer", "Settings", "Tokens"]
