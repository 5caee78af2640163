"""Ready queries: the tabs with which GraphiQL opens, one for each step of a journey."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.graphql.options import ReadyQuery
from schema import (
    building_examples,
    hearing_examples,
    location_examples,
    own_data_examples,
    people_examples,
    shift_examples,
    way_out_examples,
    working_location_examples,
)
from schema.scalars import serialise_date_time

_EDITOR_WIDTH = 56
"""Characters in a line of GraphiQL's editor, where a window is 1280 pixels wide."""
_FILL_IN = "…"
"""Stands where the reader puts an id from an earlier answer."""

_PROBLEM = """... on Problem {
      code
      message
      remedy
      whoActs
    }"""

_WELCOME = """# Who is asking, and how their calendar stands.
query Viewer {
  viewer {
    member {
      id
      name
      email
    }
    role
    organisation {
      name
    }
    connection {
      status
      reason
      email
    }
    unreadNotificationCount
  }
}
"""

_SUITES = """# What each suite is asked for and why, before anybody consents.
query CalendarSuites {
  calendarSuites {
    name
    isConfigured
    adminApprovalLink
    permissions {
      scope
      isDelegated
      purpose
      why
    }
    permissionChoices {
      variant
      leftOut
    }
  }
}
"""

_INTEGRATION = """# Where the organisation stands. Details are for subscription administrators.
query Integration {
  integration {
    status
    suite
    health
    issues {
      code
      message
      remedy
      whoActs
    }
    approvalWays {
      kind
      instructions
      url
    }
    figures {
      connectedMembers
      pairedRooms
      pendingBookings
    }
    roomSync {
      state
      roomsRead
    }
  }
}
"""

_START = f"""# Step 1 for administrators: open the consentUrl in a browser.
mutation StartIntegration {{
  startIntegration(input: {{ suite: MICROSOFT_365 }}) {{
    __typename
    ... on IntegrationStarted {{
      consentUrl
    }}
    {_PROBLEM}
  }}
}}
"""

_TEST = f"""# Step 2 for administrators: every check, and a preview that is kept nowhere.
mutation RunTestFlow {{
  runTestFlow {{
    __typename
    ... on TestFlowRun {{
      report {{
        passed
        checks {{
          name
          outcome
          note
          issue {{
            code
            message
            remedy
          }}
        }}
      }}
      preview {{
        subject
        start {{
          dateTime
          date
        }}
      }}
      previewSays
    }}
    {_PROBLEM}
  }}
}}
"""

_BEFORE_DISABLING = """# What disabling would do, in true numbers. Its confirmation goes into the next tab; it is
# stale as soon as a number changes.
query BeforeDisabling {
  disableIntegrationPreview {
    __typename
    ... on DisableIntegrationPreview {
      figures { connectedMembers pairedRooms pendingBookings }
      retainedUntil
      consequences
      remainsAtSuite
      confirmation
    }
    ... on Problem { code message remedy }
  }
}
"""

_DISABLE = """# Connections rest, rooms are unpaired, consents are kept for five days. Enabled again before
# that (run the test, then enable), everybody carries on.
mutation Disable($input: DisableIntegrationInput!) {
  disableIntegration(input: $input) {
    __typename
    ... on IntegrationDisabled { retainedUntil revocation remainsAtSuite integration { status } }
    ... on ConfirmationStale { message consequences confirmation }
    ... on Problem { code message remedy }
  }
}
"""

_RETAINED = """# Disabled integrations whose consents are still kept.
query Retained {
  retainedIntegrations { suite tenant status disabledAt retainedUntil figures { suspendedMembers } }
}
"""

