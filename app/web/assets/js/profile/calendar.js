// The viewer's own consent: how it stands, and how it is given, renewed and taken back.

import { PROBLEM, ask } from "../api.js";
import { REASONS, connect } from "../connecting.js";
import { badge, button, busy, h } from "../dom.js";
import { confirm } from "../dialog.js";
import { Region } from "../region.js";
import { attempt, say } from "../say.js";
import { SUITES } from "../suites.js";
import { moment, relative } from "../time.js";
import { isAdministrator, viewer } from "../viewer.js";
import { inShort } from "../words.js";

const STANDING = `query MyCalendar {
  viewer { role connection { status reason email since keptUntil scopes } }
  integration { status suite }
  calendarSuites { name permissions { scope why isDelegated isRequired isForAdministrators } }
}`;
const DISCONNECT = `mutation DisconnectCalendar {
  disconnectCalendar { __typename ... on CalendarDisconnected { suiteWasTold } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const STATUSES = {
  NOT_CONNECTED: ["Not connected", ""],
  CONNECTED: ["Connected", "good"],
  RECONNECT_REQUIRED: ["Has to be connected again", "refusal"],
  BLOCKED: ["Blocked", "refusal"],
  SUSPENDED: ["Suspended", "notice"],
};
export function startCalendar(element) {
  const region = new Region(element, () => ask(STANDING), (data) => show(data, region));
  region.refresh();
}

function show({ viewer: someone, integration, calendarSuites }, region) {
  const { connection } = someone;
  const permissions = calendarSuites.find(({ name }) => name === integration.suite)?.permissions ?? [];
  const missing = leftOut(someone, permissions);
  const suite = SUITES[integration.suite] ?? "your calendar suite";
  const { status, reason, email, since, keptUntil } = connection;
  const isMissing = status !== "CONNECTED" || missing.length > 0;
  const canConnect = integration.status === "ENABLED" && status !== "SUSPENDED" && isMissing;
  return [
    h("div", { class: "row" }, badge(...STATUSES[status]), email ? h("span", { text: email }) : null),
    // Whoever is not connected just was not asked yet.
    reason && status !== "NOT_CONNECTED" ? h("p", { text: REASONS[reason] }) : null,
    status === "CONNECTED"
      ? h("p", { class: "soft small", text: `${suite}, since ${moment(since)}. Your calendar is read when you look, with your own consent, and is not stored.` })
      : null,
    status === "CONNECTED" ? granted(connection, permissions) : null,
    status === "CONNECTED" && missing.length ? notAllowed(missing) : null,
    status === "NOT_CONNECTED" ? h("p", { text: offered(integration, suite) }) : null,
    keptUntil ? h("p", { class: "note notice", text: `Your consent is kept until ${moment(keptUntil)} (${relative(keptUntil)}). Enabled again before then, you carry on without doing anything.` }) : null,
    h("div", { class: "row" },
      canConnect ? button(status === "NOT_CONNECTED" ? `Connect ${suite}` : "Connect again", (event) => busy(event.currentTarget, connect), { id: "connect" }) : null,
      status === "NOT_CONNECTED" ? null : button("Disconnect", () => disconnect(region), { kind: "danger quiet tight" })),
  ];
}

/** What was consented to, each with what it is for. */
function granted({ scopes }, permissions) {
  const given = permissions.filter(({ scope }) => scopes?.includes(scope));
  if (!given.length) return null;
  return h("details", { class: "small" },
    h("summary", { text: "What you consented to" }),
    h("ul", {}, given.map(({ scope, why }) => h("li", {}, `${why} `, h("code", { title: scope, text: inShort(scope) })))));
}

/** What may be left out, and was. */
const leftOut = ({ role, connection: { scopes } }, permissions) =>
  permissions.filter(({ scope, isDelegated, isRequired, isForAdministrators }) =>
    isDelegated && !isRequired && !scopes?.includes(scope) && (!isForAdministrators || isAdministrator({ role })));

const notAllowed = (missing) =>
  h("div", { class: "note notice" },
    h("p", { text: "You did not allow everything, so this is missing until you connect again and tick it:" }),
    h("ul", {}, missing.map(({ why }) => h("li", { text: why }))));

const offered = (integration, suite) =>
  integration.status === "ENABLED"
    ? `Connected, you see your agenda here, book rooms, and hear at once when one declines. You consent at ${suite}, for yourself alone, and can take it back at any time.`
    : "Your organisation has not enabled a calendar suite. A subscription administrator can; shifts work without.";

async function disconnect(region) {
  const sure = await confirm({
    title: "Disconnect your calendar?",
    contents: [
      h("p", { text: "Your consent, notes and attendance are erased here, and you hear no more of your bookings. What is booked stays in your calendar." }),
      h("p", { text: "Your shifts stay. You can connect again at any time." }),
    ],
    action: "Disconnect",
  });
  if (!sure) return;
  const done = await attempt(async () => (await ask(DISCONNECT)).disconnectCalendar);
  if (done) {
    say(done.suiteWasTold
      ? "Disconnected, and the suite has withdrawn the consent."
      : "Disconnected. The consent stays inside the suite until you remove it there; it is of no use to us any more.");
    await viewer({ again: true });
  }
  await region.refresh();
}
