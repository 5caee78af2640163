// One suite: whether it is on, and what can be done about it now.

import { badge, button, busy, fresh, h } from "../dom.js";
import { confirm } from "../dialog.js";
import { problemNote } from "../region.js";
import { syncStanding } from "../room-sync.js";
import { attempt, say } from "../say.js";
import { SUITES } from "../suites.js";
import { moment, relative } from "../time.js";
import { askForConsent, takeUp } from "./again.js";
import { approval, approvalLink, approvedSince } from "./approval.js";
import { cancelIntegration, enable, ofSuite, syncRooms } from "./data.js";
import { disable } from "./disable.js";
import { remedies } from "./remedies.js";
import { goOn, start } from "./start.js";
import { lacksOwnConsentNow, previewOf, report, testing } from "./testing.js";
import { HEALTH, STATUSES } from "./words.js";

const ON_THE_WAY = ["AWAITING_CONSENT", "AWAITING_ADMIN_APPROVAL", "TEST_FAILED", "TESTED"];

/** The card of a suite; `changed()` reads everything anew. */
export function card(suite, data, changed) {
  const integration = ofSuite(data, suite.name);
  const status = integration?.status ?? "NOT_CONFIGURED";
  const title = fresh("suite");
  return h(
    "article",
    { class: "card suite", "aria-labelledby": title },
    h(
      "header",
      {},
      h("div", {}, h("h2", { id: title, text: SUITES[suite.name] }), badges(integration, status)),
      data.isAdministrator && suite.isConfigured ? toggle(suite, integration, status, title, data, changed) : null,
    ),
    data.isAdministrator ? body(suite, integration, status, data, changed) : null,
  );
}

function badges(integration, status) {
  const [words, tone] = STATUSES[status];
  const health = status === "ENABLED" && integration.health ? HEALTH[integration.health] : null;
  return h("div", { class: "row" }, badge(words, tone), health ? badge(...health) : null);
}

function toggle(suite, integration, status, title, data, changed) {
  const isOn = status === "ENABLED";
  const press = async () => {
    if (isOn) await disable(suite, changed);
    else if (integration && canBeEnabled(integration)) await enableOnceSure(suite, integration, changed);
    else if (status.startsWith("AWAITING")) await goOn(suite, integration, changed);
    else if (status === "DISABLED") await takeUp(suite, integration, data, changed);
    else await start(suite, changed);
  };
  return h("button", {
    type: "button",
    class: "switch",
    role: "switch",
    id: `switch-${suite.name}`,
    "aria-checked": String(isOn),
    "aria-labelledby": title,
    onclick: press,
  });
}

function body(suite, integration, status, data, changed) {
  if (!suite.isConfigured) {
    return h("p", { class: "soft", text: `This server is not set up for ${SUITES[suite.name]}. Its operator registers the application and enters its id and secret in the settings.` });
  }
  if (status === "NOT_CONFIGURED") return off(suite, data, changed);
  return [
    status.startsWith("AWAITING") ? approval(suite, integration, status, changed) : null,
    status === "ENABLED" ? enabled(integration, changed) : null,
    status === "DISABLED" ? retained(suite, integration, data, changed) : null,
    status === "DISABLED" && canBeEnabled(integration) ? enabling(suite, integration, changed) : null,
    ["TEST_FAILED", "TESTED", "ENABLED"].includes(status) || wasTestedSince(integration)
      ? tested(suite, integration, changed)
      : null,
    status === "TESTED" ? enabling(suite, integration, changed) : null,
    ON_THE_WAY.includes(status)
      ? h("div", { class: "row" }, button("Give up", () => giveUp(suite, changed), { kind: "danger quiet tight" }))
      : null,
  ];
}

function off(suite, data, changed) {
  const other = data.integration.suite && data.integration.suite !== suite.name && data.integration.status === "ENABLED";
  return [
    h("p", {
      class: "soft",
      text: other
        ? `Your organisation uses ${SUITES[data.integration.suite]}. Starting this one asks you to confirm the switch first.`
        : "Members see their agenda, book rooms, and hear at once when a room declines. Nothing of a calendar is stored here.",
    }),
    h("div", { class: "row" }, button("Set it up", () => start(suite, changed), { kind: other ? "quiet" : "" })),
  ];
}

function enabled(integration, changed) {
  const { figures } = integration;
  return h(
    "div",
    { class: "part" },
    issuesNow(integration).map((issue) => problemNote({ ...issue, retryable: integration.health !== "BROKEN" })),
    figures
      ? h(
          "dl",
          { class: "figures" },
          figure(figures.connectedMembers === 1 ? "member connected" : "members connected", figures.connectedMembers),
          figures.suspendedMembers ? figure("members resting", figures.suspendedMembers) : null,
          figure("rooms paired", figures.pairedRooms),
          figure("bookings pending", figures.pendingBookings),
        )
      : null,
    h("p", { class: "small soft", text: since(integration) }),
    syncStanding(integration.roomSync, changed),
    h("div", { class: "row" }, hasDirectory(integration) ? syncAgain(changed) : h("a", { class: "button quiet tight", href: "/rooms", text: "Enter rooms by their email addresses" })),
  );
}

