// The events of bookings. Each is a call to the suite, so only those that are shown are asked for.

import { ask } from "../api.js";

const PARTS = `event { id subject isAllDay start { dateTime date timeZone } end { dateTime date timeZone } }`;
const TOGETHER = 20;

/** What was read last, by the booking's id: shown on where the suite does not answer just now. */
const known = new Map();

/** Puts `event`, and `series` where it is one, into each booking. */
export async function addEvents(bookings) {
  const parts = [];
  for (let first = 0; first < bookings.length; first += TOGETHER) parts.push(bookings.slice(first, first + TOGETHER));
  await Promise.all(parts.map(read));
  for (const booking of bookings) Object.assign(booking, known.get(booking.id) ?? { event: null, series: null });
}

async function read(bookings) {
  const fields = bookings.map(
    ({ kind }, index) => `b${index}: node(id: $b${index}) { ... on RoomBooking { ${PARTS} ${kind === "SERIES" ? "series { summary }" : ""} } }`,
  );
  const declared = bookings.map((_, index) => `$b${index}: ID!`).join(", ");
  const variables = Object.fromEntries(bookings.map(({ id }, index) => [`b${index}`, id]));
  try {
    const data = await ask(`query BookedEvents(${declared}) { ${fields.join(" ")} }`, variables);
    bookings.forEach(({ id }, index) => known.set(id, { series: null, ...data[`b${index}`] }));
  } catch {
    // A booking without its event is better than none; the agenda says what is wrong with the calendar.
  }
}
