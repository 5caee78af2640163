// Everything about one event: who attends from where, the viewer's answer, and what they tell their colleagues.

import { PROBLEM, all, ask, isProblem } from "../api.js";
import { badge, button, h } from "../dom.js";
import { form } from "../dialog.js";
import { Region, problemNote } from "../region.js";
import { dayInWords, dayOf } from "../time.js";
import { viewer } from "../viewer.js";
import { EVENT } from "./agenda.js";
import { addRooms } from "./booking.js";
import { answering, attending, noting } from "./event-answers.js";
import { joining, marks, rooms, safe, timeInWords } from "./event-line.js";
import { byPlace } from "./grouping.js";
import { buildings, namesOfBuildings, zoneOf } from "./places.js";
import { THEIR_RESPONSES, placeInWords } from "./words.js";

const DETAILS = `query EventDetails($id: ID!, $after: String) {
  event(id: $id) {
    __typename
    ... on Event {
      ...EventParts
      bodyPreview
      attendance { kind member { id name } }
      note { text }
      notes { text author { id name } }
      attendees(first: 100, after: $after) {
        nodes { person { name email } kind response isExternal member { id } location { kind building floor area } }
        pageInfo { hasNextPage endCursor }
      }
    }
    ... on Problem { ...ProblemParts }
  }
} ${EVENT} ${PROBLEM}`;

let shown = null;

/** What is shown is read again, where anything is. */
export const refreshDetails = () => shown?.refresh();

/** Shows an event's details; `changed()` is called whenever something of it was changed. */
export function showDetails(event, changed) {
  const element = h("div", {});
  let note = null; // made once, so that nothing half-written is lost while the rest is read again
  const region = new Region(element, read, draw);
  const again = () => {
    changed();
    return region.refresh();
  };

  async function read() {
    const [known, someone] = await Promise.all([buildings(), viewer()]);
    let found = null;
    const attendees = await all(async (after) => {
      const { event: page } = await ask(DETAILS, { id: event.id, after });
      found ??= page;
      return isProblem(page) ? { nodes: [], pageInfo: {} } : page.attendees;
    });
    return { found, attendees, known, someone };
  }

  function draw({ found, attendees, known, someone }) {
    if (isProblem(found)) return problemNote(found, button("Try again", () => region.refresh(), { kind: "quiet tight" }));
    note ??= noting(found);
    const isOff = found.status === "CANCELLED";
    return h(
      "div",
      { class: "stack" },
      about(found, known),
      found.isOrganiser && !isOff
        ? h("div", { class: "row" }, button("Add a room", async () => (await addRooms(found)) && again(), { kind: "quiet tight", id: "add-room" }))
        : null,
      found.isOrganiser || isOff ? null : answering(found, again),
      isOff ? null : attending(found, someone.member.id, again),
      people(found, attendees, known),
      note,
    );
  }

  region.refresh();
  shown = region;
  return form({
    title: event.subject || "Without a subject",
    contents: element,
    action: null,
    cancel: "Close",
    submit: async () => undefined,
  }).finally(() => (shown = null));
}

function about(event, known) {
  const day = event.isAllDay ? event.start.date : dayOf(event.start.dateTime);
  const link = safe(event.webUrl);
  return h(
    "div",
    { class: "event-about" },
    h("div", { class: "row apart" }, h("p", { text: `${dayInWords(day)}, ${timeInWords(event, zoneOf(event, known)).replace("All", "all")}` }), h("span", { class: "row" }, marks(event))),
    event.organiser && !event.isOrganiser ? h("p", { class: "small soft", text: `Organised by ${event.organiser.name}` }) : null,
    event.location && !event.rooms.length ? h("p", { class: "small soft", text: event.location }) : null,
    rooms(event),
    h(
      "div",
      { class: "row" },
      event.onlineMeetingUrl ? joining(event) : null,
      link ? h("a", { class: "small", href: link, target: "_blank", rel: "noopener noreferrer", text: "Open in your calendar" }) : null,
    ),
    event.bodyPreview ? h("p", { class: "small soft preview", text: event.bodyPreview }) : null,
  );
}

function people(event, attendees, known) {
  const names = namesOfBuildings(event, known);
  const { here, elsewhere, unknown } = byPlace(attendees, names);
  const attends = new Map(event.attendance.map(({ member, kind }) => [member.id, kind]));
  return h(
    "div",
    { class: "stack" },
    group(names.length ? `At ${names.at(-1)}` : "At the office of the meeting", here, attends),
    group("Elsewhere", elsewhere, attends),
    group("Not known where", unknown, attends),
  );
}

function group(title, attendees, attends) {
  if (!attendees.length) return null;
  return h("div", {}, h("h3", { text: `${title} (${attendees.length})` }), h("ul", { class: "plain-list people" }, attendees.map((each) => person(each, attends))));
}

const ATTENDS = { IN_PERSON: "comes in person", REMOTE: "joins remotely" };

function person({ person: who, kind, response, isExternal, member, location }, attends) {
  const said = [
    location.kind === "UNKNOWN" ? null : placeInWords(location),
    member ? ATTENDS[attends.get(member.id)] : null,
    kind === "OPTIONAL" ? "optional" : null,
    isExternal ? "from outside" : null,
  ].filter(Boolean);
  return h(
    "li",
    { class: "row apart" },
    h("span", {}, h("span", { text: who.name || who.email }), said.length ? h("span", { class: "small soft", text: ` · ${said.join(", ")}` }) : null),
    badge(...THEIR_RESPONSES[response]),
  );
}
