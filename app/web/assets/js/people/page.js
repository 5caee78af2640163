// Settings › People: who is in the organisation, what they may do, and letting somebody in.

import { $ } from "../dom.js";
import { invite } from "./invite.js";
import { startPeople } from "./list.js";

const PAUSE = 250;

const field = $("search");
field.value = new URLSearchParams(window.location.search).get("search") ?? "";

const list = startPeople($("people"), () => field.value.trim(), (isAdministrator) => {
  $("invite").hidden = !isAdministrator;
});

/** What is looked for is kept in the address, so that it is there after going back. */
function remember() {
  const address = new URL(window.location.href);
  if (field.value.trim()) address.searchParams.set("search", field.value.trim());
  else address.searchParams.delete("search");
  window.history.replaceState(null, "", address);
}

let timer = 0;
field.form.addEventListener("submit", (event) => event.preventDefault());
field.addEventListener("input", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    remember();
    list.again();
  }, PAUSE);
});
$("invite").addEventListener("click", invite);
