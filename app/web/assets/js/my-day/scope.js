// How much of a series is meant: all of it, a date, or a date and those after it.

import { PROBLEM, ask } from "../api.js";
import { h } from "../dom.js";
import { labelled, select } from "../dialog.js";
import { clock, dayInWords, dayOf } from "../time.js";
import { ROOM_STATES } from "./words.js";

const DATES = `query SeriesDates($id: ID!) {
  node(id: $id) { ... on RoomBooking {
    series {
      dates(first: 100) { nodes { start end state room { name } occurrence { id } } }
      problems { ...ProblemParts }
    }
  } }
} ${PROBLEM}`;
const SCOPES = [["SERIES", "All dates"], ["OCCURRENCE", "One date"], ["THIS_AND_FOLLOWING", "A date and those after it"]];

/**
 * A part of a form about a booking; for a single event there is nothing to ask. `value()` is `{ scope, occurrenceId }`,
 * `date()` the date that was chosen; `changed()` is called with each choice.
 */
export async function scopePicker(booking, changed = () => {}) {
  if (booking.kind !== "SERIES") return { element: null, value: () => ({}), date: () => null };
  const { node } = await ask(DATES, { id: booking.id });
  const dates = node?.series?.dates.nodes ?? [];
  const declined = dates.find(({ state }) => state === "REJECTED");
  const isPartly = declined && dates.some(({ state }) => state !== "REJECTED");
  const scope = select(dates.length ? SCOPES : SCOPES.slice(0, 1), isPartly ? "OCCURRENCE" : "SERIES");
  const chosen = isPartly ? declined : dates[0];
  const which = select(dates.map((date) => [date.occurrence.id, inWords(date)]), chosen?.occurrence.id ?? "");
  const field = labelled("Which date", which);
  const isAll = () => scope.value === "SERIES";
  const draw = () => (field.hidden = isAll());
  for (const each of [scope, which]) {
    each.addEventListener("change", () => {
      draw();
      changed();
    });
  }
  draw();
  return {
    element: h("div", { class: "fields" }, labelled("Of this series", scope), field),
    value: () => ({ scope: scope.value, occurrenceId: isAll() ? null : which.value }),
    date: () => (isAll() ? dates[0] ?? null : dates.find(({ occurrence }) => occurrence.id === which.value) ?? null),
  };
}

function inWords({ start, state }) {
  const when = start ? `${dayInWords(dayOf(start))}, ${clock(start)}` : "A date that is not shown";
  return `${when}: ${ROOM_STATES[state][0].toLowerCase()}`;
}
