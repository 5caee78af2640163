// The whole audit log, by days; how far back it is read stands in the address.

import { badge, button, busy, h } from "../dom.js";
import { Region } from "../region.js";
import { attempt } from "../say.js";
import { clock, dayInWords, dayOf, today } from "../time.js";
import { isAdministrator, viewer } from "../viewer.js";
import { OUTCOMES, fromWhere, furtherDetails, readLog, whatWasDone, whoDidIt } from "./acts.js";

const A_PAGE = 50;

/** Shows it in this element; the region, to be refreshed when something was done. `newest` leads back to the top. */
export function startLog(element, newest) {
  const begun = new URLSearchParams(window.location.search).get("after");
  newest.hidden = begun === null;
  const region = new Region(element, () => read(begun, region.data), (data) => show(data, region));
  region.refresh();
  return region;
}

async function read(begun, before) {
  if (!isAdministrator(await viewer())) return { isForOthers: true };
  let fresh;
  try {
    fresh = await readLog(A_PAGE, begun);
  } catch (error) {
    if (begun === null || error.code !== "BAD_USER_INPUT") throw error;
    return { isUnknown: true };
  }
  // What was read of the further past stays, where what is new reaches down to it.
  const joint = before?.nodes?.findIndex(({ id }) => id === fresh.nodes.at(-1)?.id) ?? -1;
  return joint < 0 ? fresh : { ...before, nodes: [...fresh.nodes, ...before.nodes.slice(joint + 1)] };
}

function show(data, region) {
  if (data.isForOthers) return h("p", { class: "note", text: "Only subscription administrators of your organisation read what was done." });
  if (data.isUnknown) return { empty: "This address leads to no place in the log. Read it from the newest entry." };
  const { nodes, pageInfo } = data;
  if (!nodes.length) return { empty: "Nothing was done before that." };
  const more = (event) => busy(event.currentTarget, async () => {
    const next = await attempt(() => readLog(A_PAGE, pageInfo.endCursor));
    if (!next) return;
    remember(pageInfo.endCursor);
    region.data = { ...next, nodes: [...nodes, ...next.nodes] };
    region.draw();
  });
  return [
    h("p", { class: "soft small", role: "status", text: nodes.length === 1 ? "1 entry shown" : `${nodes.length} entries shown` }),
    byDays(nodes).map(([day, entries]) => [
      h("h3", { text: yearly(day) }),
      h("ol", { class: "plain-list lines log" }, entries.map(line)),
    ]),
    pageInfo.hasNextPage ? button("Show more", more, { kind: "quiet", id: "more-log" }) : null,
  ];
}

/** Whoever keeps the address, or reads the page again, goes on from here. */
function remember(after) {
  const address = new URL(window.location.href);
  address.searchParams.set("after", after);
  window.history.replaceState(null, "", address);
}

function byDays(nodes) {
  const days = new Map();
  for (const node of nodes) days.set(dayOf(node.at), [...(days.get(dayOf(node.at)) ?? []), node]);
  return [...days];
}

/** A day, with its year where that is another one. */
function yearly(day) {
  const year = day.slice(0, 4);
  return today().startsWith(year) ? dayInWords(day) : `${dayInWords(day)} ${year}`;
}

function line(entry) {
  const said = furtherDetails(entry);
  return h(
    "li",
    {},
    h("time", { datetime: entry.at, text: clock(entry.at) }),
    h(
      "div",
      {},
      h("div", { class: "row" }, h("strong", { text: whatWasDone(entry) }), badge(...OUTCOMES[entry.outcome])),
      h("p", { text: [whoDidIt(entry), ...fromWhere(entry)].join(" · ") }),
      said ? h("p", { class: "small soft", text: said }) : null,
    ),
  );
}
