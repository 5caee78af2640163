// Switching a suite off: its consequences first, bound to a confirmation that is typed.

import { PROBLEM, ask, isProblem, words } from "../api.js";
import { h, replace } from "../dom.js";
import { choice, form, labelled } from "../dialog.js";
import { attempt, say } from "../say.js";
import { SUITES } from "../suites.js";
import { moment } from "../time.js";
import { viewer } from "../viewer.js";

const PREVIEW = `query DisableIntegrationPreview {
  disableIntegrationPreview {
    __typename
    ... on DisableIntegrationPreview { consequences retainedUntil remainsAtSuite confirmation }
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
  const { organisation } = await viewer();
  let { confirmation } = shown;
  const list = h("ul", {}, lines(shown.consequences));
  const done = await form({
    title: `Disable ${SUITES[suite.name]}?`,
    contents: [
      h("p", { text: "This is what happens at once:" }),
      list,
      h("p", { class: "note notice", text: `Consents are kept until ${moment(shown.retainedUntil)}. Enabled again before then, everybody carries on; after that everything is erased.` }),
      h("p", { class: "small soft", text: shown.remainsAtSuite }),
      suite.capabilities.revocableByUs
        ? choice("End the consents at the suite, too", { name: "revoke" }, "Then members have to consent anew, even if you change your mind.")
        : null,
      labelled(`To confirm, type “${organisation.name}”`, h("input", { name: "typed", autocomplete: "off", spellcheck: "false" })),
    ],
    action: "Disable",
    kind: "danger",
    submit: async (body, wrong) => {
      if (body.elements.typed.value.trim() !== organisation.name) {
        wrong(`That is not “${organisation.name}”.`, body.elements.typed);
        return undefined;
      }
      const input = { confirmation, revokeAtSuite: body.elements.revoke?.checked ?? false };
      const answer = (await ask(DISABLE, { input })).disableIntegration;
      if (answer.__typename === "ConfirmationStale") {
        confirmation = answer.confirmation;
        replace(list, lines(answer.consequences));
        wrong(words(answer));
        return undefined;
      }
      if (isProblem(answer)) {
        wrong(words(answer));
        return undefined;
      }
      return answer;
    },
  });
  if (done) {
    say(`${SUITES[suite.name]} is disabled. Its consents are kept until ${moment(done.retainedUntil)}.`);
    await changed();
  }
}

const lines = (consequences) => consequences.map((text) => h("li", { text }));
