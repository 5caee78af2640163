"""Ready queries for what members say on events."""

import json

from app.graphql.options import ReadyQuery

_ATTENDANCE = """# Put an event's id from your agenda into the variables; null in the place of IN_PERSON takes it back.
mutation SetAttendance($input: SetAttendanceInput!) {
  setAttendance(input: $input) {
    ... on AttendanceSet {
      event {
        subject
        attendance {
          kind
          member {
            name
          }
        }
      }
    }
    ... on Problem {
      code
      message
      remedy
      whoActs
    }
  }
}
"""

_NOTE = """# For colleagues whose own calendar shows them the event. No text takes the note back.
mutation SetEventNote($input: SetEventNoteInput!) {
  setEventNote(input: $input) {
    ... on EventNoteSet {
      event {
        subject
        notes {
          text
          author {
            name
          }
        }
      }
    }
    ... on Problem {
      code
      message
      remedy
      whoActs
    }
  }
}
"""


def _input(**values: str) -> str:
    return json.dumps({"input": {"eventId": "…"} | values}, indent=2, ensure_ascii=False)


FOR_MEMBERS = (
    ReadyQuery("How I attend", _ATTENDANCE, _input(kind="IN_PERSON")),
    ReadyQuery("Note on an event", _NOTE, _input(text="I bring the charts.")),
)
