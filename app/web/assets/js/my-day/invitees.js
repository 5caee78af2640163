// Who is invited: colleagues who are suggested while somebody types, and any other email address.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { ask } from "../api.js";
import { labelled } from "../dialog.js";
import { button, fresh, h, replace } from "../dom.js";
import { viewer } from "../viewer.js";
import { addresses } from "./grouping.js";

const COLLEAGUES = `query Colleagues($search: String!) {
  members(search: $search, first: 8) { nodes { id name email } }
}`;
const PAUSE = 200;

const isAddress = (text) => /^[^\s@]+@[^\s@]+$/.test(text);

/**
 * A part of a form. `value()` are the people, `{ email, name }` each; `strange()` is the first that is no address, and
 * `input` is where it stands.
 */
export function invitees() {
  const listId = fresh("colleagues");
  const input = h("input", {
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId,
    maxlength: 2000, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
  });
  const list = h("ul", { class: "suggestions", role: "listbox", id: listId, "aria-label": "Colleagues", hidden: true });
  const chips = h("ul", { class: "plain-list chips", "aria-label": "Invited so far", hidden: true });
  const said = h("p", { class: "seen-by-readers-only", role: "status" });
  /** @type {Map<string, {email: string, name: string | null}>} by address in lower case */
  const chosen = new Map();
  let shown = [];
  let active = -1;
  let turn = 0;
  let timer = 0;

  const isOpen = () => !list.hidden;
  /** Somebody is looked for by what stands behind the last comma. */
  const parts = () => input.value.split(/[,;]/);

  function close() {
    window.clearTimeout(timer);
    turn += 1; // an answer that is still under way is for nobody
    shown = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    point(-1);
  }

  async function look() {
    window.clearTimeout(timer);
    const mine = (turn += 1);
    const search = parts().at(-1).trim();
    if (!search) return close();
    try {
      const [{ members }, someone] = await Promise.all([ask(COLLEAGUES, { search: search.slice(0, 200) }), viewer()]);
      if (mine === turn) open(members.nodes.filter(({ email }) => email !== someone.member.email && !chosen.has(email)));
    } catch {
      // Suggestions are a help: an address can be typed without them, and sending says what is wrong.
      if (mine === turn) close();
    }
    return undefined;
  }

  function open(colleagues) {
    if (!colleagues.length) {
      close();
      said.textContent = "No colleague is suggested.";
      return;
    }
    shown = colleagues;
    replace(list, colleagues.map((colleague, index) =>
      h("li", { role: "option", id: `${listId}-${index}`, "aria-selected": "false", onclick: () => choose(colleague) },
        h("span", { text: colleague.name }), " ", h("span", { class: "small soft", text: colleague.email }))));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point(-1);
    list.scrollIntoView({ block: "nearest" });
    said.textContent = `${colleagues.length === 1 ? "1 colleague is" : `${colleagues.length} colleagues are`} suggested. The arrow keys lead to them.`;
  }

  /** Makes one of those shown the one that Enter takes; -1: none of them. */
  function point(index) {
    active = index;
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === index));
    if (index < 0) return input.removeAttribute("aria-activedescendant");
    const option = list.children[index];
    input.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  }

  function choose(colleague) {
    const before = addresses(parts().slice(0, -1).join(","));
    add([...before.filter(isAddress).map((email) => ({ email })), colleague]);
    input.value = before.filter((each) => !isAddress(each)).join(", ");
    input.focus();
  }

  function add(people) {
    for (const { email, name = null } of people) chosen.set(email.toLowerCase(), { email, name });
    input.value = "";
    close();
    draw();
    said.textContent = `${people.map(({ name, email }) => name ?? email).join(", ")} added.`;
  }

  function remove(key) {
    const { name, email } = chosen.get(key);
    chosen.delete(key);
    draw();
    input.focus();
    said.textContent = `${name ?? email} removed.`;
  }

  function draw() {
    chips.hidden = !chosen.size;
    replace(chips, [...chosen].map(([key, { name, email }]) =>
      h("li", { class: "chip" },
        h("span", { title: email, text: name ?? email }),
        button("×", () => remove(key), { kind: "plain tight", "aria-label": `Remove ${name ?? email}` }))));
  }

  /** Whether what was typed are addresses, which are people now. */
  function take() {
    const typed = addresses(input.value);
    if (!typed.length || !typed.every(isAddress)) return false;
    add(typed.map((email) => ({ email })));
    return true;
  }

  const keys = {
    ArrowDown: () => (isOpen() ? point((active + 1) % shown.length) : look()),
    ArrowUp: () => isOpen() && point((active <= 0 ? shown.length : active) - 1),
    Enter: () => (active >= 0 ? choose(shown[active]) : take()),
    Escape: () => isOpen() && close(),
    ",": () => take(),
    ";": () => take(),
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.key in keys)) return;
    if (keys[event.key]() !== false) event.preventDefault();
  });
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, PAUSE);
  });
  // A field of one line would lose what parts the addresses of a list.
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/[\n\r]/.test(text)) return;
    event.preventDefault();
    input.setRangeText(addresses(text).join(", "), input.selectionStart, input.selectionEnd, "end");
    take();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field

  const field = labelled("Who is invited", input, "Colleagues by name, and any email addresses with commas between. May stay empty.");
  const box = h("div", { class: "suggested" });
  input.before(chips, box);
  box.append(input, list);
  field.append(said);
  return {
    element: field,
    input,
    value: () => [...new Map([
      ...addresses(input.value).map((email) => [email.toLowerCase(), { email }]),
      ...chosen,
    ]).values()],
    strange: () => addresses(input.value).find((each) => !isAddress(each)),
  };
}
