"""What is asked, the same text of every server."""

from typing import Any

_AGENDA = """
query Agenda($first: Int!) {
  agenda(first: $first) {
    events {
      id subject
      start { dateTime timeZone }
      end { dateTime timeZone }
      isAllDay kind seriesId originalStart status sensitivity showAs
      organiser { name email }
      isOrganiser response location onlineMeetingUrl webUrl bodyPreview
      attendees {
        person { name email }
        kind response isExternal
        member { id name }
        LOCATION { kind building floor }
      }
    }
  }
}
"""

Asked = dict[str, Any]
"""The parameters of a GraphQL request."""

AGENDA: Asked = {"query": _AGENDA.replace("LOCATION", "location: knownLocation"), "variables": {"first": 50}}
"""Everything is an attribute of something."""

AGENDA_LOADED: Asked = {"query": _AGENDA.replace("LOCATION", "location"), "variables": {"first": 50}}
"""Each attendee's location goes through a batch loader."""

SMALL: Asked = {"query": "{ ping }"}

PONG = {"data": {"ping": "pong"}}
