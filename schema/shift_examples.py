"""Ready queries for shifts: reading them, booking a pattern, changing and cancelling."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from app.graphql.options import ReadyQuery

_FILL_IN = "…"

_PROBLEM = """... on Problem {
      code
      message
      remedy
    }"""

_SHIFT = """id
        kind
        date
        slot
        building {
          name
        }
        area {
          name
        }"""

_SHIFTS = """# Who works where, as far as the viewer may see it. With memberId or buildingId, fewer.
query Shifts($from: Date!, $to: Date!) {
  shifts(from: $from, to: $to) {
    totalCount
    nodes {
      id
      kind
      date
      slot
      timeZone
      member {
        name
      }
      building {
        name
      }
      floor {
        name
      }
      area {
        name
      }
    }
  }
}
"""

_BOOK = f"""# Two remote days a week. At an office: kind AT_OFFICE, and a place by its buildingId, floorId or areaId.
mutation BookShift($input: BookShiftInput!) {{
  bookShift(input: $input) {{
    ... on ShiftsBooked {{
      shifts {{
        {_SHIFT}
      }}
      problems {{
        code
        message
      }}
    }}
    ... on CapacityReached {{
      fullDays {{
        date
        level
        name
        alternatives {{
          slot
          left
          building {{
            name
          }}
          floor {{
            name
          }}
          area {{
            name
          }}
        }}
      }}
    }}
    ... on ShiftsOverlap {{
      shifts {{
        id
        date
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_CHANGE = f"""# What is left out stays. THIS_AND_FOLLOWING reaches later shifts of the same booking.
mutation ChangeShift($input: ChangeShiftInput!) {{
  changeShift(input: $input) {{
    ... on ShiftsChanged {{
      shifts {{
        {_SHIFT}
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_CANCEL = f"""# Frees the place at once.
mutation CancelShift($input: CancelShiftInput!) {{
  cancelShift(input: $input) {{
    ... on ShiftsCancelled {{
      shifts {{
        id
        date
        isCancelled
      }}
    }}
    {_PROBLEM}
  }}
}}
"""


def for_members(today: date) -> tuple[ReadyQuery, ...]:
    """In the order of a member's own week."""
    fortnight = {"from": today.isoformat(), "to": (today + timedelta(days=13)).isoformat()}
    pattern = {
        "from": (today + timedelta(days=1)).isoformat(),
        "until": (today + timedelta(days=28)).isoformat(),
        "weekdays": ["TUESDAY", "THURSDAY"],
    }
    remote = {
        "kind": "REMOTE",
        "days": {"weekly": pattern},
        "skipsUnavailable": True,
        "idempotencyKey": f"remote-from-{today.isoformat()}",
    }
    changed = {"shiftId": _FILL_IN, "slot": {"kind": "MORNING"}, "scope": "THIS"}
    return (
        ReadyQuery("Shifts", _SHIFTS, _json(fortnight)),
        ReadyQuery("Book shifts", _BOOK, _json({"input": remote})),
        ReadyQuery("Change a shift", _CHANGE, _json({"input": changed})),
        ReadyQuery("Cancel a shift", _CANCEL, _json({"input": {"shiftId": _FILL_IN, "scope": "THIS"}})),
    )


def _json(variables: Mapping[str, object]) -> str:
    return json.dumps(variables, indent=2, ensure_ascii=False)
