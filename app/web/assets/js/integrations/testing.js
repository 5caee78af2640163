// The test flow as a checklist, and the preview of one event that is never stored.

import { badge, h, replace } from "../dom.js";
import { listen } from "../live.js";
import { attempt } from "../say.js";
import { clock, dayInWords, dayOf, moment } from "../time.js";
import { whereTheyAre } from "../words.js";
import { runTest } from "./data.js";
import { ACTORS, CHECKS, OUTCOMES } from "./words.js";

/** What was found, check by check; what is said above already (codes of issues) is not told at length again. */
export function report({ at, passed, checks }, saidAbove = []) {
  const noted = new Set();
  // One reason why several were not tried is told once.
  const first = ({ note }) => (noted.has(note) ? null : noted.add(note) && note);
  return [
    h("div", { class: "row" }, badge(passed ? "Passed" : "Not passed", passed ? "good" : "refusal"),
      h("span", { class: "small soft", text: moment(at) })),
    h("ul", { class: "plain-list lines checks" }, checks.map((each) => check({ ...each, note: first(each) }, saidAbove))),
  ];
}

function check({ name, outcome, note, issue, durationMilliseconds, isRequired }, saidAbove = []) {
  const [sign, word] = OUTCOMES[outcome];
  const about = issue
    ? [h("strong", { class: isRequired ? "wrong" : "", text: issue.message }),
        saidAbove.includes(issue.code) ? null : ` ${issue.remedy} Who acts: ${ACTORS[issue.whoActs]}.`]
    : note;
  return h(
    "li",
    { class: outcome },
    h("span", { class: "sign", "aria-hidden": "true", text: sign }),
    h("span", {}, CHECKS[name], h("span", { class: "seen-by-readers-only", text: `: ${word}` }),
      isRequired ? null : h("span", { class: "soft small", text: " (optional)" })),
    h("span", { class: "small soft", text: durationMilliseconds === null || outcome === "SKIPPED" ? "" : `${durationMilliseconds} ms` }),
    about ? h("span", { class: "about" }, about) : null,
  );
}

// The event of the last run is in this page's memory alone, for as long as that run is the last one.
let latest = null;
const SAME = 1_000;

/** The preview that came with this report; nothing where the report is older than the page. */
export const previewOf = ({ at, passed }) =>
  passed && latest && Math.abs(new Date(latest.report.at) - new Date(at)) < SAME ? preview(latest) : null;

const PROGRESS = `subscription TestFlowProgress { testFlowProgress { name outcome durationMilliseconds } }`;

/**
 * Runs it and shows in the part `report` of this element how it goes, each check as soon as it is over; afterwards
 * everything is read anew, with what is wrong and why.
 */
export async function testing(area, changed) {
  const place = area.querySelector('[data-part="report"]');
  const checks = new Map(Object.keys(CHECKS).map((name) => [name, { name, outcome: "RUNNING", note: null, issue: null, durationMilliseconds: null, isRequired: true }]));
  const draw = () => {
    const left = [...checks.values()].filter(({ outcome }) => outcome === "RUNNING").length;
    replace(place, h("p", { class: "small soft", text: `Asking the suite… ${checks.size - left} of ${checks.size}` }),
      h("ul", { class: "plain-list lines checks" }, [...checks.values()].map((each) => check(each))));
  };
  draw();
  const leave = listen(PROGRESS, ({ testFlowProgress }) => {
    Object.assign(checks.get(testFlowProgress.name) ?? {}, testFlowProgress);
    draw();
  });
  const run = await retest();
  leave();
  await changed();
  return run;
}

/** Runs it; null where it could not be run, which was said. */
export async function retest() {
  latest = await attempt(runTest);
  return latest;
}

/** Whether nothing could be tried, since the administrator's own calendar is not connected. */
export const lacksOwnConsentNow = (run) => {
  const [first, ...others] = run?.report.checks ?? [];
  return first?.issue?.code === "CONSENT_NEEDED" && others.every(({ outcome }) => outcome === "SKIPPED");
};

function preview({ preview: event, previewSays }) {
  if (!event) return h("p", { class: "preview", text: previewSays ?? "No event was read." });
  const day = event.start.date ?? dayOf(event.start.dateTime);
  const when = event.start.date ? "all day" : `${clock(event.start.dateTime)}–${clock(event.end.dateTime)}`;
  const where = [event.rooms.map((room) => room.name).join(", "), whereTheyAre(event.attendeeSummary)].filter(Boolean);
  return h(
    "div",
    { class: "preview stack" },
    h("p", {}, h("strong", { text: event.subject || "Without a subject" })),
    h("p", { class: "small", text: [`${dayInWords(day)}, ${when}`, ...where].join(" · ") }),
    h("p", { class: "small soft", text: "One event of your own calendar, as members will see theirs. It is shown here and not stored." }),
  );
}