_ENABLE = f"""# Step 3 for administrators: members can connect from now on.
mutation EnableForAllUsers {{
  enableForAllUsers {{
    __typename
    ... on IntegrationEnabled {{
      integration {{
        status
        enabledAt
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_CONNECT = f"""# For every member: open the consentUrl in a browser.
mutation ConnectCalendar {{
  connectCalendar {{
    __typename
    ... on ConsentRequested {{
      consentUrl
    }}
    {_PROBLEM}
  }}
}}
"""

_AGENDA = f"""# A window of the viewer's own calendar, at most 62 days.
query Agenda($from: DateTime!, $to: DateTime!) {{
  agenda(from: $from, to: $to) {{
    __typename
    ... on Agenda {{
      events(first: 50) {{
        nodes {{
          id
          subject
          start {{
            dateTime
            date
            timeZone
          }}
          attendeeSummary {{
            atEventBuilding
            elsewhere
            unknown
          }}
          attendees(first: 10) {{
            nodes {{
              person {{
                name
                email
              }}
              response
              location {{
                kind
              }}
            }}
          }}
          rooms {{
            name
            state
          }}
          onlineMeetingUrl
          response
        }}
      }}
      problems {{
        code
        message
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_ROOMS = """# The organisation's rooms; narrow them with a filter.
query Rooms {
  rooms(first: 20, filter: { minCapacity: 4 }) {
    totalCount
    nodes {
      id
      name
      building
      floor
      capacity
      equipment
      pairing
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
"""

_AVAILABLE = f"""# Rooms for a window, best fit first.
query AvailableRooms($from: DateTime!, $to: DateTime!) {{
  availableRooms(from: $from, to: $to, filter: {{ minCapacity: 4 }}) {{
    __typename
    ... on AvailableRooms {{
      reminder
      rooms(first: 10) {{
        nodes {{
          availability
          room {{
            id
            name
            building
            capacity
          }}
        }}
      }}
      problems {{
        code
        message
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_BOOK = f"""# Rooms for a new event. Put a room's id from the tabs before into the variables.
mutation BookRoom($input: BookRoomInput!) {{
  bookRoom(input: $input) {{
    __typename
    ... on RoomsBooked {{
      bookings {{
        id
        state
        reason
        room {{
          name
        }}
      }}
      event {{
        id
        webUrl
      }}
      problems {{
        code
        message
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_BOOKINGS = """# The viewer's own bookings, the newest first.
query Bookings {
  bookings(first: 20) {
    nodes {
      id
      state
      reason
      since
      lastCheckedAt
      room {
        name
      }
    }
  }
}
"""

_PENDING = """# Leave this running and book in another window, or in the console: every answer of a room arrives here.
subscription PendingRooms {
  pendingRooms {
    ... on RoomBookingUpdate {
      snapshot
      previousState
      at
      booking {
        id
        state
        reason
        room {
          name
        }
      }
    }
    ... on SubscriptionEnded {
      reason
    }
  }
}
"""

_CANCEL = f"""# Let a room go. Put the booking's id into the variables.
mutation CancelBooking($input: CancelBookingInput!) {{
  cancelBooking(input: $input) {{
    __typename
    ... on BookingCancelled {{
      booking {{
        id
        state
      }}
    }}
    {_PROBLEM}
  }}
}}
"""

_TOKEN = f"""# For scripts and front ends that cannot hold a cookie: the token is shown this once.
mutation CreateAccessToken($input: CreateAccessTokenInput!) {{
  createAccessToken(input: $input) {{
    __typename
    ... on AccessTokenCreated {{
      token
      accessToken {{
        id
        name
        expiresAt
      }}
    }}
    {_PROBLEM}
  }}
}}
"""


def ready_queries(now: datetime) -> tuple[ReadyQuery, ...]:
    """The tabs in their order, with windows that begin at `now` (an aware instant)."""
    week = {"from": _text(now), "to": _text(now + timedelta(days=7))}
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    slot = {"from": _text(start), "to": _text(start + timedelta(hours=1))}
    event = {
        "subject": "Planning",
        "start": slot["from"],
        "end": slot["to"],
        "timeZone": "Europe/Amsterdam",
        "attendees": [],
    }
    booking = {"roomIds": [_FILL_IN], "event": event, "idempotencyKey": "planning-1"}
    moved = {"bookingId": _FILL_IN, "start": slot["from"], "end": slot["to"], "timeZone": "Europe/Amsterdam"}
    token = {"name": "My script", "lifetimeDays": 30, "idempotencyKey": "my-script-1"}
    every = (
        ReadyQuery("Who am I", _WELCOME),
        ReadyQuery("My agenda", _AGENDA, _json(week)),
        ReadyQuery("Rooms", _ROOMS),
        *building_examples.FOR_MEMBERS,
        ReadyQuery("Free rooms", _AVAILABLE, _json(slot)),
        ReadyQuery("Book a room", _BOOK, _json({"input": booking})),
        ReadyQuery("My bookings", _BOOKINGS),
        ReadyQuery("Listen for answers", _PENDING),
        *hearing_examples.FOR_MEMBERS,
        ReadyQuery("A room instead", way_out_examples.SUGGESTIONS, _json({"bookingId": _FILL_IN})),
        ReadyQuery(
            "Replace a room", way_out_examples.REPLACE, _json({"input": {"bookingId": _FILL_IN, "roomId": _FILL_IN}})
        ),
        ReadyQuery("Move a booking", way_out_examples.RESCHEDULE, _json({"input": moved})),
        ReadyQuery("Cancel a booking", _CANCEL, _json({"input": {"bookingId": _FILL_IN}})),
        *own_data_examples.FOR_MEMBERS,
        *shift_examples.for_members(now.date()),
        *location_examples.for_members(now.date()),
        *working_location_examples.for_members(now.date()),
        ReadyQuery("Connect my calendar", _CONNECT),
        ReadyQuery("Find a colleague", people_examples.FIND, _json({"search": "an"})),
        ReadyQuery("What is kept about me", people_examples.MY_DATA),
        ReadyQuery("Link my other account", people_examples.LINK, _json({"input": {"suite": "GOOGLE_WORKSPACE"}})),
        ReadyQuery("Make an access token", _TOKEN, _json({"input": token})),
        ReadyQuery("Suites and permissions", _SUITES),
        ReadyQuery("Integration", _INTEGRATION),
        ReadyQuery("Admin 1: start", _START),
        ReadyQuery("Admin 2: test", _TEST),
        ReadyQuery("Admin 3: enable", _ENABLE),
        ReadyQuery("Admin 4: before disabling", _BEFORE_DISABLING),
        ReadyQuery("Admin 5: disable", _DISABLE, _json({"input": {"confirmation": _FILL_IN}})),
        ReadyQuery("Admin 6: what is retained", _RETAINED),
        *hearing_examples.FOR_ADMINISTRATORS,
        *people_examples.FOR_ADMINISTRATORS,
        *building_examples.FOR_ADMINISTRATORS,
        *location_examples.FOR_ADMINISTRATORS,
    )
    return tuple(replace(ready, query=_legible(ready.query)) for ready in every)


def _legible(document: str) -> str:
    """With its first words in lines that GraphiQL's editor shows whole."""
    words, end, rest = document.partition("\n")
    return "\n".join(textwrap.wrap(words, _EDITOR_WIDTH, subsequent_indent="# ")) + end + rest


def _text(moment: datetime) -> str:
    return serialise_date_time(moment.replace(microsecond=0))


def _json(variables: Mapping[str, object]) -> str:
    return json.dumps(variables, indent=2, ensure_ascii=False)
