"""Calls of libraries whose result the source determines, as a table of small functions. One file an area."""

from llmlint.link.values.known import clients as clients
from llmlint.link.values.known import file_contents as file_contents
from llmlint.link.values.known import rendering as rendering
from llmlint.link.values.known import settings as settings
from llmlint.link.values.known import standard as standard
