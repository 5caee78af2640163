"""Who plays in the demo, where, and on which days. Their accounts come from the sandbox's own people."""

from dataclasses import dataclass
from enum import Enum, auto

from app.demo.offices import AWAY, REMOTE, Office, Storey, Week, Work, always, at

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
    week: Week = ()
    """Where they work from Monday to Friday, this week and the next; nothing for who booked nothing."""
    sharing: str | None = None
    """Whom they let see it; None leaves it to the organisation."""


@dataclass(frozen=True, slots=True)
class Cast:
    """One sample organisation; the integration of one that is not integrated is left for the visitor to start."""

    organisation: str
    suite: str
    is_integrated: bool
    tenant_administrator: str | None
    """Whoever follows the direct admin approval link; None where nobody has to."""
    players: tuple[Player, ...]
    offices: tuple[Office, ...] = ()


EVERYONE, NOBODY = "EVERYONE", "NOBODY"

LIGHTHOUSE = Office(
    name="Lighthouse",
    time_zone="Europe/Amsterdam",
    capacity=30,
    floors=(
        Storey("1", 10, {"Reception side": 4, "Workshop": 8}),
        Storey("2", 20, {"Window side": 12, "Quiet corner": 3}),
        Storey("3"),
    ),
)
HARBOUR = Office("Harbour", "Europe/Lisbon", 12, (Storey("0", 6), Storey("1", 8)))
MILL = Office("Mill", "America/New_York", 8)
MEADOW = Office(
    name="Meadow",
    time_zone="Europe/Amsterdam",
    capacity=30,
    floors=(Storey("1", 10), Storey("2", 20, {"Garden side": 12, "Library": 3}), Storey("3")),
)
ORCHARD = Office("Orchard", "Europe/Berlin", 14, (Storey("EG", 8), Storey("1", 8)))
TERRACE = Office("Terrace", "Europe/London", 6)

_WINDOW, _QUIET = at("Lighthouse", "2", "Window side"), at("Lighthouse", "2", "Quiet corner")
_GARDEN, _LIBRARY = at("Meadow", "2", "Garden side"), at("Meadow", "2", "Library")

CASTS = (
    Cast(
        organisation="Tidewater",
        suite=MICROSOFT_365,
        is_integrated=True,
        tenant_administrator="tess.okafor@tidewater.example",
        players=(
            Player(
                "ada.vos@tidewater.example",
                Part.FOUNDER,
                ((_WINDOW,), (_WINDOW,), (_WINDOW,), (_WINDOW,), (REMOTE,)),
                EVERYONE,
            ),
            Player(
                "ben.kok@tidewater.example",
                Part.CONNECTED,
                ((REMOTE,), (_WINDOW,), (_WINDOW,), (_WINDOW,), (REMOTE,)),
                EVERYONE,
            ),
            Player(
                "chloe.martin@tidewater.example",
                Part.CONNECTED,
                ((REMOTE,), (_WINDOW,), (REMOTE,), (_QUIET,), (AWAY,)),
                EVERYONE,
            ),
            Player(
                "grace.oconnor@tidewater.example",
                Part.CONNECTED,
                ((at("Harbour", "1"),), (at("Harbour", "1"),), (REMOTE,), (at("Harbour", "1"),), (REMOTE,)),
            ),
            Player(
                "daniel.osei@tidewater.example",
                Part.SIGNED_IN,
                (
                    (REMOTE,),
                    (at("Lighthouse", slot="MORNING"), Work("REMOTE", slot="AFTERNOON")),
                    (at("Mill"),),
                    (at("Mill"),),
                    (AWAY,),
                ),
            ),
            Player("eva.lindqvist@tidewater.example", Part.SIGNED_IN, always(_QUIET), NOBODY),
        ),
        offices=(LIGHTHOUSE, HARBOUR, MILL),
    ),
    Cast(
        organisation="Fernhill",
        suite=GOOGLE_WORKSPACE,
        is_integrated=True,
        tenant_administrator=None,
        players=(
            Player(
                "iris.moreau@fernhill.example",
                Part.FOUNDER,
                ((_GARDEN,), (_GARDEN,), (_GARDEN,), (_GARDEN,), (REMOTE,)),
                EVERYONE,
            ),
            Player(
                "hugo.brandt@fernhill.example",
                Part.CONNECTED,
                ((REMOTE,), (at("Terrace"),), (at("Terrace"),), (_LIBRARY,), (REMOTE,)),
                EVERYONE,
            ),
            Player(
                "lena.fischer@fernhill.example",
                Part.CONNECTED,
                ((REMOTE,), (_GARDEN,), (REMOTE,), (_LIBRARY,), (AWAY,)),
                EVERYONE,
            ),
            Player(
                "omar.haddad@fernhill.example",
                Part.CONNECTED,
                ((at("Orchard", "1"),), (at("Orchard", "1"),), (REMOTE,), (at("Orchard", "1"),), (REMOTE,)),
            ),
            Player(
                "yuki.sato@fernhill.example",
                Part.SIGNED_IN,
                (
                    (REMOTE,),
                    (at("Meadow", slot="MORNING"), Work("REMOTE", slot="AFTERNOON")),
                    (_GARDEN,),
                    (_GARDEN,),
                    (AWAY,),
                ),
            ),
            Player("theo.lindgren@fernhill.example", Part.SIGNED_IN, always(_LIBRARY), NOBODY),
        ),
        offices=(MEADOW, ORCHARD, TERRACE),
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
