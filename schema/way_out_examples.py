"""Ready queries for when a room says no: free ones in its place, and the change itself."""

SUGGESTIONS = """# Free rooms in the place of one that said no. Put a booking's id into the variables.
query RoomSuggestions($bookingId: ID!) {
  roomSuggestions(bookingId: $bookingId) {
    __typename
    ... on RoomSuggestions {
      reminder
      dates
      rooms(first: 10) {
        nodes {
          freeDates
          room {
            id
            name
            building
            capacity
          }
        }
      }
      problems {
        code
        message
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

REPLACE = """# Ask another room instead. Put the booking's and the room's ids into the variables.
mutation ReplaceRoom($input: ReplaceRoomInput!) {
  replaceRoom(input: $input) {
    __typename
    ... on RoomReplaced {
      booking {
        id
        state
        room {
          name
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

RESCHEDULE = """# Move what a room is booked for. Put a booking's id into the variables.
mutation RescheduleBooking($input: RescheduleBookingInput!) {
  rescheduleBooking(input: $input) {
    __typename
    ... on BookingRescheduled {
      booking {
        id
        state
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
