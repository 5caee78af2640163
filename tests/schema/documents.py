"""Documents that several tests send."""

from datetime import timedelta

from tests.bookings.house import START

WINDOW = {"from": START.isoformat(), "to": (START + timedelta(days=7)).isoformat()}

AGENDA = """
query Agenda($from: DateTime!, $to: DateTime!, $first: Int! = 50, $after: String) {
  agenda(from: $from, to: $to) {
    __typename
    ... on Agenda {
      problems { code }
      events(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { cursor node { id subject } }
        nodes {
          id subject isAllDay kind status sensitivity showAs isOrganiser response location bodyPreview seriesId
          start { dateTime date timeZone } end { dateTime date timeZone }
          organiser { name email }
          attendeeSummary { atEventBuilding elsewhere unknown }
          attendees(first: 10) {
            totalCount
            nodes { person { name email } kind response isExternal member { id name } location { kind building } }
          }
          rooms { name email state reason bookingId room { id name building } }
          attendance { kind } note { text } notes { text }
          onlineMeetingUrl webUrl originalStart
        }
      }
    }
    ... on Problem { code message remedy whoActs retryable }
  }
}
"""

BOOKINGS = """query ($states: [BookingState!], $after: String) { bookings(states: $states, first: 1, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id state since createdAt lastCheckedAt closedAt room { name } event { subject } }
} }"""
