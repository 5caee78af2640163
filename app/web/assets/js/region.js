// A part of a page that is read from the server: waiting, ready, empty, broken and offline, each as it should look.

import { button, h, replace } from "./dom.js";
import { isProblem, words } from "./api.js";

const regions = new Set();

export class Region {
  /**
   * `element` gets what `show(data)` returns (elements), or `{ empty: "words", action }` where there is nothing.
   * `read()` answers with the data, and may raise RequestFailed.
   */
  constructor(element, read, show) {
    this.element = element;
    this.read = read;
    this.show = show;
    this.data = undefined;
    this.turn = 0;
    this.isStale = true;
    element.setAttribute("aria-live", "off");
  }

  /** Reads and shows. What is there stays visible meanwhile; only the last of several readings counts. */
  async refresh() {
    const turn = (this.turn += 1);
    regions.add(this);
    this.element.setAttribute("aria-busy", "true");
    if (this.data === undefined) replace(this.element, waiting());
    try {
      const data = await this.read();
      if (turn !== this.turn) return;
      this.data = data;
      this.isStale = false;
      this.draw();
    } catch (error) {
      if (turn !== this.turn) return;
      this.isStale = true;
      this.fail(error);
    } finally {
      if (turn === this.turn) this.element.removeAttribute("aria-busy");
    }
  }

  /** Shows what was read once more, after something of it changed here. */
  draw() {
    const shown = this.show(this.data);
    if (shown && "empty" in shown) replace(this.element, nothing(shown.empty, shown.action));
    else replace(this.element, shown);
  }

  /** What was read long ago, for another question, is no answer to this one. */
  forget() {
    this.data = undefined;
  }

  fail(error) {
    if (error.offline && this.data !== undefined) return; // what is shown is better than nothing, and the banner says so
    if (!error.code && !error.offline) console.error(error);
    const again = button("Try again", () => this.refresh(), { kind: "quiet tight" });
    replace(this.element, h("div", { class: "state", role: "alert" }, h("p", { text: error.message }), again));
  }
}

// Those of a dialog that was closed meanwhile are not read any more.
function onThePage() {
  for (const region of regions) if (!region.element.isConnected) regions.delete(region);
  return [...regions];
}

/** Everything that could not be read while there was no connection. */
export function refreshStale() {
  for (const region of onThePage()) if (region.isStale) region.refresh();
}

/** All that is shown, after a time in which changes could not be heard. */
export function refreshAll() {
  for (const region of onThePage()) region.refresh();
}

function waiting(lines = 3) {
  return h(
    "div",
    { class: "waiting" },
    h("p", { class: "seen-by-readers-only", text: "Loading" }),
    Array.from({ length: lines }, () => h("span", { "aria-hidden": "true" })),
  );
}

export const nothing = (text, action = null) => h("div", { class: "state" }, h("p", { text }), action);

/** A problem where its answer would be, with what to do about it. */
export function problemNote(problem, ...actions) {
  const tone = problem.retryable ? "notice" : "refusal";
  return h("div", { class: `note ${tone}` }, h("p", { text: words(problem) }), h("div", { class: "row" }, actions));
}

/** The problems beside a partial answer. */
export const problemNotes = (problems) => problems.filter(isProblem).map((problem) => problemNote(problem));
