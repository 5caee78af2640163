"""Ready queries for what goes between a member's shifts and their own calendar."""

import json
from datetime import date, timedelta

from app.graphql.options import ReadyQuery

_CHOOSE = """# Both are off at first. Switch showInCalendar off before you disconnect the calendar: what is in it stays.
mutation SetShiftPreferences($input: SetShiftPreferencesInput) {
  setShiftPreferences(input: $input) {
    ... on ShiftPreferencesSet {
      preferences {
        suggestFromCalendar
        showInCalendar
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

_SUGGESTED = """# Where you told your calendar suite that you work; bookShift takes a suggestion.
query SuggestedShifts($from: Date!, $to: Date!) {
  suggestedShifts(from: $from, to: $to) {
    ... on SuggestedShifts {
      suggestions {
        date
        kind
        building {
          id
          name
        }
        label
        slot
        start
        end
        timeZone
      }
      problems {
        code
        message
        remedy
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
    """The tabs, for the fortnight from this day on."""
    fortnight = {"from": today.isoformat(), "to": (today + timedelta(days=13)).isoformat()}
    choice = {"input": {"suggestFromCalendar": True, "showInCalendar": True}}
    return (
        ReadyQuery("Shifts and my calendar", _CHOOSE, json.dumps(choice, indent=2)),
        ReadyQuery("Suggested shifts", _SUGGESTED, json.dumps(fortnight, indent=2)),
    )
