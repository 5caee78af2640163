// Everybody in the organisation, or whom a search finds, by name; for administrators with their role.

import { ask } from "../api.js";
import { badge, button, busy, h } from "../dom.js";
import { Region } from "../region.js";
import { attempt, say } from "../say.js";
import { isAdministrator } from "../viewer.js";
import { ROLES, changeRole } from "./roles.js";

// Whether the viewer still administers is asked along: somebody else may have taken that away.
const PEOPLE = `query People($search: String, $after: String) {
  viewer { role member { id } }
  members(search: $search, first: 20, after: $after) {
    totalCount nodes { id name email role } pageInfo { hasNextPage endCursor }
  }
}`;

/** Shows them in this element; `search()` is what to look for, and `known(isAdministrator)` is called with each answer. */
export function startPeople(element, search, known) {
  const read = async (after = null) => {
    const wanted = search();
    const { viewer, members } = await ask(PEOPLE, { search: wanted || null, after });
    return { ...members, viewer, wanted };
  };
  const region = new Region(element, read, (data) => {
    known(isAdministrator(data.viewer));
    return show(data, region, read);
  });
  region.refresh();
  return { again: () => region.refresh() };
}

function show(data, region, read) {
  const administers = isAdministrator(data.viewer);
  const note = administers
    ? null
    : h("p", { class: "note", text: "Only subscription administrators of your organisation invite people and change what they may do. This is who is here." });
  if (!data.nodes.length) return [note, h("p", { class: "state", role: "status", text: `Nobody is found for “${data.wanted}”. Each word has to begin a name or an address.` })];
  const more = (event) => busy(event.currentTarget, async () => {
    const next = await attempt(() => read(data.pageInfo.endCursor));
    // Something else may have been looked for meanwhile.
    if (!next || region.data !== data) return;
    region.data = { ...next, nodes: [...data.nodes, ...next.nodes] };
    region.draw();
  });
  return [
    note,
    h("p", { class: "soft small", role: "status", text: howMany(data) }),
    h("ul", { class: "plain-list card lines" }, data.nodes.map((member) => line(member, data, administers, region))),
    data.pageInfo.hasNextPage ? button("Show more", more, { kind: "quiet", id: "more-people" }) : null,
  ];
}

function howMany({ nodes, totalCount, pageInfo }) {
  if (totalCount !== null) return totalCount === 1 ? "1 person" : `${totalCount} people`;
  if (pageInfo.hasNextPage) return `The first ${nodes.length} who were found`;
  return nodes.length === 1 ? "1 person was found" : `${nodes.length} people were found`;
}

function line(member, { viewer }, administers, region) {
  const isOneself = member.id === viewer.member.id;
  return h(
    "li",
    { class: "row apart person" },
    h("div", {},
      h("h2", {}, member.name, isOneself ? h("span", { class: "soft", text: " (you)" }) : null),
      h("p", { class: "small soft", text: member.email })),
    administers
      ? h("div", { class: "row" },
          badge(ROLES[member.role], member.role === "MEMBER" ? "" : "good"),
          button("Change role", () => change(member, isOneself, region), {
            kind: "quiet tight", id: `role-${member.id}`, "aria-label": `Change role of ${member.name}`,
          }))
      : null,
  );
}

async function change(member, isOneself, region) {
  const changed = await changeRole(member, isOneself);
  if (!changed) return;
  // The whole page is another one for somebody who administers nothing any more.
  if (isOneself) return void window.location.reload();
  say(`${changed.name} is a ${ROLES[changed.role].toLowerCase()} now.`);
  const { nodes } = region.data;
  region.data = { ...region.data, nodes: nodes.map((each) => (each.id === changed.id ? changed : each)) };
  region.draw();
}
