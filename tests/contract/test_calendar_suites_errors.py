"""Every error of the tree is raised by every suite, or is named as one that the suite has no reason for."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.suites import errors
from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    FlowExpired,
    InvalidRequest,
    MissingScope,
    NotFound,
    NotOrganiser,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
)
from app.suites.events import Response, RoomsChange
from tests.contract.meetings import DAY, WEEK, copy_of, meeting
from tests.contract.worlds import Operation, Provocation, Trouble, World, some_monday


def kinds_of(kind: type[SuiteError]) -> list[type[SuiteError]]:
    """What stands right below an error in the suites' own tree; services may have finer ones for themselves."""
    return [child for child in kind.__subclasses__() if child.__module__ == errors.__name__]


def without_kinds(kind: type[SuiteError]) -> Iterator[type[SuiteError]]:
    """The errors below this one that nothing stands below: those that are raised."""
    below = kinds_of(kind)
    yield from (leaf for child in below for leaf in without_kinds(child)) if below else (kind,)


RAISED = sorted(without_kinds(SuiteError), key=lambda kind: kind.__name__)


async def a_suite_that_is_down(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await world.order(Trouble.UNAVAILABLE, Operation.LIST_EVENTS, times=None)
    await mailbox.events(some_monday(), some_monday() + WEEK)


async def a_suite_that_is_overrun(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await world.order(Trouble.THROTTLED, Operation.LIST_EVENTS, times=None)
    await mailbox.events(some_monday(), some_monday() + WEEK)


async def a_dead_grant(world: World) -> None:
    grant = await world.sign_in(world.organiser)
    await world.kill_grants(world.organiser)
    await world.suite.refresh(grant.credentials, grant.identity.tenant)


async def a_code_that_was_used(world: World) -> None:
    request = world.request(world.suite.sign_in_scopes)
    answer = await world.visit(world.organiser, request)
    await world.suite.redeem(answer["code"], request)
    await world.suite.redeem(answer["code"], request)


async def a_cancelled_event(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    made = await mailbox.create(meeting(world), uuid4())
    await mailbox.cancel(made.mailbox_id)
    await mailbox.event(made.mailbox_id)


async def a_directory_without_the_right(world: World) -> None:
    directory = await world.forbidden_directory()
    _ = [page async for page in directory.pages()]


async def an_event_that_keeps_changing(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    made = await mailbox.create(meeting(world), uuid4())
    await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT, times=None)
    await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))


async def a_command_with_other_content(world: World) -> None:
    mailbox, command = await world.mailbox(world.organiser), uuid4()
    await mailbox.create(meeting(world), command)
    await mailbox.create(meeting(world, at=some_monday() + DAY), command)


async def an_attendee_who_cancels(world: World) -> None:
    mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
    copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)
    await theirs.cancel(copy.mailbox_id)


async def an_organiser_who_answers(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    made = await mailbox.create(meeting(world), uuid4())
    await mailbox.respond(made.mailbox_id, Response.ACCEPTED)


ALIKE: dict[type[SuiteError], Provocation] = {
    SuiteUnavailable: a_suite_that_is_down,
    SuiteThrottled: a_suite_that_is_overrun,
    ReconnectRequired: a_dead_grant,
    FlowExpired: a_code_that_was_used,
    NotFound: a_cancelled_event,
    MissingScope: a_directory_without_the_right,
    ChangedMeanwhile: an_event_that_keeps_changing,
    DuplicateCommand: a_command_with_other_content,
    NotOrganiser: an_attendee_who_cancels,
    InvalidRequest: an_organiser_who_answers,
}


def test_every_class_of_the_tree_is_looked_at() -> None:
    defined = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SuiteError)}

    assert {kind for kind in defined if not kinds_of(kind)} == set(RAISED)


async def test_each_error_is_raised_in_one_way_at_every_suite(world: World) -> None:
    named = [*ALIKE, *world.provocations]

    assert sorted(kind.__name__ for kind in named) == [kind.__name__ for kind in RAISED]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_the_suite_raises_it_with_the_suites_own_code_and_none_of_its_prose(
    world: World, kind: type[SuiteError]
) -> None:
    provoke = ALIKE.get(kind) or world.provocations[kind]

    with pytest.raises(SuiteError) as raised:
        await provoke(world)

    assert type(raised.value) is kind
    assert raised.value.provider_code
    assert " " not in str(raised.value)
