// Questions in a dialog of the browser's own: the focus stays in it, Escape closes it, and it goes back where it was.

import { $, button, fresh, h } from "./dom.js";

const FIELD = ".contents :is(input, select, textarea):not([readonly], :disabled)";

/**
 * Shows a dialog with a form and returns a promise of what `submit(form)` returned, or null where it was closed.
 * `submit` may return `undefined` to stay open, having said what is wrong. `contents` are elements of the form; `foot` are
 * those that stay in sight above the buttons, however long the contents are.
 */
export function form({ title, contents, foot = null, action, kind = "", submit, cancel = "Cancel" }) {
  return new Promise((resolve) => {
    const name = fresh("dialog");
    const act = h("button", { type: "submit", class: `button ${kind}`.trim(), text: action });
    const shut = button(cancel, () => dialog.close(), { kind: "quiet" });
    const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const body = h(
      "form",
      { method: "dialog", novalidate: true },
      h("h2", { id: name, text: title }),
      h("div", { class: "contents", tabindex: foot ? "0" : null }, contents), // whose fields are below is scrolled by key, too
      h("footer", {}, foot, wrong, h("div", { class: "actions" }, shut, action ? act : null)),
    );
    const dialog = h("dialog", { "aria-labelledby": name }, body);
    let outcome = null;
    body.addEventListener("submit", async (event) => {
      event.preventDefault();
      const invalid = body.querySelector(":invalid:not(fieldset)");
      if (invalid) {
        const name = invalid.labels?.[0]?.textContent;
        say(name ? `${name}: ${invalid.validationMessage}` : invalid.validationMessage, invalid);
        return;
      }
      act.disabled = true;
      act.setAttribute("aria-busy", "true");
      say("");
      try {
        const result = await submit(body, say);
        if (result !== undefined) {
          outcome = result;
          dialog.close();
        }
      } catch (error) {
        say(error.message);
      } finally {
        act.disabled = false;
        act.removeAttribute("aria-busy");
      }
    });
    body.addEventListener("input", ({ target }) => target.removeAttribute("aria-invalid"));
    // Whoever goes back leaves the page that the dialog was asked on.
    const left = () => dialog.close();
    window.addEventListener("popstate", left);
    dialog.addEventListener("close", () => {
      window.removeEventListener("popstate", left);
      if (dialog.contains($("toasts"))) document.body.append($("toasts"));
      dialog.remove();
      resolve(outcome);
    });
    function say(text, field = null) {
      wrong.textContent = text;
      wrong.hidden = !text;
      if (text) wrong.scrollIntoView({ block: "nearest" });
      for (const each of body.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
      field?.setAttribute("aria-invalid", "true");
      field?.focus();
    }
    document.body.append(dialog);
    dialog.showModal();
    // Who types fills the first field. Where that is far down, whoever opens the dialog reads it from its beginning.
    (body.querySelector(FIELD) ?? shut).focus({ preventScroll: true });
    body.querySelector(".contents").scrollTop = 0;
  });
}

/** Asks for a yes; true, or null. */
export const confirm = ({ title, contents, action, kind = "danger", cancel = "Cancel" }) =>
  form({ title, contents, action, kind, cancel, submit: async () => true });

/** A field with its label and, where given, a hint that screen readers read with it. */
export function labelled(label, input, hint = "") {
  input.id ||= fresh("field");
  const said = hint ? h("span", { class: "hint", id: `${input.id}-hint`, text: hint }) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return h("div", { class: "field" }, h("label", { for: input.id, text: label }), input, said);
}

/** A tick or a radio button with its words. */
export function choice(label, properties, hint = "") {
  const id = properties.id ?? fresh("choice");
  const input = h("input", { type: "checkbox", ...properties, id });
  const said = hint ? h("span", { class: "hint soft small", id: `${id}-hint`, text: hint }) : null;
  if (said) input.setAttribute("aria-describedby", said.id);
  return h("div", { class: "choice" }, input, h("div", {}, h("label", { for: id, text: label }), said ? h("br") : null, said));
}

/** A select of `[value, words]` pairs. */
export function select(options, chosen, properties = {}) {
  return h(
    "select",
    properties,
    options.map(([value, text]) => h("option", { value, selected: value === chosen, text })),
  );
}
