// What the audit log says of an act, in words, with the names of whom and what it was done to.

import { ask } from "../api.js";
import { plainly, valueInWords } from "../words.js";
import { VARIANTS } from "./words.js";

const LOG = `query AuditLog($first: Int!, $after: String) {
  auditLog(first: $first, after: $after) {
    nodes { id action outcome at origin networkAddress targetId actor { name } details { name value } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** What became of it, with its tone. */
export const OUTCOMES = { SUCCEEDED: ["Done", "good"], FAILED: ["Failed", "refusal"], REFUSED: ["Refused", "notice"] };

const ORIGINS = {
  SESSION: "from a browser",
  ACCESS_TOKEN: "with an access token",
  SUITE_VISIT: "coming back from the suite",
  COMMAND_LINE: "on the server's command line",
  SERVER: "by itself",
};
// These need no name of what they were done to: their details say which suite it was.
const NAMELESS = /^(INTEGRATION|TEST_FLOW|CONSENTS|PERMISSIONS|ADMIN_APPROVAL|ACCESS_TOKEN)_/;
const MEMBERS = ["member", "merged_member"];
const AT_ONCE = 15;

/** A page of the log, the latest first, each entry with the names that it leads to. */
export async function readLog(first, after = null) {
  const { nodes, pageInfo } = (await ask(LOG, { first, after })).auditLog;
  const names = await namesOf(nodes.flatMap(idsIn));
  return { nodes: nodes.map((node) => ({ ...node, names })), pageInfo };
}

function idsIn({ action, targetId, details }) {
  const told = details.filter(({ name }) => MEMBERS.includes(name)).map(({ value }) => value);
  return targetId && !NAMELESS.test(action) ? [targetId, ...told] : told;
}

const known = new Map();

/** Names by id; what is gone has none. */
async function namesOf(ids) {
  const asked = [...new Set(ids)].filter((id) => !known.has(id));
  const portions = Array.from({ length: Math.ceil(asked.length / AT_ONCE) }, (_, place) => asked.slice(place * AT_ONCE, (place + 1) * AT_ONCE));
  await Promise.all(portions.map(learn));
  return known;
}

async function learn(ids) {
  const variables = Object.fromEntries(ids.map((id, place) => [`id${place}`, id]));
  const fields = ids.map((_, place) => `n${place}: node(id: $id${place}) { ...Named }`);
  const found = await ask(
    `query Named(${ids.map((_, place) => `$id${place}: ID!`)}) { ${fields.join(" ")} }
    fragment Named on Node { ... on Member { name } ... on Room { name } }`,
    variables,
  );
  ids.forEach((id, place) => known.set(id, found[`n${place}`]?.name ?? null));
}

/** What was done, and to whom or what. */
export function whatWasDone({ action, targetId, names }) {
  const target = names.get(targetId);
  return target ? `${plainly(action)}: ${target}` : plainly(action);
}

/** Who did it. Whom nobody knows is told by the way they came. */
export function whoDidIt({ action, actor, origin }) {
  if (actor) return actor.name;
  if (origin === "SERVER" || origin === null) return "The server";
  if (origin === "COMMAND_LINE") return "The operator";
  return action === "ADMIN_APPROVAL_GIVEN" ? "Somebody at the suite" : "Somebody who was erased";
}

/** From where it came. */
export const fromWhere = ({ origin, networkAddress }) => [ORIGINS[origin], networkAddress].filter(Boolean);

/** What else is known of it. */
export const furtherDetails = ({ details, names }) =>
  details
    .map(({ name, value }) => [name, MEMBERS.includes(name) ? names.get(value) : value])
    .filter(([, value]) => value)
    .map(([name, value]) => detail(name, value))
    .join(" · ");

const detail = (name, value) =>
  name === "variant"
    ? `Asked for: ${(VARIANTS[value]?.[0] ?? valueInWords(value)).toLowerCase()}`
    : `${plainly(name)}: ${value.split(", ").map(valueInWords).join(", ")}`;
