"""Who plays in the demo. Their accounts come from the sandbox's own people."""

from dataclasses import dataclass
from enum import Enum, auto

MICROSOFT_365, GOOGLE_WORKSPACE = "MICROSOFT_365", "GOOGLE_WORKSPACE"


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
    """One sample organisation; the integration of one that is not integrated is left for the visitor to start."""

    organisation: str
    suite: str
    is_integrated: bool
    tenant_administrator: str | None
    """Whoever follows the direct admin approval link; None where nobody has to."""
    players: tuple[Player, ...]


CASTS = (
    Cast(
        organisation="Tidewater",
        suite=MICROSOFT_365,
        is_integrated=True,
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
        organisation="Fernhill",
        suite=GOOGLE_WORKSPACE,
        is_integrated=True,
        tenant_administrator=None,
        players=(
            Player("iris.moreau@fernhill.example", Part.FOUNDER),
            Player("hugo.brandt@fernhill.example", Part.CONNECTED),
            Player("lena.fischer@fernhill.example", Part.CONNECTED),
            Player("omar.haddad@fernhill.example", Part.CONNECTED),
            Player("yuki.sato@fernhill.example", Part.SIGNED_IN),
            Player("theo.lindgren@fernhill.example", Part.SIGNED_IN),
        ),
    ),
    Cast(
        organisation="Newbridge",
        suite=MICROSOFT_365,
        is_integrated=False,
        tenant_administrator=None,
        players=(Player("nora.berg@newbridge.example", Part.FOUNDER),),
    ),
    Cast(
        organisation="Brookside",
        suite=GOOGLE_WORKSPACE,
        is_integrated=False,
        tenant_administrator=None,
        players=(Player("nell.byrne@brookside.example", Part.FOUNDER),),
    ),
)
