"""What goes wrong on purpose with messages on their way to a receiver: so many of them, or one in so many by chance.

Chance is drawn once for each message from a seeded row of numbers: the same messages in the same order meet the same
fate in every run.
"""

import random
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(slots=True, kw_only=True)
class DeliveryFaults:
    """Faults on order, and how often each has struck since.

    ``drop`` and ``duplicate`` are counted in messages and come before chance. ``delay`` lengthens the time in which
    messages are gathered; within it ``reverse`` turns them round and ``shuffle`` mixes them. ``spread`` keeps each
    message back for a time of its own, up to so long, so that later ones overtake it.
    """

    drop: int = 0
    duplicate: int = 0
    reverse: bool = False
    delay: timedelta = timedelta()
    drop_probability: float = 0.0
    duplicate_probability: float = 0.0
    shuffle: bool = False
    spread: timedelta = timedelta()
    seed: int = 0
    messages: int = field(default=0, init=False)
    dropped: int = field(default=0, init=False)
    doubled: int = field(default=0, init=False)
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  # the same fate in every run, no secret

    @property
    def reorders(self) -> bool:
        """Whether messages may arrive in another order than they were sent in."""
        return self.reverse or self.shuffle or bool(self.spread)

    def copies(self) -> int:
        """How often the next message is to be sent; what was ordered for it is then used up."""
        copies = self._copies()
        self.messages += 1
        self.dropped += copies == 0
        self.doubled += copies == 2
        return copies

    def hold_back(self) -> timedelta:
        """How long the next copy is kept back before it is gathered with others."""
        return self.spread * self._chance.random() if self.spread else timedelta()

    def rearrange(self, gathered: MutableSequence[Any]) -> None:
        """Put messages that leave together into the order in which they are to arrive."""
        if self.shuffle:
            self._chance.shuffle(gathered)
        if self.reverse:
            gathered.reverse()

    def _copies(self) -> int:
        drawn = self._chance.random()
        if self.drop > 0:
            self.drop -= 1
            return 0
        if self.duplicate > 0:
            self.duplicate -= 1
            return 2
        if drawn < self.drop_probability:
            return 0
        return 2 if drawn < self.drop_probability + self.duplicate_probability else 1
