"""Page tokens: where a list goes on, good only with the parameters with which it began.

https://developers.google.com/workspace/calendar/api/guides/pagination
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import orjson

from app.sandbox.google.calendar_api.parameters import Query

Row = TypeVar("Row")


class PlaceError(Exception):
    """A page token that was never given out, or not with these parameters."""


@dataclass(frozen=True, slots=True)
class Place:
    """How many rows have been shown, in a list with these parameters."""

    shown: int
    parameters: str

    @classmethod
    def of(cls, query: Query) -> "Place":
        """Where this call goes on; the beginning when it bears no token. Raises PlaceError."""
        parameters = hashlib.sha256(orjson.dumps(query.but("pageToken", "maxResults", "fields"))).hexdigest()[:16]
        token = query.text("pageToken")
        if token is None:
            return cls(0, parameters)
        try:
            shown, _, began_with = base64.urlsafe_b64decode(token).decode("ascii").partition(" ")
            if began_with != parameters or not shown.isdecimal():
                raise PlaceError
            return cls(int(shown), parameters)
        except (binascii.Error, ValueError) as error:
            raise PlaceError from error

    def page(self, rows: Sequence[Row], size: int) -> tuple[list[Row], str | None]:
        """The rows from here on, and the token of the next page; a page of nought leads on to the same place."""
        end = self.shown + size
        following = base64.urlsafe_b64encode(f"{end} {self.parameters}".encode()).decode()
        return list(rows[self.shown : end]), following if end < len(rows) or size == 0 else None
