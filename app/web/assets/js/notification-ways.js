// Where a notification leads: to what it is about, by an ordinary link; nowhere once that is gone.

import { dayInWords, today } from "./time.js";

/** What a notification is about. */
export const SUBJECT = `fragment NotificationSubject on Notification {
  booking { id state closedAt room { name } }
  shifts { date isCancelled }
}`;
/** What else decides whether there is still something to be settled. */
export const STANDING = `fragment NotificationStanding on Query { viewer { role connection { status } } integration { health } }`;

const OPEN = ["PENDING", "ACCEPTED", "REJECTED"];

/** `{ href, text }`, or null. `standing` is null of what has come this moment. */
export function wayOf({ kind, booking, shifts }, standing) {
  switch (kind) {
    case "ROOM_REJECTED":
    case "ROOM_REPLACED":
    case "ROOM_NOT_ANSWERING":
      return booking && !booking.closedAt && OPEN.includes(booking.state) ? toBooking(booking, `See ${booking.room.name} in My day`) : null;
    case "ROOM_REMOVED":
      // The booking is closed; the event, which still needs a room, is there.
      return booking ? toBooking(booking, "See the event in My day") : null;
    case "SHIFTS_BOOKED":
    case "SHIFTS_CHANGED":
      return toDay(nextOf(shifts.filter(({ isCancelled }) => !isCancelled)) ?? null);
    case "SHIFTS_CANCELLED":
      // The shifts are gone; another one can be booked on a day that is not over.
      return toDay(shifts.map(({ date }) => date).find((date) => date >= today()) ?? null);
    case "RECONNECT_REQUIRED":
      return !standing || standing.viewer.connection.status === "RECONNECT_REQUIRED" ? { href: "/profile", text: "Connect it in Profile" } : null;
    case "INTEGRATION_UNHEALTHY":
      return !standing || isUnwell(standing) ? { href: "/settings/integrations", text: "See what to settle in Integrations" } : null;
    default:
      return null;
  }
}

const toBooking = ({ id }, text) => ({ href: `/?booking=${encodeURIComponent(id)}`, text });
const toDay = (day) => (day ? { href: `/?day=${day}`, text: `See ${dayInWords(day)} in My day` } : null);
const nextOf = (shifts) => (shifts.find(({ date }) => date >= today()) ?? shifts.at(-1))?.date;
// Null where it is not enabled, and for whoever is no administrator any more.
const isUnwell = ({ integration: { health } }) => health !== null && health !== "HEALTHY";
