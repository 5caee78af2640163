"""The hot paths: what clients ask all day, what suites post, and what a worker looks for."""

from datetime import timedelta

from benchmarks.growing.world import FIRST_DAY

PROBLEM = "... on Problem { code message }"
AGENDA = f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{ __typename
  ... on Agenda {{
    events(first: 50) {{ nodes {{
      id subject isAllDay kind status sensitivity showAs isOrganiser response location bodyPreview webUrl
      start {{ dateTime date timeZone }} end {{ dateTime date timeZone }} organiser {{ name email }}
      rooms {{ name email state }} attendeeSummary {{ atEventBuilding elsewhere unknown }}
      attendance {{ kind member {{ name email }} }}
      attendees(first: 50) {{ nodes {{
        person {{ name email }} kind response isExternal member {{ name email }} location {{ kind building floor area }}
      }} }}
    }} }}
    problems {{ code message }}
  }}
  {PROBLEM}
}} }}"""
AVAILABLE = f"""query ($from: DateTime!, $to: DateTime!) {{ availableRooms(from: $from, to: $to) {{ __typename
  ... on AvailableRooms {{
    rooms(first: 50) {{ nodes {{ availability room {{ id name building floor capacity equipment }} }} }}
    problems {{ code message }}
  }}
  {PROBLEM}
}} }}"""
ROOMS = "{ rooms(first: 50) { totalCount nodes { id name email building floor capacity equipment pairing } } }"
SHIFTS = """query ($from: Date!, $to: Date!) { shifts(from: $from, to: $to, first: 50) {
  totalCount nodes { id kind date start end member { name email } building { name } floor { name } }
} }"""
NOTIFICATIONS = "{ notifications(first: 50) { nodes { id kind createdAt readAt message room { name } } } }"
BOOK_ROOM = f"""mutation ($input: BookRoomInput!) {{ bookRoom(input: $input) {{ __typename
  ... on RoomsBooked {{ event {{ id subject }} bookings {{ id state room {{ name }} }} problems {{ code message }} }}
  {PROBLEM}
}} }}"""

WEEK = {"from": FIRST_DAY.isoformat(), "to": (FIRST_DAY + timedelta(days=7)).isoformat()}
"""As instants."""
DAYS = {"from": FIRST_DAY.date().isoformat(), "to": (FIRST_DAY + timedelta(days=7)).date().isoformat()}
"""As dates."""
AN_HOUR = {
    "from": (FIRST_DAY + timedelta(days=1, hours=9)).isoformat(),
    "to": (FIRST_DAY + timedelta(days=1, hours=10)).isoformat(),
}
