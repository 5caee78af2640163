// Switching a suite off: its consequences first, bound to a confirmation that is typed.

import { PROBLEM, ask } from "../api.js";
import { h } from "../dom.js";
import { choice } from "../dialog.js";
import { attempt, say } from "../say.js";
import { SUITES } from "../suites.js";
import { moment } from "../time.js";
import { confirmEnding } from "./ending.js";

const PREVIEW = `query DisableIntegrationPreview {
  disableIntegrationPreview {
    __typename
    ... on DisableIntegrationPreview { consequences remainsAtSuite confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const DISABLE = `mutation DisableIntegration($input: DisableIntegrationInput!) {
  disableIntegration(input: $input) {
    __typename
    ... on IntegrationDisabled { retainedUntil }
    ... on ConfirmationStale { consequences confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

export async function disable(suite, changed) {
  const shown = await attempt(async () => (await ask(PREVIEW)).disableIntegrationPreview);
  if (!shown) return;
  const done = await confirmEnding({
    title: `Disable ${SUITES[suite.name]}?`,
    shown,
    above: h("p", { text: "This is what happens at once:" }),
    below: [
      h("details", {}, h("summary", { text: "How consents are removed at the suite" }), h("p", { class: "small soft", text: shown.remainsAtSuite })),
      suite.capabilities.revocableByUs
        ? choice("End the consents at the suite, too", { name: "revoke" }, "Then members have to consent anew, even if you change your mind.")
        : null,
    ],
    action: "Disable",
    act: async (confirmation, body) => {
      const input = { confirmation, revokeAtSuite: body.elements.revoke?.checked ?? false };
      return (await ask(DISABLE, { input })).disableIntegration;
    },
  });
  if (done) {
    say(`${SUITES[suite.name]} is disabled. Its consents are kept until ${moment(done.retainedUntil)}.`);
    await changed();
  }
}
