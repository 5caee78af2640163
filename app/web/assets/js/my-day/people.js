// Who is in.

/** Begins to show them in this element. */
export function startPeople(element) {
  element.replaceChildren();
}
