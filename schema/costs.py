"""What fields cost where it is not the ordinary: calls to the suite, and lists whose length is known."""

from app.graphql.limits import Cost, Limits

_ONE_CALL = Cost(calls=1)

COSTS: dict[tuple[str, str], Cost] = {
    # One document, for which some twenty tables are read.
    ("Query", "myData"): Cost(size=20),
    ("Query", "agenda"): _ONE_CALL,
    ("Query", "event"): _ONE_CALL,
    ("Query", "availableRooms"): Cost(calls=5),
    ("Query", "suiteRooms"): _ONE_CALL,
    ("Query", "roomSuggestions"): Cost(calls=4),
    ("Query", "node"): _ONE_CALL,
    ("Query", "suggestOfficeDays"): _ONE_CALL,
    ("Query", "suggestedShifts"): _ONE_CALL,
    ("SuggestedShifts", "suggestions"): Cost(size=62),
    ("OfficeDays", "days"): Cost(size=20),
    ("Query", "calendarSuites"): Cost(size=2),
    ("CalendarSuite", "permissions"): Cost(size=8),
    ("CalendarSuite", "permissionChoices"): Cost(size=2),
    ("TestReport", "checks"): Cost(size=8),
    ("TestReport", "issues"): Cost(size=8),
    ("Integration", "issues"): Cost(size=8),
    ("AuditEntry", "details"): Cost(size=8),
    ("Integration", "approvalWays"): Cost(size=3),
    ("Building", "openingHours"): Cost(size=7),
    ("Building", "slots"): Cost(size=4),
    # The rooms of one answer are asked about together, in the suite's batches.
    ("Room", "schedule"): Cost(calls=3, batched=True),
    ("RoomBooking", "event"): _ONE_CALL,
    ("RoomBooking", "series"): Cost(calls=4),
    ("BookingOccurrence", "event"): _ONE_CALL,
    ("Mutation", "runTestFlow"): Cost(calls=8),
    ("Mutation", "createRoom"): _ONE_CALL,
    ("Mutation", "pairRoom"): _ONE_CALL,
    ("Mutation", "disconnectCalendar"): _ONE_CALL,
    ("Mutation", "bookRoom"): Cost(calls=3),
    ("Mutation", "cancelBooking"): Cost(calls=3),
    ("Mutation", "replaceRoom"): Cost(calls=3),
    ("Mutation", "rescheduleBooking"): Cost(calls=3),
    ("Mutation", "respondToEvent"): Cost(calls=3),
    ("Mutation", "setAttendance"): _ONE_CALL,
    ("Mutation", "setEventNote"): _ONE_CALL,
}
"""By type and field as the schema spells them. A test finds a field that asks the suite and is not in here."""

LIMITS = Limits(costs=COSTS, calls=100)
"""What one document may ask for: a whole page of bookings with their events, of which four are read at a time."""
