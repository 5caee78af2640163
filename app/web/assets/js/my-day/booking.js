// Booking rooms: for a new event, or for one that there is.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { fresh, h } from "../dom.js";
import { choice, form, labelled } from "../dialog.js";
import { say, sayProblem } from "../say.js";
import { ZONE, localOf, startOf, today } from "../time.js";
import { invitees } from "./invitees.js";
import { repeating } from "./repeating.js";
import { roomPicker } from "./room-picker.js";
import { timing, usualStart } from "./timing.js";

const BOOK = `mutation BookRoom($input: BookRoomInput!) {
  bookRoom(input: $input) {
    __typename
    ... on RoomsBooked { bookings { id state room { name } } problems { ...ProblemParts } }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

/**
 * Asks for everything about a new event and books its rooms: `{ day, bookings }`, or null where nothing was booked.
 * `asked` is what it begins with where that was said before, see `asked-room.js`.
 */
export async function bookNew(day, asked = null) {
  const start = asked?.start ?? usualStart(day < today() ? today() : day);
  const picker = { refresh: () => {} };
  const when = timing(start, localOf(new Date(start).getTime() + 3_600_000), () => picker.refresh());
  const repeats = repeating(() => when.day());
  const rooms = roomPicker(() => windowOf(when.value()), asked?.room ?? null);
  picker.refresh = rooms.refresh;
  const notes = asked?.notes.length ? h("div", { class: "note notice", id: fresh("notes") }, asked.notes.map((text) => h("p", { text }))) : null;
  // It has the focus at first: whoever listens hears with it what could not be taken over.
  const subject = h("input", { required: true, maxlength: 255, autocomplete: "off", "aria-describedby": notes?.id });
  const invited = invitees();
  const online = choice("Add an online meeting", { name: "online" });
  const send = sending();
  return form({
    title: "Book a room",
    contents: [
      notes,
      labelled("Subject", subject),
      when.element,
      rooms.element,
      invited.element,
      repeats.element,
      online,
    ],
    action: "Book",
    submit: async (body, wrong) => {
      const time = when.value();
      const strange = invited.strange();
      if (strange) return void wrong(`“${strange}” is not an email address.`, invited.input);
      if (!rooms.chosen().length) return void wrong("Choose a room.", rooms.first());
      const event = {
        subject: subject.value.trim(),
        ...time,
        timeZone: ZONE,
        attendees: invited.value(),
        onlineMeeting: body.elements.online.checked,
        recurrence: repeats.value(),
      };
      const booked = await send({ roomIds: rooms.chosen(), event }, wrong);
      return booked ? { day: when.day(), bookings: booked.bookings } : undefined;
    },
  });
}

/** Adds rooms to an event that the viewer organises; true where some were asked. */
export function addRooms(event) {
  const from = event.isAllDay ? startOf(event.start.date) : event.start.dateTime;
  const to = event.isAllDay ? startOf(event.end.date) : event.end.dateTime;
  const rooms = roomPicker(() => ({ from, to }));
  const send = sending();
  return form({
    title: `Add a room to “${event.subject}”`,
    contents: rooms.element,
    action: "Add",
    submit: async (_, wrong) => {
      if (!rooms.chosen().length) return void wrong("Choose a room.", rooms.first());
      return (await send({ roomIds: rooms.chosen(), eventId: event.id }, wrong)) ? true : undefined;
    },
  });
}

const windowOf = (time) => time && { from: time.start, to: time.end };

/**
 * What sends a dialog's booking. Its key stays until the server has answered, so that whoever tries again after a lost
 * answer books nothing twice; what was refused and then changed is another request.
 */
function sending() {
  let key = idempotencyKey();
  return async (input, wrong) => {
    const { bookRoom } = await ask(BOOK, { input: { ...input, idempotencyKey: key } });
    if (isProblem(bookRoom)) {
      if (!bookRoom.retryable) key = idempotencyKey();
      wrong(words(bookRoom));
      return null;
    }
    for (const { id, state, room } of bookRoom.bookings) say(...outcome(state, room), null, id);
    bookRoom.problems.forEach(sayProblem);
    return bookRoom;
  };
}

function outcome(state, { name }) {
  if (state === "ACCEPTED") return [`${name} has accepted.`, "good"];
  if (state === "REJECTED") return [`${name} has declined. Choose another room.`, "notice"];
  return [`${name} is asked. You hear of its answer here.`, "good"];
}
