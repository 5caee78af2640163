// Taking up what was disabled: what that means is said first. Nobody is sent to the suite, unless their own consent is gone.

import { confirm, form } from "../dialog.js";
import { h } from "../dom.js";
import { SUITES } from "../suites.js";
import { moment, relative } from "../time.js";
import { goOn } from "./start.js";
import { lacksOwnConsentNow, retest } from "./testing.js";

export async function takeUp(suite, integration, data, changed) {
  const title = SUITES[suite.name];
  const isCurrent = data.integration.suite === suite.name;
  const agreed = await form({
    title: `Take up ${title} again?`,
    contents: [
      h("p", { text: `Members' consents are kept until ${moment(integration.retainedUntil)} (${relative(integration.retainedUntil)}): whose is kept need not consent again.` }),
      h("p", { text: isCurrent
        ? "The test runs now, with your own calendar. Once it has passed, you enable it for all users; until then it stays disabled."
        : `Your organisation has set up ${SUITES[data.integration.suite]} since. That ends with it, which you are asked to confirm first; then the test runs, and you enable ${title} for all users.` }),
    ],
    action: isCurrent ? "Run the test" : "Go on",
    submit: async () => ({ run: isCurrent ? await retest() : null }),
  });
  if (!agreed) return;
  if (!isCurrent) return goOn(suite, integration, changed);
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
