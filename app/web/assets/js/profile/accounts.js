// The accounts that lead to the viewer.

import { ask } from "../api.js";
import { h } from "../dom.js";
import { Region } from "../region.js";
import { SUITES } from "../suites.js";
import { moment } from "../time.js";

const ACCOUNTS = `query MyAccounts { viewer { member { name email } identities { suite email createdAt } } calendarSuites { isConfigured } }`;

export function startAccounts(element) {
  new Region(element, () => ask(ACCOUNTS), show).refresh();
}

function show({ viewer: { identities }, calendarSuites }) {
  return [
    h("ul", { class: "plain-list lines" }, identities.map(({ suite, email, createdAt }) =>
      h("li", {}, h("strong", { text: email }), h("div", { class: "small soft", text: `${SUITES[suite]}, since ${moment(createdAt)}` })))),
    calendarSuites.some((suite) => suite.isConfigured)
      ? h("div", { class: "row" }, h("a", { class: "button quiet tight", href: `/auth/link?returnTo=${encodeURIComponent("/profile")}`, text: "Link another account" }))
      : null,
  ];
}
