"""Room bookings: a request to a room, pending until the room answers."""
