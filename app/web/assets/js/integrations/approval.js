// Waiting for consent or approval: nothing has failed, and there are several ways on.

import { button, busy, h } from "../dom.js";
import { link } from "../link.js";
import { attempt, say } from "../say.js";
import { SUITES } from "../suites.js";
import { clock, dayOf, moment, today } from "../time.js";
import { markAwaiting, runTest } from "./data.js";
import { goOn } from "./start.js";
import { WAYS } from "./words.js";

const APPROVAL_LINK = "Direct admin approval link";

export function approval(suite, integration, status, changed) {
  const title = SUITES[suite.name];
  const isAwaitingApproval = status === "AWAITING_ADMIN_APPROVAL";
  // At a suite without a link an approval cannot be seen: there, going on is how one finds out.
  const isSeen = isAwaitingApproval && suite.adminApprovalLink !== null;
  const wasGiven = integration.adminApprovalGivenAt !== null;
  const goesOn = button(`Go on at ${title}`, (event) => busy(event.currentTarget, () => goOn(suite, integration, changed)), {
    id: `go-on-${suite.name}`,
    kind: isSeen ? "quiet" : "",
  });
  const asksForIt = button(wasGiven ? "It still asks for an approval" : "It asked for an administrator's approval", (event) => busy(event.currentTarget, async () => {
    if (await attempt(markAwaiting)) say("Noted. Nothing is lost; go on when the approval is given.");
    await changed();
  }), { kind: "quiet" });
  return h(
    "div",
    { class: "part" },
    wasGiven
      ? given(suite, integration, `Now go on at ${title} with your own account.`)
      : [
          h("p", {
            text: isAwaitingApproval
              ? `${title} wants one of its administrators to approve first. That is expected, and it never expires. Once it is given, go on.`
              : `Your consent at ${title} is still missing. Go on there with your own account and accept every permission. If it says that an administrator has to approve first, these are the ways:`,
          }),
          h("ul", { class: "plain-list ways" }, (integration.approvalWays ?? []).map(way)),
        ],
    h("div", { class: "row" }, goesOn, isAwaitingApproval ? null : asksForIt,
      isSeen ? looksForIt(title, changed) : null),
  );
}

/** Of an approval that was given in the suite's own administration nobody tells: it is noticed when somebody asks. */
const looksForIt = (title, changed) => button("See whether it was given", (event) => busy(event.currentTarget, async () => {
  const run = await attempt(runTest);
  if (run?.integration.status === "AWAITING_ADMIN_APPROVAL") {
    say(`${title} does not show an approval yet. If you know that it was given, wait a few minutes, or go on.`, "notice");
  }
  await changed();
}), { kind: "quiet", id: "look-for-approval" });

/** Who approved, and when, in the words of the card and of what is said once it is known. */
export const approvedInWords = (suite, at) =>
  `Approved by an administrator of ${SUITES[suite]} ${dayOf(at) === today() ? `at ${clock(at)}` : `on ${moment(at)}`}.`;

const given = (suite, { adminApprovalGivenAt }, next) =>
  h("p", { class: "note good" }, h("strong", { text: approvedInWords(suite.name, adminApprovalGivenAt) }), ` ${next}`);

// What a tenant administrator's approval puts right.
const MENDED_BY_APPROVAL = ["ROOM_DIRECTORY_NOT_APPROVED", "ADMIN_APPROVAL_NEEDED", "APPLICATION_BLOCKED"];

/** Whether what was found is for an approval to mend. */
function lacksApproval({ lastTest, issues }) {
  const found = [...(lastTest?.checks ?? []).map(({ issue }) => issue), ...(issues ?? [])];
  return found.some((issue) => MENDED_BY_APPROVAL.includes(issue?.code));
}

/** Whether the approval that was missing has been given since, so that a new test is the next step. */
export const approvedSince = (integration) => lacksApproval(integration) && integration.adminApprovalGivenAt !== null;

/** The link that mends what was found, where an approval does and the suite has such a link; or that it was given. */
export function approvalLink(suite, integration) {
  if (approvedSince(integration)) return given(suite, integration, "Now run the test again.");
  if (!suite.adminApprovalLink || !lacksApproval(integration)) return null;
  return h(
    "div",
    { class: "link-to-send" },
    h("p", { class: "small", text: "Send this link to an administrator of the calendar suite. Whoever opens it approves for the whole organisation; then run the test again." }),
    link(suite.adminApprovalLink, APPROVAL_LINK),
  );
}

function way({ kind, instructions, url, applicationId }) {
  return h(
    "li",
    {},
    h("h3", { text: WAYS[kind] }),
    h("p", { class: "small", text: instructions }),
    url ? link(url, APPROVAL_LINK) : null,
    applicationId ? link(applicationId, "Client id of this application", "The client id is copied.") : null,
  );
}
