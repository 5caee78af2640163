"""Which parts of an agenda a document asks for, so that neither the suite nor the database is asked for more.

A field under `@skip` or `@include` counts as asked for, and so does one in a fragment whatever the fragment's type is:
reading too much is only slower.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, GraphQLError, GraphQLObjectType
from graphql.execution.values import get_argument_values

from app.agenda.pages import AgendaPage
from app.agenda.parts import EVERYTHING, AgendaPart, AgendaParts
from app.errors import InvalidInput
from schema.context import Info
from schema.paging import page_request

AGENDA_EVENTS = "Agenda.events"
"""The list that an agenda's cursors belong to."""

Fragments = Mapping[str, FragmentDefinitionNode]

_NONE: AgendaParts = frozenset()
_PEOPLE = frozenset({AgendaPart.ATTENDEES, AgendaPart.MEMBERS, AgendaPart.WHEREABOUTS})
_OWN_DATA = frozenset({AgendaPart.OWN_DATA})

PARTS_OF_EVENT: Mapping[str, AgendaParts] = {
    **dict.fromkeys(
        (
            *("__typename", "id", "subject", "start", "end", "isAllDay", "kind", "seriesId", "originalStart"),
            *("status", "sensitivity", "showAs", "organiser", "isOrganiser"),
        ),
        _NONE,
    ),
    "attendees": frozenset({AgendaPart.ATTENDEES}),
    "attendeeSummary": _PEOPLE | {AgendaPart.ROOMS},
    "organiserLocation": frozenset({AgendaPart.WHEREABOUTS}),
    "response": frozenset({AgendaPart.RESPONSE}),
    "location": frozenset({AgendaPart.LOCATION}),
    "rooms": frozenset({AgendaPart.ROOMS}),
    "onlineMeetingUrl": frozenset({AgendaPart.ONLINE_MEETING}),
    "webUrl": frozenset({AgendaPart.WEB_URL}),
    "bodyPreview": frozenset({AgendaPart.BODY_PREVIEW}),
    "attendance": _OWN_DATA,
    "note": _OWN_DATA,
    "notes": _OWN_DATA,
}
"""What each field of an event needs beside what is always there. A field that is not listed needs everything."""

PARTS_OF_ATTENDEE: Mapping[str, AgendaParts] = {
    **dict.fromkeys(("__typename", "person", "kind", "response"), _NONE),
    "isExternal": frozenset({AgendaPart.MEMBERS}),
    "member": frozenset({AgendaPart.MEMBERS}),
    "location": frozenset({AgendaPart.WHEREABOUTS}),
}
"""The same for each field of an attendee."""


def parts_of_agenda(info: Info) -> AgendaParts:
    """What a field that answers with an `Agenda` is asked for."""
    raw = info._raw_info
    return _of_events(_nodes(_below(raw.field_nodes, raw.fragments, "events"), raw.fragments), raw.fragments)


def page_of_agenda(info: Info) -> AgendaPage | None:
    """The only page that is shown of an `Agenda`; None where several are, or none, or its arguments are refused.

    What is wrong with them is for the field itself to say.
    """
    raw = info._raw_info
    shown = _below(raw.field_nodes, raw.fragments, "events")
    agenda = cast("GraphQLObjectType", raw.schema.get_type("Agenda"))
    try:
        asked = [get_argument_values(agenda.fields["events"], node, raw.variable_values) for node in shown]
        if not asked or any(arguments != asked[0] for arguments in asked):
            return None
        request = page_request(info, AGENDA_EVENTS, asked[0]["first"], asked[0]["after"])
        return AgendaPage(request, counts=bool(_below(shown, raw.fragments, "totalCount")))
    except (GraphQLError, InvalidInput):
        return None


def parts_of_event(info: Info) -> AgendaParts:
    """What a field that answers with an `Event` is asked for."""
    raw = info._raw_info
    return _of_events(raw.field_nodes, raw.fragments)


def parts_of_event_below(info: Info) -> AgendaParts:
    """What the `event` of whatever a field answers with is asked for."""
    raw = info._raw_info
    return _of_events(_below(raw.field_nodes, raw.fragments, "event"), raw.fragments)


def _of_events(events: Iterable[FieldNode], fragments: Fragments) -> AgendaParts:
    parts: set[AgendaPart] = set()
    for field in _below(events, fragments):
        parts |= PARTS_OF_EVENT.get(field.name.value, EVERYTHING)
        if field.name.value == "attendees":
            for detail in _below(_nodes([field], fragments), fragments):
                parts |= PARTS_OF_ATTENDEE.get(detail.name.value, EVERYTHING)
    return frozenset(parts)


def _nodes(connections: Iterable[FieldNode], fragments: Fragments) -> list[FieldNode]:
    """Where the items of these connections are selected."""
    connections = list(connections)
    edges = _below(connections, fragments, "edges")
    return [*_below(connections, fragments, "nodes"), *_below(edges, fragments, "node")]


def _below(fields: Iterable[FieldNode], fragments: Fragments, name: str | None = None) -> list[FieldNode]:
    """The fields that are selected in any of these, each once; those of the name, where one is given."""
    spread: set[str] = set()
    found = (below for field in fields for below in _selected(field, fragments, spread))
    return [below for below in found if name is None or below.name.value == name]


def _selected(node: Any, fragments: Fragments, spread: set[str]) -> Iterator[FieldNode]:
    """What is selected there, but for the fragments that were `spread` already."""
    for selection in node.selection_set.selections if node.selection_set else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif not isinstance(selection, FragmentSpreadNode):
            yield from _selected(selection, fragments, spread)
        elif (name := selection.name.value) not in spread:
            spread.add(name)
            yield from _selected(fragments[name], fragments, spread)
