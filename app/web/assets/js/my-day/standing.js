// Whether rooms can be asked for at all, by what the server goes by: every act on a booking is a call to the viewer's
// own calendar, so without one that works each of them could only be refused.

/** What has to be read for it, beside whatever depends on it. */
export const STANDING = `fragment StandingParts on Query { viewer { connection { status } } integration { status } }`;

/** What has to come first; why, and the way out, stand in the agenda's place. */
const UNTIL_THEN = {
  SWITCHED_OFF: "Once calendars are switched on, you can change here what you booked.",
  NOT_CONNECTED: "Connect your calendar to change here what you booked.",
  RECONNECT_REQUIRED: "Once your calendar is connected again, you can change here what you booked.",
  BLOCKED: "Once your calendar can be read again, you can change here what you booked.",
};

/** Null where rooms can be asked for; else what has to come first, in words. */
export function untilThen({ viewer: { connection }, integration }) {
  // Administrators are connected before calendars are switched on for anybody.
  if (integration.status !== "ENABLED") return UNTIL_THEN.SWITCHED_OFF;
  if (connection.status === "CONNECTED") return null;
  return UNTIL_THEN[connection.status] ?? UNTIL_THEN.SWITCHED_OFF;
}
