"""Ready queries for who sees where people work, and the days on which most of them are in."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

from app.graphql.options import ReadyQuery

_CHOOSE = """# EVERYONE, PEOPLE_I_MEET or NOBODY; null follows the organisation's default.
mutation SetLocationSharing($input: SetLocationSharingInput) {
  setLocationSharing(input: $input) {
    ... on LocationSharingSet {
      viewer {
        locationSharing
        chosenLocationSharing
      }
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""

_SETTINGS = """# What applies to everybody in the organisation.
query WorkplaceSettings {
  workplaceSettings {
    defaultLocationSharing
    widestLocationSharing
    shiftRetentionDays
  }
}
"""

_SETTLE = """# What is left out stays. A works council that forbids EVERYONE lowers widestLocationSharing.
mutation SetWorkplaceSettings($input: SetWorkplaceSettingsInput) {
  setWorkplaceSettings(input: $input) {
    ... on WorkplaceSettingsSet {
      settings {
        defaultLocationSharing
        widestLocationSharing
        shiftRetentionDays
      }
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""


_OFFICE_DAYS = """# When are those whom I meet at the office? With memberIds, other people: no calendar is needed then.
query OfficeDays($from: Date!, $to: Date!) {
  suggestOfficeDays(from: $from, to: $to) {
    ... on OfficeDays {
      people
      days {
        date
        building {
          name
        }
        members {
          name
        }
        isOpen
        hasRoom
        viewerShifts {
          kind
        }
      }
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""


def for_members(today: date) -> tuple[ReadyQuery, ...]:
    """What every member can ask; `today` is the day that the windows begin with."""
    two_weeks = {"from": today.isoformat(), "to": (today + timedelta(days=13)).isoformat()}
    return (
        ReadyQuery("Days at the office", _OFFICE_DAYS, _json(two_weeks)),
        ReadyQuery("Who sees where I work", _CHOOSE, _json({"input": {"sharing": "PEOPLE_I_MEET"}})),
        ReadyQuery("Workplace settings", _SETTINGS),
    )


FOR_ADMINISTRATORS = (
    ReadyQuery("Settle workplaces", _SETTLE, '{\n  "input": {\n    "shiftRetentionDays": 90\n  }\n}'),
)


def _json(variables: Mapping[str, object]) -> str:
    return json.dumps(variables, indent=2)
