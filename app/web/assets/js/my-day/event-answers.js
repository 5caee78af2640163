// What the viewer says to an event: their answer, how they attend, and a note for colleagues.

import { PROBLEM, ask, isProblem, words } from "../api.js";
import { busy, button, fresh, h } from "../dom.js";
import { labelled, select } from "../dialog.js";

const RESPOND = `mutation RespondToEvent($input: RespondToEventInput!) {
  respondToEvent(input: $input) { __typename ... on EventResponded { event { id } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const ATTEND = `mutation SetAttendance($input: SetAttendanceInput!) {
  setAttendance(input: $input) { __typename ... on AttendanceSet { event { id } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const NOTE = `mutation SetEventNote($input: SetEventNoteInput!) {
  setEventNote(input: $input) { __typename ... on EventNoteSet { event { id } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const ANSWERS = [
  ["ACCEPT", "Accept", "ACCEPTED"],
  ["TENTATIVE", "Perhaps", "TENTATIVELY_ACCEPTED"],
  ["DECLINE", "Decline", "DECLINED"],
];
const ATTENDANCES = [["IN_PERSON", "In person"], ["REMOTE", "Remote"]];

// Beside the buttons, because a dialog covers what the page says elsewhere.
const outcome = () => h("p", { class: "small soft", role: "status" });

async function settle(status, work, done) {
  try {
    const result = await work();
    if (isProblem(result)) {
      status.textContent = words(result);
      return;
    }
    await done();
  } catch (error) {
    status.textContent = error.message;
  }
}

function pressed(text, isPressed, id, onclick) {
  return button(text, onclick, { kind: "quiet tight", "aria-pressed": String(isPressed), id });
}

/** Accept, perhaps, decline; of a series' date also for all of it. */
export function answering(event, done) {
  const name = fresh("answering");
  const status = outcome();
  const isDate = event.kind === "OCCURRENCE" || event.kind === "EXCEPTION";
  const scope = isDate ? select([["OCCURRENCE", "This date only"], ["SERIES", "All dates"]], "OCCURRENCE") : null;
  const answer = (response) => ({ currentTarget }) =>
    busy(currentTarget, () => {
      const input = { eventId: event.id, response, scope: scope?.value ?? null };
      return settle(status, async () => (await ask(RESPOND, { input })).respondToEvent, done);
    });
  return h(
    "div",
    { class: "stack tight-stack" },
    h("h3", { id: name, text: "Your answer" }),
    scope ? labelled("Answers", scope) : null,
    h(
      "div",
      { class: "row", role: "group", "aria-labelledby": name },
      ANSWERS.map(([response, text, means]) => pressed(text, event.response === means, `answer-${response}`, answer(response))),
    ),
    status,
  );
}

/** In person or remote; pressed once more it is taken back. */
export function attending(event, memberId, done) {
  const name = fresh("attending");
  const status = outcome();
  const mine = event.attendance.find(({ member }) => member.id === memberId)?.kind ?? null;
  const set = (kind) => ({ currentTarget }) =>
    busy(currentTarget, () => {
      const input = { eventId: event.id, kind: mine === kind ? null : kind };
      return settle(status, async () => (await ask(ATTEND, { input })).setAttendance, done);
    });
  return h(
    "div",
    { class: "stack tight-stack" },
    h("h3", { id: name, text: "How you attend" }),
    h(
      "div",
      { class: "row", role: "group", "aria-labelledby": name },
      ATTENDANCES.map(([kind, text]) => pressed(text, mine === kind, `attend-${kind}`, set(kind))),
    ),
    status,
  );
}

/** Colleagues' notes, and the viewer's own. */
export function noting(event) {
  const status = outcome();
  const field = h("textarea", { rows: 2, maxlength: 1000, id: "event-note" });
  field.value = event.note?.text ?? "";
  const others = event.notes.filter(({ text }) => text !== event.note?.text);
  const save = ({ currentTarget }) =>
    busy(currentTarget, () => {
      const input = { eventId: event.id, text: field.value.trim() || null };
      return settle(status, async () => (await ask(NOTE, { input })).setEventNote, () => {
        status.textContent = "Saved.";
      });
    });
  return h(
    "div",
    { class: "stack tight-stack" },
    others.map(({ author, text }) => h("p", { class: "note small" }, h("strong", { text: `${author.name}: ` }), text)),
    labelled("Your note", field, "Only colleagues who have this event in their own calendar see it."),
    h("div", { class: "row" }, button("Save the note", save, { kind: "quiet tight", id: "save-note" })),
    status,
  );
}