/** What an enabled integration lacks stands with its figures. */
const issuesNow = ({ status, issues }) => (status === "ENABLED" ? issues ?? [] : []);
const saidAbove = (integration) => issuesNow(integration).map(({ code }) => code);

const syncAgain = (changed) => button("Sync rooms again", (event) => busy(event.currentTarget, async () => {
  if (await attempt(syncRooms)) say("The rooms are being read from the suite.");
  await changed();
}), { kind: "quiet tight" });

const figure = (words, number) => h("div", {}, h("dt", { text: words }), h("dd", { text: String(number) }));

function since({ tenant, enabledAt, enabledBy }) {
  const by = enabledBy ? ` by ${enabledBy.name}` : "";
  return [tenant ? `Tenant ${tenant}.` : "", enabledAt ? `Enabled on ${moment(enabledAt)}${by}.` : ""].join(" ");
}

function retained(suite, integration, data, changed) {
  const until = integration.retainedUntil;
  return h(
    "div",
    { class: "part" },
    until
      ? h("p", { class: "note notice" }, h("strong", { text: `Consents are kept until ${moment(until)} (${relative(until)}). ` }),
          "Taken up again before then, members carry on without doing anything. After that everything is erased.")
      : null,
    wasTestedSince(integration)
      ? null
      : h("div", { class: "row" }, button("Take it up again", () => takeUp(suite, integration, data, changed), { id: `again-${suite.name}` })),
  );
}

function tested(suite, integration, changed) {
  const area = h("div", { class: "part", "aria-live": "polite" });
  const run = button("Run the test again", (event) => busy(event.currentTarget, async () => {
    if (lacksOwnConsentNow(await testing(area, changed))) await askForConsent(suite, integration, changed);
  }), {
    kind: approvedSince(integration) ? "tight" : "quiet tight",
    id: `test-${suite.name}`,
  });
  const shown = integration.lastTest ? [report(integration.lastTest, saidAbove(integration)), previewOf(integration.lastTest)] : h("p", { text: "It was not tested yet." });
  area.append(
    h("h3", { text: "Test" }),
    h("div", { data: { part: "report" } }, shown, approvalLink(suite, integration)),
    h("div", { class: "row" }, run, remedies(suite, integration, changed)),
  );
  return area;
}

/** The step that a passed test leads to. */
const enabling = (suite, integration, changed) =>
  h(
    "div",
    { class: "part" },
    h("p", { text: integration.status === "DISABLED" ? "The test has passed. Enabled again, members whose consents are kept carry on." : `${whatEnablingDoes(integration)} Nobody is connected without their own consent.` }),
    h("div", { class: "row" }, button("Enable for all users", (event) => busy(event.currentTarget, () => enableForAll(changed)), { id: `enable-${suite.name}` })),
  );

/** A disabled integration stays so through a test; what counts is one that was run since. */
const wasTestedSince = ({ status, lastTest, disabledAt }) =>
  status === "DISABLED" && lastTest !== null && new Date(lastTest.at) > new Date(disabledAt);

const canBeEnabled = (integration) =>
  integration.status === "TESTED" || (wasTestedSince(integration) && integration.lastTest.passed);

const hasDirectory = ({ variant }) => variant !== "WITHOUT_ROOM_DIRECTORY";

const whatEnablingDoes = (integration) =>
  hasDirectory(integration)
    ? "Enabling lists and pairs the rooms, and lets every member connect their own calendar."
    : "Enabling lets every member connect their own calendar. You enter the rooms by their email addresses.";

async function enableForAll(changed) {
  if (await attempt(enable)) say("It is enabled. Members can connect their calendars now.");
  await changed();
}

async function enableOnceSure(suite, integration, changed) {
  const sure = await confirm({
    title: `Enable ${SUITES[suite.name]} for all users?`,
    contents: h("p", { text: whatEnablingDoes(integration) }),
    action: "Enable",
    kind: "",
  });
  if (sure) await enableForAll(changed);
}

async function giveUp(suite, changed) {
  const sure = await confirm({
    title: `Give up setting up ${SUITES[suite.name]}?`,
    contents: h("p", { text: "Your own consent given so far is erased here. You can begin again at any time." }),
    action: "Give up",
  });
  if (sure && (await attempt(cancelIntegration))) {
    say("It was given up.");
    await changed();
  }
}
