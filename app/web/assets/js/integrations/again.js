// Taking up what was disabled: what that means is said first. Nobody is sent to the suite, unless their own consent is gone.

import { confirm, form } from "../dialog.js";
import { h } from "../dom.js";
import { SUITES } from "../suites.js";
import { moment, relative } from "../time.js";
import { goOn } from "./start.js";
import { lacksOwnConsentNow, retest } from "./testing.js";

export async function takeUp(suite, integration, data, changed) {
  const title = SUITES[suite.name];
  // The test is of the present integration: one that gave way to another is taken up at the suite.
  const gaveWay = data.integration.suite !== suite.name;
  const agreed = await form({
    title: `Take up ${title} again?`,
    contents: [
      h("p", { text: `Members' consents are kept until ${moment(integration.retainedUntil)} (${relative(integration.retainedUntil)}). Whoever's consent is kept need not consent again.` }),
      gaveWay && data.integration.status !== "DISABLED"
        ? h("p", { text: `Your organisation has turned to ${SUITES[data.integration.suite]} since. That ends with this, which you are asked to confirm first.` })
        : null,
      h("p", { text: `${gaveWay ? `You go by way of ${title}, and the test runs` : "The test runs now"}, with your own calendar. Once it has passed, you enable it for all users; until then it stays disabled.` }),
    ],
    action: gaveWay ? `Go on at ${title}` : "Run the test",
    submit: async () => ({ run: gaveWay ? null : await retest() }),
  });
  if (!agreed) return;
  if (gaveWay) return goOn(suite, integration, changed);
  await changed();
  if (lacksOwnConsentNow(agreed.run)) await askForConsent(suite, integration, changed);
}

/** Of a test that could not be run without the administrator's own consent nothing is kept: it is said now. */
export async function askForConsent(suite, integration, changed) {
  const title = SUITES[suite.name];
  const goes = await confirm({
    title: "Your own consent is needed",
    contents: h("p", { text: `The test runs with your own calendar, and you have not connected one here, or its consent has ended. Members' consents are untouched.` }),
    action: `Go on at ${title}`,
    kind: "",
  });
  if (goes) await goOn(suite, integration, changed);
}
