// Settings that hold as soon as they are changed: radio buttons and switches that say what came of it.

import { fresh, h } from "../dom.js";
import { choice } from "../dialog.js";

/** Radio buttons of `[value, label, hint]`; `choose(value)` is called with the new one. */
export function radios(legend, options, chosen, choose) {
  const name = fresh("radios");
  return h(
    "fieldset",
    {},
    h("legend", { class: "seen-by-readers-only", text: legend }),
    options.map(([value, label, hint]) =>
      choice(label, { type: "radio", name, id: `${name}-${value}`, value, checked: value === chosen, onchange: () => choose(value) }, hint)),
  );
}

/** A switch with its words; `change(isOn)` is called with what it should become. */
export function toggle(label, hint, isOn, change) {
  const id = fresh("toggle");
  return h(
    "div",
    { class: "setting" },
    h("div", {}, h("strong", { id, text: label }), h("p", { class: "small soft", id: `${id}-hint`, text: hint })),
    h("button", {
      type: "button",
      class: "switch",
      role: "switch",
      "aria-checked": String(isOn),
      "aria-labelledby": id,
      "aria-describedby": `${id}-hint`,
      onclick: () => change(!isOn),
    }),
  );
}
