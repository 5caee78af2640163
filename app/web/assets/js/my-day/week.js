// The viewer's shifts of a week.

/** Begins to show them in this element. */
export function startWeek(element) {
  element.replaceChildren();
}
