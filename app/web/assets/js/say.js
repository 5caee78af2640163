// Saying what came of something: a line in a corner, which screen readers speak.

import { $, button, h } from "./dom.js";
import { RequestFailed, isProblem, words } from "./api.js";

const STAYS = 7_000;

/**
 * `tone` is good, notice or refusal; a refusal stays until it is closed. `action` is an element that leads on, or null.
 * `about` is the id of what it tells of, by which `unsay` takes it back.
 */
export function say(text, tone = "good", action = null, about = "") {
  const shut = button("×", () => toast.remove(), { kind: "plain tight", "aria-label": "Dismiss" });
  const toast = h("div", { class: `toast ${tone}`, "data-about": about }, h("p", { text }), shut, action);
  if (tone === "refusal") toast.setAttribute("role", "alert");
  else passes(toast);
  // What lies beneath an open dialog can be neither seen well nor pressed.
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog) dialog.append($("toasts"));
  $("toasts").append(toast);
}

/** Takes back what was said of this, once something newer is known of it. */
export function unsay(about) {
  for (const toast of $("toasts").querySelectorAll(`[data-about="${CSS.escape(about)}"]`)) toast.remove();
}

// Whoever is about to press what it offers does not lose it from under the pointer, or the focus.
function passes(toast) {
  let timer = 0;
  const stay = () => window.clearTimeout(timer);
  const begin = () => {
    stay();
    timer = window.setTimeout(() => toast.remove(), STAYS);
  };
  for (const [come, gone] of [["pointerenter", "pointerleave"], ["focusin", "focusout"]]) {
    toast.addEventListener(come, stay);
    toast.addEventListener(gone, begin);
  }
  begin();
}

/** A problem, or an error of `ask`. */
export function sayProblem(problem) {
  if (problem instanceof RequestFailed) say(problem.message, "refusal");
  else if (isProblem(problem)) say(words(problem), problem.retryable ? "notice" : "refusal");
  else {
    console.error(problem);
    say("Something went wrong on this page. Load it again.", "refusal");
  }
}

/**
 * The result of a mutation, or null where it came to nothing, which was said. `work()` answers with the result itself.
 */
export async function attempt(work) {
  try {
    const result = await work();
    if (!isProblem(result)) return result;
    sayProblem(result);
  } catch (error) {
    sayProblem(error);
  }
  return null;
}

/** Puts a field's text where it can be pasted from; `words` say so. Where that is refused, the text is selected instead. */
export async function copy(field, words) {
  try {
    await navigator.clipboard.writeText(field.value);
    say(words);
  } catch {
    field.focus();
    field.select();
    say("This browser does not let the page copy. The text is selected: copy it yourself.", "notice");
  }
}
