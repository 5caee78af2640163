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

/** A place that fills itself where there is something to suggest for days without a shift; else it stays empty. */
export function suggestions(monday, shifts) {
  const place = h("div", { class: "row" });
  const [from, to] = [monday < today() ? today() : monday, later(monday, 6)];
  if (from > to) return place;
  // Whoever switched this off, or has no calendar, is told elsewhere.
  ask(SUGGESTED, { from, to }).then(({ suggestedShifts: told }) => {
    if (isProblem(told)) return;
    const open = told.suggestions.filter(({ date }) => !shifts.some((shift) => shift.date === date));
    if (open.length) place.append(h("span", { class: "small soft", text: "Your calendar says:" }), ...open.map(chip));
  }, () => {});
  return place;
}

function chip(suggestion) {
  const { date, kind, building, label } = suggestion;
  const where = building?.name ?? label ?? KINDS[kind];
  const want = () => window.dispatchEvent(new CustomEvent("day-wanted", { detail: { day: date, usual: suggestion } }));
  return button(`${dayInWords(date, { short: true })}: ${where}`, want, { kind: "quiet tight" });
}
