// Setting a suite up: what will be asked for is shown before anybody is sent anywhere.

import { PROBLEM, ask, isProblem } from "../api.js";
import { badge, h } from "../dom.js";
import { choice, form } from "../dialog.js";
import { sayProblem } from "../say.js";
import { SUITES } from "../suites.js";
import { inShort } from "../words.js";
import { confirmEnding } from "./ending.js";
import { VARIANTS } from "./words.js";

const START = `mutation StartIntegration($input: StartIntegrationInput!) {
  startIntegration(input: $input) {
    __typename
    ... on IntegrationStarted { consentUrl }
    ... on SwitchConfirmationRequired { consequences confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const BACK = "/settings/integrations";

/** Asks which permissions, and goes on to the suite. */
export async function start(suite, changed) {
  const title = SUITES[suite.name];
  const variant = await form({
    title: `Set up ${title}`,
    contents: [
      h("p", { text: `This is all that is asked for at ${title}, now or later: of you, and what is marked so of an administrator there.` }),
      permissions(suite),
      choices(suite),
      h("p", { class: "small soft", text: "Your consent is for yourself alone. Members connect with their own, once you have enabled it for all." }),
    ],
    action: `Continue to ${title}`,
    submit: async (body) => body.elements.variant?.value ?? "FULL",
  });
  if (variant) await go({ suite: suite.name, variant, returnTo: BACK }, changed);
}

/** On to the suite once more, with what was chosen before. */
export const goOn = (suite, { variant }, changed) => go({ suite: suite.name, variant: variant ?? "FULL", returnTo: BACK }, changed);

async function go(input, changed) {
  let answer;
  try {
    answer = (await ask(START, { input })).startIntegration;
  } catch (error) {
    return sayProblem(error);
  }
  if (answer.__typename === "IntegrationStarted") return window.location.assign(answer.consentUrl);
  if (answer.__typename === "SwitchConfirmationRequired") return switchOver(input, answer);
  if (isProblem(answer)) sayProblem(answer);
  return changed();
}

async function switchOver(input, shown) {
  const started = await confirmEnding({
    title: `Switch to ${SUITES[input.suite]}?`,
    shown,
    above: h("p", { text: shown.message }),
    action: "Switch",
    act: async (confirmation) => (await ask(START, { input: { ...input, confirmation } })).startIntegration,
  });
  if (started) window.location.assign(started.consentUrl);
}

/** A long name is broken after its dots, where that is needed. */
const breakable = (name) => name.split(/(?<=\.)/).flatMap((part) => [h("wbr"), part]).slice(1);

function permissions({ permissions: all }) {
  const row = ({ scope, isDelegated, why, isRequired, isForAdministrators }) =>
    h(
      "tr",
      {},
      h("td", {}, h("code", { title: scope }, breakable(inShort(scope)))),
      h(
        "td",
        {},
        why,
        h("div", { class: "row small soft" },
          badge(isDelegated ? "as you" : "asked of an administrator"),
          isRequired ? null : badge("optional"),
          isForAdministrators ? badge("administrators only") : null),
      ),
    );
  return h(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": "Permissions" },
    h(
      "table",
      { class: "permissions" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col", text: "Permission" }), h("th", { scope: "col", text: "Why it is needed" }))),
      h("tbody", {}, all.map(row)),
    ),
  );
}

function choices({ permissionChoices }) {
  if (permissionChoices.length < 2) return null;
  return h(
    "fieldset",
    {},
    h("legend", { text: "How much to ask for" }),
    permissionChoices.map(({ variant, leftOut }, place) => {
      const [label, hint] = VARIANTS[variant];
      const without = leftOut.length ? ` Without ${leftOut.map(inShort).join(", ")}.` : "";
      return choice(label, { type: "radio", name: "variant", value: variant, checked: place === 0 }, hint + without);
    }),
  );
}
