// Waiting for consent or approval: nothing has failed, and there are several ways on.

import { button, busy, fresh, h } from "../dom.js";
import { attempt, copy, say } from "../say.js";
import { SUITES } from "../suites.js";
import { markAwaiting } from "./data.js";
import { goOn } from "./start.js";
import { WAYS } from "./words.js";

export function approval(suite, integration, status, changed) {
  const isAwaitingApproval = status === "AWAITING_ADMIN_APPROVAL";
  const title = SUITES[suite.name];
  return h(
    "div",
    { class: "part" },
    h("p", {
      text: isAwaitingApproval
        ? `${title} wants one of its administrators to approve first. That is expected, and it never expires. Once it is given, go on.`
        : `You were sent to ${title} and have not come back yet. If it said that an administrator has to approve first, these are the ways:`,
    }),
    h("ul", { class: "plain-list ways" }, (integration.approvalWays ?? []).map(way)),
    h(
      "div",
      { class: "row" },
      button(`Go on at ${title}`, (event) => busy(event.currentTarget, () => goOn(suite, integration, changed)), { id: `go-on-${suite.name}` }),
      isAwaitingApproval
        ? null
        : button("It asked for an administrator's approval", (event) => busy(event.currentTarget, async () => {
            if (await attempt(markAwaiting)) say("Noted. Nothing is lost; go on when the approval is given.");
            await changed();
          }), { kind: "quiet" }),
    ),
  );
}

// What a tenant administrator's approval puts right.
const MENDED_BY_APPROVAL = ["ROOM_DIRECTORY_NOT_APPROVED", "ADMIN_APPROVAL_NEEDED", "APPLICATION_BLOCKED"];

/** The link that mends what was found, where an approval does and the suite has such a link. */
export function approvalLink({ adminApprovalLink }, { lastTest, issues }) {
  const found = [...(lastTest?.checks ?? []).map(({ issue }) => issue), ...(issues ?? [])];
  if (!adminApprovalLink || !found.some((issue) => MENDED_BY_APPROVAL.includes(issue?.code))) return null;
  return h(
    "div",
    { class: "link-to-send" },
    h("p", { class: "small", text: "Send this link to an administrator of the calendar suite. Whoever opens it approves for the whole organisation; then run the test again." }),
    link(adminApprovalLink),
  );
}

function way({ kind, instructions, url, applicationId }) {
  return h(
    "li",
    {},
    h("h3", { text: WAYS[kind] }),
    h("p", { class: "small", text: instructions }),
    url ? link(url) : null,
    applicationId ? link(applicationId, "Client id of this application", "The client id is copied.") : null,
  );
}

/** An address, or an id, to be sent to somebody. */
export function link(url, label = "Direct admin approval link", copied = "The link is copied.") {
  const field = h("input", { id: fresh("link"), readonly: true, value: url, "aria-label": label });
  field.addEventListener("focus", () => field.select());
  return h("div", { class: "link" }, field, button("Copy", () => copy(field, copied), { kind: "quiet tight" }));
}
