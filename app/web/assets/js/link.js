// An address, or an id, that is to be sent to somebody.

import { button, fresh, h } from "./dom.js";
import { copy } from "./say.js";

/** A field that holds it, and a button that copies it; `copied` says that it did. */
export function link(url, label, copied = "The link is copied.") {
  const field = h("input", { id: fresh("link"), readonly: true, value: url, "aria-label": label });
  field.addEventListener("focus", () => field.select());
  return h("div", { class: "link" }, field, button("Copy", () => copy(field, copied), { kind: "quiet tight" }));
}
