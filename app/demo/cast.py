"""Who plays in the demo. Their accounts come from the sandbox's own people."""

from dataclasses import dataclass
from enum import Enum, auto


class Part(Enum):
    """What a person has done by the time the demo is ready."""

    FOUNDER = auto()
    """Came in by the first invitation, as the organisation's administrator."""
    CONNECTED = auto()
    """Signed in and connected their calendar."""
    SIGNED_IN = auto()
    """Signed in only."""


@dataclass(frozen=True, slots=True)
class Player:
    """One sample person."""

    address: str
    part: Part


@dataclass(frozen=True, slots=True)
class Cast:
    """One sample organisation; without a tenant administrator its integration is left for the visitor to start."""

    organisation: str
    tenant_administrator: str | None
    players: tuple[Player, ...]


CASTS = (
    Cast(
        organisation="Tidewater",
        tenant_administrator="tess.okafor@tidewater.example",
        players=(
            Player("ada.vos@tidewater.example", Part.FOUNDER),
            Player("ben.kok@tidewater.example", Part.CONNECTED),
            Player("chloe.martin@tidewater.example", Part.CONNECTED),
            Player("grace.oconnor@tidewater.example", Part.CONNECTED),
            Player("daniel.osei@tidewater.example", Part.SIGNED_IN),
            Player("eva.lindqvist@tidewater.example", Part.SIGNED_IN),
        ),
    ),
    Cast(
        organisation="Newbridge",
        tenant_administrator=None,
        players=(Player("nora.berg@newbridge.example", Part.FOUNDER),),
    ),
)
