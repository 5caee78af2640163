// Access tokens: for front ends and scripts that cannot hold a session.

import { PROBLEM, all, ask, idempotencyKey, isProblem, words } from "../api.js";
import { button, h } from "../dom.js";
import { confirm, form, labelled } from "../dialog.js";
import { Region } from "../region.js";
import { attempt, copy, say } from "../say.js";
import { moment, relative } from "../time.js";

const TOKENS = `query MyTokens($after: String) {
  viewer { accessTokens(first: 50, after: $after) {
    nodes { id name createdAt expiresAt revokedAt } pageInfo { hasNextPage endCursor }
  } }
}`;
const CREATE = `mutation CreateAccessToken($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) {
    __typename ... on AccessTokenCreated { token accessToken { name expiresAt } } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const REVOKE = `mutation RevokeAccessToken($input: RevokeAccessTokenInput!) {
  revokeAccessToken(input: $input) { __typename ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;

export function startTokens(element) {
  const region = new Region(
    element,
    () => all(async (after) => (await ask(TOKENS, { after })).viewer.accessTokens, 200),
    (tokens) => show(tokens, region),
  );
  region.refresh();
}

function show(tokens, region) {
  const make = button("New token", () => create(region), { kind: "quiet tight", id: "new-token" });
  const living = tokens.filter((token) => !token.revokedAt && new Date(token.expiresAt) > new Date());
  if (!living.length) return { empty: "You have no token. One lets a script or a front end act as you.", action: make };
  return [
    h("ul", { class: "plain-list lines" }, living.map((token) =>
      h("li", { class: "row apart" },
        h("div", {}, h("strong", { text: token.name }), h("div", { class: "small soft", text: `made ${moment(token.createdAt)}, ends ${relative(token.expiresAt)}` })),
        button("Revoke", () => revoke(token, region), { kind: "danger quiet tight", "aria-label": `Revoke ${token.name}` })))),
    h("div", { class: "row" }, make),
  ];
}

async function create(region) {
  const key = idempotencyKey();
  const made = await form({
    title: "New access token",
    contents: [
      labelled("What it is for", h("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" }), "Say where you will use it."),
      labelled("Days it works", h("input", { name: "days", type: "number", min: 1, max: 365, value: 30, required: true })),
    ],
    action: "Make it",
    submit: async (body, wrong) => {
      const input = { name: body.elements.name.value, lifetimeDays: Number(body.elements.days.value), idempotencyKey: key };
      const answer = (await ask(CREATE, { input })).createAccessToken;
      if (!isProblem(answer)) return answer;
      wrong(words(answer));
      return undefined;
    },
  });
  if (!made) return;
  await region.refresh();
  await form({ title: "Copy it now", contents: secret(made), cancel: "Done" });
}

function secret({ token, accessToken }) {
  const field = h("input", { readonly: true, value: token, "aria-label": "Access token", spellcheck: "false" });
  return [
    h("p", { text: "It is shown this once. Whoever has it acts as you." }),
    h("div", { class: "secret" }, field, button("Copy", () => copy(field, "The token is copied."), { kind: "quiet tight" })),
    h("p", { class: "small soft" }, "Send it as ", h("code", { text: "Authorization: Bearer …" }), `. It ends ${moment(accessToken.expiresAt)}.`),
  ];
}

async function revoke(token, region) {
  const sure = await confirm({
    title: `Revoke “${token.name}”?`,
    contents: h("p", { text: "Whatever uses it is shut out at once. This can't be taken back." }),
    action: "Revoke",
  });
  if (sure && (await attempt(async () => (await ask(REVOKE, { input: { accessTokenId: token.id } })).revokeAccessToken))) say("Revoked.");
  await region.refresh();
}
