"""The rows about the agenda from memory, its slowest answers, and the smallest question there is."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from benchmarks.benching.graphql import data
from benchmarks.benching.graphql.contending import Question, Turn, contender
from benchmarks.benching.graphql.documents import AGENDA, AGENDA_LOADED, PONG, SMALL, Asked
from benchmarks.benching.graphql.field import (
    ALONE,
    APOLLO,
    ARIADNE,
    CACHED,
    DEFAULT,
    FIELD,
    MERCURIUS,
    MERCURIUS_JIT,
    NODE_JIT,
    OURS,
    READY,
    YOGA,
    YOGA_JIT,
)
from benchmarks.benching.graphql.in_process import asking
from benchmarks.benching.load import Tool
from benchmarks.benching.rows import Compared, Conditions, Contender, Goal

Field = Callable[[Conditions], Mapping[str, Contender]]
Figure = Callable[[Turn], float]

CONNECTIONS = 8
"""As many as wrk keeps busy in the rates."""
_SERVERS = (OURS, DEFAULT, CACHED, ARIADNE, APOLLO, YOGA, YOGA_JIT, MERCURIUS, MERCURIUS_JIT)
RATE: Figure = attrgetter("rate")
_P99_SERVERS = (OURS, YOGA_JIT, MERCURIUS, MERCURIUS_JIT, READY)
_P99: Figure = attrgetter("p99")
_REQUESTS, _MILLISECONDS = "req/s of processor", "ms"


def memory(conditions: Conditions) -> list[data.Event]:
    """The events of a row, written where its servers find them."""
    events, attendees = conditions.pick((data.EVENTS, data.ATTENDEES), (4, 2))
    return data.write(conditions.folder / data.FILE, events, attendees)


def field(names: Sequence[str], question: Question, conditions: Conditions) -> Mapping[str, Contender]:
    """These servers, asked this."""
    return {name: contender(FIELD[name], question, conditions) for name in names}


def question(
    asked: Asked,
    expected: Any,
    conditions: Conditions,
    *,
    figure: Figure = RATE,
    connections: int = CONNECTIONS,
    tool: Tool = Tool.FASTEST,
    by_work: bool = False,
) -> Question:
    """What is asked, for as long as the conditions say."""
    return Question(
        asked=asked,
        expected=expected,
        figure=figure,
        connections=connections,
        seconds=conditions.pick(3, 1),
        tool=tool,
        warm_up_seconds=conditions.pick(3, 0),
        by_work=by_work,
    )


def _agenda(asked: Asked, names: Sequence[str], **how: Any) -> Field:
    def contenders(conditions: Conditions) -> Mapping[str, Contender]:
        expected = data.answer(memory(conditions))
        return field(names, question(asked, expected, conditions, **how), conditions)

    return contenders


def _small(conditions: Conditions) -> Mapping[str, Contender]:
    memory(conditions)
    return field((*_SERVERS, ALONE), question(SMALL, PONG, conditions), conditions)


def _path(asked: Asked) -> Callable[[Conditions], Contender]:
    def path(conditions: Conditions) -> Contender:
        memory(conditions)
        return asking(asked, conditions)

    return path


AGENDA_PLAIN_ROW = Compared(
    name="agenda-plain",
    measures="50 events of 8 attendees from memory over HTTP, every value an attribute of something",
    goals=(),
    contenders=_agenda(AGENDA, (*_SERVERS, READY), tool=Tool.COMPLETE),
    unit=_REQUESTS,
    more_is_better=True,
    warm_ups=0,
    path=_path(AGENDA),
)
AGENDA_ROW = Compared(
    name="agenda",
    measures="the same, each attendee's location through a batch loader",
    goals=(
        Goal(contender=OURS, against=DEFAULT, at_least=60),
        Goal(contender=OURS, against=NODE_JIT, at_least=2.5),
        Goal(contender=OURS, against=READY, at_least=0.33),
    ),
    contenders=_agenda(AGENDA_LOADED, (*_SERVERS, READY), tool=Tool.COMPLETE),
    unit=_REQUESTS,
    more_is_better=True,
    warm_ups=0,
    path=_path(AGENDA_LOADED),
)
AGENDA_P99_ROW = Compared(
    name="agenda-p99",
    measures="the 99th of a hundred such answers, one connection asking",
    goals=(Goal(contender=OURS, against=MERCURIUS_JIT, at_most=0.5),),
    contenders=_agenda(AGENDA_LOADED, _P99_SERVERS, figure=_P99, connections=1),
    unit=_MILLISECONDS,
    warm_ups=0,
    path=_path(AGENDA_LOADED),
)
AGENDA_P99_WORK_ROW = Compared(
    name="agenda-p99-work",
    measures="the same, of the processor's work for each answer, whatever else the machine does",
    goals=(Goal(contender=OURS, against=MERCURIUS_JIT, at_most=0.5),),
    contenders=_agenda(AGENDA_LOADED, _P99_SERVERS, figure=_P99, connections=1, tool=Tool.COMPLETE, by_work=True),
    unit=_MILLISECONDS,
    warm_ups=0,
    path=_path(AGENDA_LOADED),
)
SMALL_ROW = Compared(
    name="small",
    measures="{ ping } over HTTP",
    goals=(
        Goal(contender=OURS, against=CACHED, at_least=2),
        Goal(contender=OURS, against=(APOLLO, YOGA, YOGA_JIT, ARIADNE), at_least=1),
        Goal(contender=OURS, against=ALONE, at_least=0.4),
    ),
    contenders=_small,
    unit=_REQUESTS,
    more_is_better=True,
    warm_ups=0,
    path=_path(SMALL),
)
