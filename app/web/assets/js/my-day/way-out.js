// Where no agenda can be shown: why, and the way out.

import { words } from "../api.js";
import { REASONS, connect } from "../connecting.js";
import { busy, button, h } from "../dom.js";
import { moment } from "../time.js";
import { isAdministrator, viewer } from "../viewer.js";

const connecting = (text) => button(text, (event) => busy(event.currentTarget, connect));

/** What stands in place of the agenda; `again()` reads it once more. */
export async function wayOut(problem, again) {
  const someone = await viewer({ again: true });
  const retry = () => button("Try again", again, { kind: "quiet" });
  switch (problem.code) {
    case "CONNECTION_REQUIRED":
      return part(
        "Your calendar is not connected",
        ["Connect it to see your agenda here and to book rooms. Only you give this consent, and you can take it back at any time."],
        connecting("Connect your calendar"),
      );
    case "RECONNECT_REQUIRED":
      return part(
        "Your calendar has to be connected again",
        [`${REASONS[problem.reason] ?? "The consent no longer works."} Everything you had is kept.`],
        connecting("Connect your calendar again"),
      );
    case "CONNECTION_BLOCKED":
      return part("Your calendar cannot be read at the moment", [words(problem)], retry());
    case "INTEGRATION_UNAVAILABLE":
      return part("Calendars are switched off", unavailable(problem, someone), administration(someone), retry());
    default:
      return part("Your calendar does not answer", [words(problem)], retry());
  }
}

function unavailable(problem, someone) {
  const { status, keptUntil } = someone.connection;
  const kept = status === "SUSPENDED" && keptUntil
    ? `Your own consent is kept until ${moment(keptUntil)}: if calendars are switched on before, you carry on as before.`
    : null;
  const said = problem.status === "DISABLED"
    ? "Your organisation has switched its calendars off."
    : "Your organisation has not switched its calendars on yet.";
  const who = isAdministrator(someone) ? null : "A subscription administrator can switch them on.";
  return [[said, who].filter(Boolean).join(" "), kept].filter(Boolean);
}

function administration(someone) {
  return isAdministrator(someone) ? h("a", { class: "button", href: "/settings/integrations", text: "Open the integrations" }) : null;
}

function part(title, paragraphs, ...actions) {
  return h(
    "div",
    { class: "way-out" },
    h("h3", { text: title }),
    paragraphs.map((text) => h("p", { text })),
    h("div", { class: "row" }, actions),
  );
}
