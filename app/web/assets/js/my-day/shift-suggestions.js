// Days on which the calendar already says where the viewer works: a shift for one press.

import { PROBLEM, ask, isProblem } from "../api.js";
import { button, h } from "../dom.js";
import { dayInWords, later, today } from "../time.js";
import { KINDS } from "./shift-words.js";

const SUGGESTED = `query SuggestedShifts($from: Date!, $to: Date!) {
  suggestedShifts(from: $from, to: $to) {
    __typename
    ... on SuggestedShifts { suggestions { date kind label slot start end timeZone building { id name } } }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

/** What the calendar says of a week from today on; nothing where it says nothing, which is told elsewhere. */
export async function readSuggestions(monday) {
  const [from, to] = [monday < today() ? today() : monday, later(monday, 6)];
  if (from > to) return [];
  const told = await ask(SUGGESTED, { from, to }).catch(() => null);
  return told && !isProblem(told.suggestedShifts) ? told.suggestedShifts.suggestions : [];
}

/** A place that fills itself once it is known what is suggested for days without a shift; else it stays empty. */
export function suggestions(reading, shifts) {
  const place = h("div", { class: "row" });
  reading.then((suggested) => {
    const open = suggested.filter(({ date }) => !shifts.some((shift) => shift.date === date));
    if (open.length) place.append(h("span", { class: "small soft", text: "Your calendar says:" }), ...open.map(chip));
  });
  return place;
}

function chip(suggestion) {
  const { date, kind, building, label } = suggestion;
  const where = building?.name ?? label ?? KINDS[kind];
  const want = () => window.dispatchEvent(new CustomEvent("day-wanted", { detail: { day: date, usual: suggestion } }));
  return button(`${dayInWords(date, { short: true })}: ${where}`, want, { kind: "quiet tight" });
}
