// Booking a shift, changing it, and letting it go.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { button, h, replace } from "../dom.js";
import { choice, confirm, form, labelled, select } from "../dialog.js";
import { attempt, say } from "../say.js";
import { dayInWords, later, weekdayInWords } from "../time.js";
import { placeFields, placeIn, readPlaces } from "./shift-places.js";
import { KINDS, SLOTS, placeOf, timeOf, whereabouts } from "./shift-words.js";

const FULL = `fragment FullParts on CapacityReached {
  fullDays { date name alternatives { left building { id name } floor { id name } area { id name } } }
}`;
const BOOK = `mutation BookShift($input: BookShiftInput!) {
  bookShift(input: $input) {
    __typename ... on ShiftsBooked { shifts { id } problems { ...ProblemParts } }
    ...FullParts ... on Problem { ...ProblemParts }
  }
} ${FULL} ${PROBLEM}`;
const CHANGE = `mutation ChangeShift($input: ChangeShiftInput!) {
  changeShift(input: $input) {
    __typename ... on ShiftsChanged { shifts { id } } ...FullParts ... on Problem { ...ProblemParts }
  }
} ${FULL} ${PROBLEM}`;
const CANCEL = `mutation CancelShift($input: CancelShiftInput!) {
  cancelShift(input: $input) { __typename ... on ShiftsCancelled { shifts { id } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const WEEKDAYS = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
const weekdayOf = (day) => WEEKDAYS[new Date(`${day}T12:00:00Z`).getUTCDay()];

/** Whether something was booked for this day. `usual` is what is chosen at first: a shift, or parts of one. */
export async function bookShift(day, usual = null) {
  const places = await attempt(() => readPlaces(day, "WHOLE_DAY"));
  if (!places) return null;
  const key = idempotencyKey();
  const left = h("div", { class: "stack", "aria-live": "polite" });
  return form({
    title: dayInWords(day),
    contents: [fields(places, usual, day), repeating(day), left],
    action: "Book it",
    submit: async (body, wrong) => {
      const weekly = body.elements.repeats.value === "weekly";
      const days = weekly ? { weekly: { from: day, until: body.elements.until.value, weekdays: [weekdayOf(day)] } } : { dates: [day] };
      const input = { idempotencyKey: keyFor(key, body), days, ...read(body), skipsUnavailable: weekly };
      const answer = (await ask(BOOK, { input })).bookShift;
      if (refused(answer, body, left, wrong)) return undefined;
      for (const problem of answer.problems) say(words(problem), "notice");
      say(answer.shifts.length === 1 ? "Your shift is booked." : `${answer.shifts.length} shifts are booked.`);
      return true;
    },
  });
}

/** Whether this shift was changed or let go. */
export async function changeShift(shift) {
  const places = await attempt(() => readPlaces(shift.date, shift.slot));
  if (!places) return null;
  const left = h("div", { class: "stack", "aria-live": "polite" });
  let isLetGo = false;
  const letGo = button("Cancel this shift", async ({ target }) => {
    isLetGo = (await cancelShift(shift)) !== null;
    if (isLetGo) target.closest("dialog").close();
  }, { kind: "danger quiet tight" });
  const done = await form({
    title: `${dayInWords(shift.date)}: ${whereabouts(shift)}`,
    contents: [fields(places, shift, shift.date), shift.isPartOfPattern ? scopeField("change") : null, left, h("div", { class: "row" }, letGo)],
    action: "Change it",
    cancel: "Leave it",
    submit: async (body, wrong) => {
      const input = { shiftId: shift.id, scope: scopeIn(body), ...read(body) };
      const answer = (await ask(CHANGE, { input })).changeShift;
      if (refused(answer, body, left, wrong)) return undefined;
      say("Your shift is changed.");
      return true;
    },
  });
  return done || isLetGo;
}

async function cancelShift(shift) {
  let scope = "THIS";
  const field = shift.isPartOfPattern ? scopeField("cancel") : null;
  field?.addEventListener("change", ({ target }) => (scope = target.value));
  const sure = await confirm({
    title: `Cancel your shift on ${dayInWords(shift.date)}?`,
    cancel: "Keep it",
    contents: [h("p", { text: `${whereabouts(shift)} becomes free for others.` }), field],
    action: "Cancel the shift",
  });
  if (!sure) return null;
  const done = await attempt(async () => (await ask(CANCEL, { input: { shiftId: shift.id, scope } })).cancelShift);
  if (done) say(done.shifts.length === 1 ? "Your shift is cancelled." : `${done.shifts.length} shifts are cancelled.`);
  return done;
}

function fields(places, usual, day) {
  const kind = usual?.kind ?? (places.length ? "AT_OFFICE" : "REMOTE");
  const place = placeFields(places, usual);
  const slot = usual?.slot ?? "WHOLE_DAY";
  // A whole day's own begin and end at midnight.
  const time = (edge, otherwise) => (slot === "TIMES" && usual[edge] ? timeOf(usual[edge], usual.timeZone) : otherwise);
  const times = h("div", { class: "fields" },
    labelled("From", h("input", { type: "time", name: "start", value: time("start", "09:00") })),
    labelled("Until", h("input", { type: "time", name: "end", value: time("end", "17:00") })));
  const slots = select([], slot, { name: "slot" });
  // A building may not be open to every part of a day; at home it is one's own.
  const offerSlots = (isAtOffice, chosen) => {
    const offered = isAtOffice ? (place.building()?.slots ?? []) : Object.keys(SLOTS);
    const now = offered.includes(chosen) ? chosen : offered[0];
    slots.replaceChildren(...offered.map((value) => h("option", { value, text: SLOTS[value], selected: value === now })));
    times.hidden = now !== "TIMES";
  };
  const chosenKind = () => kinds.querySelector("input:checked").value;
  const offerAnew = (chosen = slots.value) => {
    place.element.hidden = chosenKind() !== "AT_OFFICE";
    offerSlots(chosenKind() === "AT_OFFICE", chosen);
  };
  const kinds = h("fieldset", {}, h("legend", { text: "Where you work" }),
    Object.entries(KINDS).filter(([value]) => places.length || value !== "AT_OFFICE").map(([value, label]) =>
      choice(label, { type: "radio", name: "kind", value, checked: value === kind })));
  for (const element of [kinds, place.element]) element.addEventListener("change", () => offerAnew());
  slots.addEventListener("change", async () => {
    times.hidden = slots.value !== "TIMES";
    const anew = await attempt(() => readPlaces(day, slots.value));
    if (anew) place.offer(anew);
  });
  offerAnew(slot);
  return h("div", { class: "stack" }, kinds, place.element, labelled("When", slots), times);
}

function read(body) {
  const { kind, slot, start, end } = body.elements;
  return {
    kind: kind.value,
    place: kind.value === "AT_OFFICE" ? placeIn(body) : null,
    slot: slot.value === "TIMES" ? { kind: "TIMES", start: start.value, end: end.value } : { kind: slot.value },
  };
}

function repeating(day) {
  const until = labelled("Until", h("input", { type: "date", name: "until", value: later(day, 28), min: day, max: later(day, 180) }),
    "Days on which it is closed or full are left out, and told.");
  until.hidden = true;
  const repeats = select([["once", "Only this day"], ["weekly", `Every ${weekdayInWords(day)}`]], "once", { name: "repeats" });
  repeats.addEventListener("change", () => (until.hidden = repeats.value !== "weekly"));
  return h("div", { class: "fields" }, labelled("How often", repeats), until);
}

const scopeField = (what) =>
  labelled(`What to ${what}`, select([["THIS", "Only this day"], ["THIS_AND_FOLLOWING", "This and the following ones"]], "THIS", { name: "scope" }));
const scopeIn = (body) => body.elements.scope?.value ?? "THIS";

// Another try with other content is another request; the same once more is the same.
function keyFor(key, body) {
  const text = JSON.stringify([...new FormData(body)].sort());
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return `${key}-${hash.toString(36)}`;
}

/** Says what is wrong, and offers what is left where a place is full. */
function refused(answer, body, left, wrong) {
  if (!isProblem(answer)) return false;
  wrong(words(answer));
  const alternatives = answer.fullDays?.[0]?.alternatives ?? [];
  replace(left, alternatives.length
    ? [h("p", { class: "small", text: "What is left nearby:" }), h("div", { class: "row" }, alternatives.map((each) => instead(each, body)))]
    : []);
  left.scrollIntoView({ block: "nearest" });
  return true;
}

function instead(place, body) {
  const seats = place.left === null ? "" : ` (${place.left} left)`;
  return button(`${placeOf(place)}${seats}`, () => {
    for (const [name, chosen] of [["building", place.building], ["floor", place.floor], ["area", place.area]]) {
      body.elements[name].value = chosen?.id ?? "";
      body.elements[name].dispatchEvent(new Event("change"));
    }
    body.requestSubmit();
  }, { kind: "quiet tight" });
}
