"""How faults of delivery are ordered from outside, in the same words at either suite. Durations are milliseconds."""

from datetime import timedelta
from typing import Any, Self

from pydantic import Field, model_validator

from app.sandbox.control.routing import Body
from app.sandbox.delivery_faults import DeliveryFaults


class DeliveryOrders(Body):
    """What becomes of the next messages; what is left out goes back to normal."""

    drop: int = Field(default=0, ge=0)
    duplicate: int = Field(default=0, ge=0)
    reverse: bool = False
    delay_milliseconds: int = Field(default=0, ge=0)
    drop_probability: float = Field(default=0, ge=0, le=1)
    duplicate_probability: float = Field(default=0, ge=0, le=1)
    shuffle: bool = False
    spread_milliseconds: int = Field(default=0, ge=0)
    seed: int = 0

    @model_validator(mode="after")
    def _no_more_than_certain(self) -> Self:
        if self.drop_probability + self.duplicate_probability > 1:
            raise ValueError("a message is dropped, doubled or neither: the probabilities add up to 1 at most")
        return self

    def faults(self) -> DeliveryFaults:
        """The same as the faults that a sender meets."""
        return DeliveryFaults(
            drop=self.drop,
            duplicate=self.duplicate,
            reverse=self.reverse,
            delay=timedelta(milliseconds=self.delay_milliseconds),
            drop_probability=self.drop_probability,
            duplicate_probability=self.duplicate_probability,
            shuffle=self.shuffle,
            spread=timedelta(milliseconds=self.spread_milliseconds),
            seed=self.seed,
        )


def faults_json(faults: DeliveryFaults) -> dict[str, Any]:
    """Faults on order with what they have done so far."""
    return {
        "drop": faults.drop,
        "duplicate": faults.duplicate,
        "reverse": faults.reverse,
        "delay_milliseconds": faults.delay // timedelta(milliseconds=1),
        "drop_probability": faults.drop_probability,
        "duplicate_probability": faults.duplicate_probability,
        "shuffle": faults.shuffle,
        "spread_milliseconds": faults.spread // timedelta(milliseconds=1),
        "seed": faults.seed,
        "messages": faults.messages,
        "dropped": faults.dropped,
        "doubled": faults.doubled,
    }
