// What an administrator can do themselves about what a test found: each remedy that is named has its button.

import { button, busy } from "../dom.js";
import { SUITES } from "../suites.js";
import { goOn } from "./start.js";

// What a further consent of the administrator's own puts right.
const MENDED_BY_CONSENT = [
  "CONSENT_NEEDED",
  "CONSENT_DECLINED",
  "CONSENT_EXPIRED",
  "CONSENT_WITHDRAWN",
  "MFA_REQUIRED",
  "PERMISSION_MISSING",
  "ROOM_DIRECTORY_NOT_TICKED",
  "WRONG_TENANT",
  "FLOW_EXPIRED",
];
const WITHOUT = "WITHOUT_ROOM_DIRECTORY";

/** Every issue of the last test, and of an enabled integration as it is now. */
const found = ({ lastTest, issues }) =>
  [...(lastTest?.checks ?? []).map(({ issue }) => issue), ...(issues ?? [])].filter(Boolean).map(({ code }) => code);

/** Whether what was found is for the administrator's own consent to mend. */
export const lacksOwnConsent = (integration) => found(integration).some((code) => MENDED_BY_CONSENT.includes(code));

/** The buttons. A disabled integration keeps its permissions; where the approval came since, nothing has to be left out. */
export function remedies(suite, integration, changed) {
  const { status, variant, adminApprovalGivenAt } = integration;
  const canLeaveOut = status !== "DISABLED" && variant !== WITHOUT && suite.permissionChoices.some((each) => each.variant === WITHOUT);
  const isMissing = found(integration).includes("ROOM_DIRECTORY_NOT_APPROVED") && adminApprovalGivenAt === null;
  return [
    lacksOwnConsent(integration) ? going(`Go on at ${SUITES[suite.name]}`, () => goOn(suite, integration, changed), `go-on-${suite.name}`) : null,
    canLeaveOut && isMissing
      ? going("Go on without the room directory", () => goOn(suite, { variant: WITHOUT }, changed), `go-on-without-${suite.name}`)
      : null,
  ];
}

const going = (words, act, id) => button(words, (event) => busy(event.currentTarget, act), { kind: "quiet tight", id });
