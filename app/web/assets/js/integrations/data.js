// What the view is made of, and the acts that need nothing but a press.

import { PROBLEM, ask } from "../api.js";

const ISSUE = `fragment IssueParts on Issue { code message remedy whoActs suiteCode }`;
const REPORT = `fragment ReportParts on TestReport {
  at passed
  checks { name outcome isRequired note durationMilliseconds issue { ...IssueParts } }
}`;
const INTEGRATION = `fragment IntegrationParts on Integration {
  id status suite statusSince adminApprovalGivenAt variant tenant enabledAt disabledAt retainedUntil health
  issues { ...IssueParts }
  enabledBy { name }
  figures { connectedMembers suspendedMembers pairedRooms pendingBookings }
  roomSync { state roomsRead roomsAdded roomsUnpaired failureCode requestedAt finishedAt }
  approvalWays { kind instructions url applicationId }
  lastTest { ...ReportParts }
} ${ISSUE} ${REPORT}`;

const STATE = `query Integrations {
  integration { ...IntegrationParts }
  retainedIntegrations { ...IntegrationParts }
  calendarSuites {
    name isConfigured adminApprovalLink
    capabilities { revocableByUs }
    permissions { scope isDelegated why isRequired isForAdministrators }
    permissionChoices { variant scopes leftOut }
  }
} ${INTEGRATION}`;

const STANDING = `query IntegrationStanding {
  integration { id status suite }
  calendarSuites { name isConfigured }
}`;

/** For administrators everything; for members whether a suite is enabled. */
export async function read(isAdministrator) {
  const { integration, retainedIntegrations = [], calendarSuites } = await ask(isAdministrator ? STATE : STANDING);
  return { integration, retained: retainedIntegrations, suites: calendarSuites, isAdministrator };
}

/** The integration as far as this suite is concerned, whether it is the present one or a retained one. */
export function ofSuite({ integration, retained }, name) {
  if (integration.suite === name) return integration;
  return retained.find((each) => each.suite === name) ?? null;
}

const act = (name, success, fields) => {
  const document = `mutation ${name[0].toUpperCase()}${name.slice(1)} {
    ${name} { __typename ... on ${success} { ${fields} } ... on Problem { ...ProblemParts } }
  } ${PROBLEM}`;
  return async () => (await ask(document))[name];
};

export const cancelIntegration = act("cancelIntegration", "IntegrationCancelled", "integration { id status }");
export const markAwaiting = act("markAwaitingAdminApproval", "AdminApprovalAwaited", "integration { id status }");
export const enable = act("enableForAllUsers", "IntegrationEnabled", "integration { id status }");
export const syncRooms = act("syncRooms", "RoomSyncRequested", "roomSync { state }");

const TEST = `mutation RunTestFlow {
  runTestFlow {
    __typename
    ... on TestFlowRun {
      integration { status }
      report { ...ReportParts }
      previewSays
      preview {
        subject start { dateTime date } end { dateTime date }
        rooms { name state } organiser { name } attendeeSummary { atEventBuilding elsewhere unknown }
      }
    }
    ... on Problem { ...ProblemParts }
  }
} ${REPORT} ${ISSUE} ${PROBLEM}`;

/** Every check once more, with one event of the administrator's own calendar, or a problem. */
export const runTest = async () => (await ask(TEST)).runTestFlow;
