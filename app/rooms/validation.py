"""What an administrator may say of a room."""

from collections.abc import Sequence

from app.addresses import normalised
from app.errors import InvalidInput, ProblemCode
from app.rooms.pairing import MAX_CAPACITY

MAX_NAME, MAX_BUILDING, MAX_FLOOR = 256, 256, 64
MAX_EQUIPMENT, MAX_PIECE = 50, 100


def checked_address(address: str) -> str:
    """The address in its normal form. Raises InvalidInput."""
    present = normalised(address)
    if present is None:
        raise InvalidInput(
            "email",
            "This is not an email address.",
            code=ProblemCode.MALFORMED_EMAIL,
            remedy="Write the address as name@example.org.",
        )
    return present


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises InvalidInput."""
    line = checked_line("name", name, MAX_NAME)
    if line is None:
        raise InvalidInput("name", "The room needs a name.")
    return line


def checked_capacity(capacity: int | None) -> int | None:
    """Raises InvalidInput."""
    if capacity is not None and not 1 <= capacity <= MAX_CAPACITY:
        raise InvalidInput("capacity", f"A room takes 1 to {MAX_CAPACITY} people.")
    return capacity


def checked_equipment(equipment: Sequence[str]) -> tuple[str, ...]:
    """Each piece once, in order. Raises InvalidInput."""
    if len(equipment) > MAX_EQUIPMENT:
        raise InvalidInput("equipment", f"A room has at most {MAX_EQUIPMENT} pieces of equipment.")
    pieces = (checked_line(f"equipment.{place}", piece, MAX_PIECE) for place, piece in enumerate(equipment))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def checked_line(field: str, text: str | None, longest: int) -> str | None:
    """One line without spaces around it; None where nothing is left. Raises InvalidInput."""
    trimmed = (text or "").strip()
    if len(trimmed) > longest:
        raise InvalidInput(field, f"This has at most {longest} characters.")
    if any(ord(character) < ord(" ") for character in trimmed):
        raise InvalidInput(field, "This has to be a single line of text.")
    return trimmed or None
