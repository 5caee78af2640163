// What the API's values are called here.

/** A status as a badge has it, with its tone. */
export const STATUSES = {
  NOT_CONFIGURED: ["Off", ""],
  AWAITING_CONSENT: ["Waiting for your consent", "notice"],
  AWAITING_ADMIN_APPROVAL: ["Waiting for an administrator's approval", "notice"],
  TEST_FAILED: ["The test found something", "refusal"],
  TESTED: ["Tested, not enabled yet", "notice"],
  ENABLED: ["Enabled for all users", "good"],
  DISABLED: ["Disabled", "refusal"],
};

export const HEALTH = {
  HEALTHY: ["Healthy", "good"],
  DEGRADED: ["Works in part", "notice"],
  BROKEN: ["Broken", "refusal"],
};

export const CHECKS = {
  TOKEN: "The suite gives us access",
  GRANTED_SCOPES: "You granted everything that was asked of you",
  RIGHT_TENANT: "It is your organisation's own tenant",
  PROFILE: "Your profile can be read",
  CALENDAR_READ: "Your calendar can be read",
  ROOM_DIRECTORY: "The rooms can be listed",
  FREE_BUSY: "The suite tells when rooms are free",
  CHANGE_NOTIFICATIONS: "The suite tells us when something changes",
};

export const OUTCOMES = { PASSED: ["✓", "passed"], FAILED: ["✕", "failed"], SKIPPED: ["–", "skipped"], RUNNING: ["…", "running"] };

export const VARIANTS = {
  FULL: ["Everything", "Rooms are listed from the suite's directory."],
  WITHOUT_ROOM_DIRECTORY: ["Without the room directory", "You enter rooms by their email address. Everything else works."],
};

export const ACTORS = {
  MEMBER: "the member",
  SUBSCRIPTION_ADMINISTRATOR: "a subscription administrator, such as you",
  TENANT_ADMINISTRATOR: "an administrator of the calendar suite",
  OPERATOR: "the operator of this server",
};

export const WAYS = {
  CONSENT_FOR_ORGANISATION: "Consent for the whole organisation",
  ADMIN_APPROVAL_LINK: "Send the direct approval link",
  SUITE_REQUEST: "Request it on the suite's own page",
  TRUSTED_APPLICATION: "Have the application trusted",
};
