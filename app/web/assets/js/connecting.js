// The viewer's consent at the calendar suite: how it is asked for, and why it may work no longer.

import { PROBLEM, ask } from "./api.js";
import { attempt } from "./say.js";

const CONNECT = `mutation ConnectCalendar($input: ConnectCalendarInput) {
  connectCalendar(input: $input) { __typename ... on ConsentRequested { consentUrl } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;

/** Why a connection does not work, each with who can do something about it. */
export const REASONS = {
  CONSENT_NEEDED: "A permission that was asked for is missing.",
  CONSENT_WITHDRAWN: "The consent was withdrawn inside the suite.",
  EXPIRED: "The consent has expired, or a changed password ended it.",
  MFA: "The suite wants you to prove yourself with a second factor again.",
  ACCOUNT_DISABLED: "Your account is disabled in the suite. Its administrator can tell you why.",
  CONDITIONAL_ACCESS: "A policy of your organisation's suite does not let this through. Its administrator can change it.",
  NOT_ASSIGNED: "Your organisation's suite lets only assigned people use this. Its administrator can assign you.",
  NO_MAILBOX: "Your account has no mailbox in the suite.",
  INTEGRATION_DISABLED: "Your organisation has switched the integration off.",
};

/** Sends the browser to the suite for the member's consent; it comes back to this page, as it is shown now. */
export async function connect() {
  const returnTo = window.location.pathname + window.location.search;
  const asked = await attempt(async () => (await ask(CONNECT, { input: { returnTo } })).connectCalendar);
  if (asked) window.location.assign(asked.consentUrl);
}
