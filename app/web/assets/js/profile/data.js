// Everything that is kept about the viewer, in words and as a file.

import { ask } from "../api.js";
import { button, busy, h, replace } from "../dom.js";
import { attempt } from "../say.js";

const MY_DATA = `query MyData { myData { mediaType createdAt document } }`;
const KINDS = {
  accounts: "Accounts you sign in with",
  calendars: "Consents for a calendar",
  bookings: "Room bookings",
  shifts: "Shifts",
  notes: "Notes on events",
  attendances: "Answers to how you attend",
  notifications: "Notifications",
  sessions: "Sessions",
  access_tokens: "Access tokens",
  acts: "Entries of the audit log",
};

export function startData(element) {
  const shown = h("div", { "aria-live": "polite" });
  const get = button("Show what is kept", (event) => busy(event.currentTarget, () => read(shown)), { kind: "quiet tight", id: "my-data" });
  element.append(
    h("p", { text: "A copy of all that is kept about you. Your calendar is not in it, because it is not kept." }),
    shown,
    h("div", { class: "row" }, get),
  );
}

async function read(place) {
  const data = await attempt(async () => (await ask(MY_DATA)).myData);
  if (!data) return;
  const kept = JSON.parse(data.document);
  const lines = Object.entries(KINDS).filter(([key]) => kept[key]?.length).map(([key, words]) => h("li", { text: `${words}: ${kept[key].length}` }));
  const file = URL.createObjectURL(new Blob([data.document], { type: data.mediaType }));
  const name = `hybrid-meetings-${data.createdAt.slice(0, 10)}.json`;
  replace(place, h("ul", {}, lines), h("p", {}, h("a", { href: file, download: name, text: `Download ${name}` })));
}
