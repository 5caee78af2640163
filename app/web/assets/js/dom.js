// Elements without markup in strings: what a suite or a colleague wrote is only ever text.

/**
 * An element. `properties` are attributes, but for `class`, `text`, `on…` listeners and `data` (a record of `data-…`);
 * those that are null or false are left out, and true stands for an empty one. Children that are null are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = tag === "svg" || tag === "path"
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "class") element.setAttribute("class", value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element of this page with the id. */
export const $ = (id) => document.getElementById(id);

/** Puts these children in place of those that were there; whoever has the focus keeps it where its id is still there. */
export function replace(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.id : "";
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (focused) $(focused)?.focus();
}

/** A button. `kind` is a class of `.button`: quiet, danger, plain, tight. */
export function button(text, onclick, { kind = "", ...properties } = {}) {
  return h("button", { type: "button", class: `button ${kind}`.trim(), text, onclick, ...properties });
}

/** A state in a word; `tone` is good, notice, refusal or nothing. */
export const badge = (text, tone = "") => h("span", { class: `badge ${tone}`.trim(), text });

/** While `work` runs the button can't be pressed again; afterwards it, or who took its place, has the focus it had. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return undefined;
  const hadFocus = document.activeElement === button;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    const successor = button.isConnected ? button : $(button.id);
    if (hadFocus && document.activeElement === document.body) successor?.focus();
  }
}

let numbers = 0;
/** An id that nothing on the page has. */
export const fresh = (prefix) => `${prefix}-${(numbers += 1)}`;
