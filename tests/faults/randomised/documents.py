"""What clients ask."""

BOOK = """mutation ($input: BookRoomInput!) { bookRoom(input: $input) { __typename
  ... on RoomsBooked { bookings { id state room { email } } } ... on Problem { code message } } }"""
REPLACE = """mutation ($input: ReplaceRoomInput!) { replaceRoom(input: $input) { __typename
  ... on RoomReplaced { booking { id room { email } } } ... on Problem { code message } } }"""
RESCHEDULE = """mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input) { __typename
  ... on BookingRescheduled { booking { id } } ... on Problem { code message } } }"""
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on BookingCancelled { booking { id state } } ... on Problem { code message } } }"""
RESPOND = """mutation ($input: RespondToEventInput!) { respondToEvent(input: $input) { __typename
  ... on Problem { code message } } }"""
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { id subject } } problems { code } } ... on Problem { code message } } }"""
BOOK_SHIFT = """mutation ($input: BookShiftInput!) { bookShift(input: $input) { __typename
  ... on ShiftsBooked { shifts { id } } ... on Problem { code message } } }"""
CANCEL_SHIFT = """mutation ($input: CancelShiftInput!) { cancelShift(input: $input) { __typename
  ... on Problem { code message } } }"""
CONNECT = """mutation { connectCalendar { __typename
  ... on ConsentRequested { consentUrl } ... on Problem { code message } } }"""
DISCONNECT = "mutation { disconnectCalendar { __typename ... on Problem { code message } } }"
ACCESS = "{ viewer { __typename connection { status } } }"
LISTEN = """subscription ($since: DateTime) { pendingRooms(since: $since) { __typename
  ... on RoomBookingUpdate { snapshot at booking { id state reason room { email } } }
  ... on SubscriptionEnded { reason } } }"""
ROOM_IDS = "{ rooms(first: 100) { nodes { id email } } }"
UPDATE_ROOM = """mutation ($input: UpdateRoomInput!) { updateRoom(input: $input) { __typename
  ... on Problem { code message } } }"""
CREATE_BUILDING = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { __typename
  ... on BuildingCreated { building { id } } ... on Problem { code message } } }"""
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename
  ... on Problem { code message } } }"""
SETTLE = """mutation ($input: SetNotificationSettingsInput) { setNotificationSettings(input: $input) { __typename
  ... on Problem { code message } } }"""
CREATE_TOKEN = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { __typename
  ... on AccessTokenCreated { accessToken { id } } ... on Problem { code message } } }"""
SYNC_ROOMS = "mutation { syncRooms { __typename ... on Problem { code message } } }"
PREVIEW = """{ disableIntegrationPreview { __typename
  ... on DisableIntegrationPreview { confirmation } ... on Problem { code message } } }"""
DISABLE = """mutation ($input: DisableIntegrationInput!) { disableIntegration(input: $input) { __typename
  ... on Problem { code message } } }"""
TEST = """mutation { runTestFlow { __typename
  ... on TestFlowRun { report { passed } } ... on Problem { code message } } }"""
ENABLE = "mutation { enableForAllUsers { __typename ... on Problem { code message } } }"
STATUS = "{ integration { __typename status retainedUntil } }"
