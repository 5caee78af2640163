"""Extended properties: an application's own small values on an event.

A name that is too long is dropped and a value that is too long is cut, both without a word.
https://developers.google.com/workspace/calendar/api/guides/extended-properties
"""

from typing import Any

from app.sandbox.google.calendar_api.errors import invalid

LONGEST_NAME = 44
LONGEST_VALUE = 1024


def read_properties(given: Any) -> dict[str, str]:
    """What is kept of the properties that were sent. Raises GoogleError (400) when they are no texts."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(value is None or isinstance(value, str) for value in given.values()):
        raise invalid("Invalid extended properties.", "extendedProperties")
    return {
        name: value[:LONGEST_VALUE]
        for name, value in given.items()
        if name and len(name) <= LONGEST_NAME and value is not None
    }
