// What can be done with a booking: another room, another time, or none.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { fresh, h } from "../dom.js";
import { choice, form } from "../dialog.js";
import { Region, problemNote, problemNotes } from "../region.js";
import { attempt, say } from "../say.js";
import { ZONE, localOf } from "../time.js";
import { scopePicker } from "./scope.js";
import { timing } from "./timing.js";
import { aboutRoom } from "./words.js";

const SUGGESTIONS = `query RoomSuggestions($bookingId: ID!, $occurrence: ID) {
  roomSuggestions(bookingId: $bookingId, occurrence: $occurrence) {
    __typename
    ... on RoomSuggestions {
      dates reminder
      problems { ...ProblemParts }
      rooms(first: 20) { nodes { freeDates room { id name building floor capacity } } }
    }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const REPLACE = `mutation ReplaceRoom($input: ReplaceRoomInput!) {
  replaceRoom(input: $input) { __typename ... on RoomReplaced { booking { id } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const MOVE = `mutation RescheduleBooking($input: RescheduleBookingInput!) {
  rescheduleBooking(input: $input) {
    __typename ... on BookingRescheduled { booking { id } } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const CANCEL = `mutation CancelBooking($input: CancelBookingInput!) {
  cancelBooking(input: $input) {
    __typename ... on BookingCancelled { booking { id } } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

// A dialog that first has to read what to ask says so where that fails.
const scopeOf = (booking, changed) => attempt(() => scopePicker(booking, changed));

/** Asks for a room instead; true where one was asked. */
export async function replaceRoom(booking) {
  const name = fresh("suggestion");
  const element = h("div", { class: "room-list" });
  const key = idempotencyKey();
  let region = null;
  const scope = await scopeOf(booking, () => region.refresh());
  if (!scope) return null;
  region = new Region(element, read, show);

  async function read() {
    const { occurrenceId = null } = scope.value();
    return (await ask(SUGGESTIONS, { bookingId: booking.id, occurrence: occurrenceId })).roomSuggestions;
  }

  function show(found) {
    if (isProblem(found)) return problemNote(found);
    const { nodes } = found.rooms;
    if (!nodes.length) return [...problemNotes(found.problems), h("p", { text: "No other room is free at this time. Move the event, or cancel the room." })];
    return [
      h("p", { class: "small soft", text: found.reminder }),
      ...problemNotes(found.problems),
      h("div", { class: "lines" }, nodes.map(({ room, freeDates }) => {
        const free = found.dates > 1 ? ` · free on ${freeDates} of ${found.dates} dates` : "";
        return choice(room.name, { type: "radio", name, value: room.id, id: `${name}-${room.id}` }, aboutRoom(room) + free);
      })),
    ];
  }

  region.refresh();
  return form({
    title: `Another room instead of ${booking.room.name}`,
    contents: [scope.element, h("fieldset", {}, h("legend", { text: "Free rooms" }), element)],
    action: "Ask this room",
    submit: async (body, wrong) => {
      const chosen = body.querySelector(`input[name="${name}"]:checked`);
      if (!chosen) return void wrong("Choose a room.", body.querySelector(`input[name="${name}"]`));
      const input = { bookingId: booking.id, roomId: chosen.value, ...scope.value(), idempotencyKey: keyFor(key, chosen.value, scope.value()) };
      const { replaceRoom: result } = await ask(REPLACE, { input });
      if (isProblem(result)) return void wrong(words(result));
      say(`${body.querySelector(`label[for="${chosen.id}"]`).textContent} is asked. You hear of its answer here.`, "good", null, booking.id);
      return true;
    },
  });
}

// Another room, or another date, is another request; the same one again is not.
const keys = new Map();
function keyFor(dialog, roomId, scope) {
  const request = JSON.stringify([dialog, roomId, scope]);
  if (!keys.has(request)) keys.set(request, idempotencyKey());
  return keys.get(request);
}

/** Asks for another time; true where the event was moved. */
export async function moveBooking(booking) {
  const scope = await scopeOf(booking, () => {});
  if (!scope) return null;
  const date = scope.date();
  const start = date?.start ?? booking.event?.start.dateTime ?? new Date().toISOString();
  const end = date?.end ?? booking.event?.end.dateTime ?? start;
  const when = timing(localOf(start), localOf(end));
  return form({
    title: `Move “${subjectOf(booking)}”`,
    contents: [
      h("p", { class: "small soft", text: "Everybody who is invited is told by your calendar. The room is asked again." }),
      scope.element,
      when.element,
    ],
    action: "Move",
    submit: async (_, wrong) => {
      const input = { bookingId: booking.id, ...when.value(), timeZone: ZONE, ...scope.value() };
      const { rescheduleBooking: result } = await ask(MOVE, { input });
      if (isProblem(result)) return void wrong(words(result));
      say(`“${subjectOf(booking)}” is moved. ${booking.room.name} is asked again.`, "good", null, booking.id);
      return true;
    },
  });
}

/** Asks whether to give the room back; true where it was. */
export async function cancelBooking(booking) {
  const scope = await scopeOf(booking, () => {});
  if (!scope) return null;
  return form({
    title: `Cancel ${booking.room.name}?`,
    contents: [
      h("p", { text: `It is given back for “${subjectOf(booking)}”.` }),
      scope.element,
      choice("Cancel the event as well", { name: "event" }, "It is then off for everybody who is invited."),
    ],
    action: "Cancel the room",
    kind: "danger",
    cancel: "Keep it",
    submit: async (body, wrong) => {
      const isWhole = body.elements.event.checked;
      const input = { bookingId: booking.id, ...scope.value(), cancelEvent: isWhole };
      const { cancelBooking: result } = await ask(CANCEL, { input });
      if (isProblem(result)) return void wrong(words(result));
      say(isWhole ? `“${subjectOf(booking)}” is cancelled.` : `${booking.room.name} is given back.`);
      return true;
    },
  });
}

/** What the booking is for, as it stands within a sentence. */
export function subjectOf({ event }) {
  if (!event) return "an event that is not shown just now";
  return event.subject || "an event without a subject";
}
