// One way to the server: the public GraphQL API, asked with the session's cookie.

/** For every document that may answer with a problem: `... on Problem { ...ProblemParts }`. */
export const PROBLEM = `fragment ProblemParts on Problem { __typename code message remedy retryable whoActs }`;

const ACTORS = {
  MEMBER: null,
  SUBSCRIPTION_ADMINISTRATOR: "a subscription administrator of your organisation",
  TENANT_ADMINISTRATOR: "an administrator of your calendar suite",
  OPERATOR: "the operator of this server",
};

/** The request itself came to nothing; `message` can be shown. `offline` where nobody could be reached. */
export class RequestFailed extends Error {
  constructor(message, { offline = false, code = null } = {}) {
    super(message);
    this.offline = offline;
    this.code = code;
  }
}

/** Sends whoever is no longer signed in to sign-in, and back here afterwards. */
export function signIn() {
  const here = window.location.pathname + window.location.search;
  window.location.assign(`/auth/sign-in?returnTo=${encodeURIComponent(here)}`);
}

/**
 * The `data` of one operation. Raises RequestFailed where the server can't be reached, is busy, or says `errors`;
 * an expected refusal is data, a problem.
 */
export async function ask(query, variables = {}) {
  let response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json",
        "X-Requested-With": "console",
      },
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new RequestFailed("The server cannot be reached. Your connection may be down.", { offline: true });
  }
  if (response.status === 429) {
    const wait = response.headers.get("Retry-After");
    throw new RequestFailed(`That was a lot at once. Try again in ${wait ?? "a few"} seconds.`, { code: "RATE_LIMITED" });
  }
  let answer;
  try {
    answer = await response.json();
  } catch {
    throw new RequestFailed("The server is not there just now. Try again in a moment.", { offline: response.status >= 500 });
  }
  const [error] = answer.errors ?? [];
  if (error && (!answer.data || Object.values(answer.data).every((value) => value === null))) throw failure(error);
  return answer.data;
}

function failure(error) {
  const { code = null, correlationId } = error.extensions ?? {};
  if (code === "UNAUTHENTICATED") signIn();
  return new RequestFailed(correlationId ? `${error.message} (reference ${correlationId})` : error.message, { code });
}

/** Whether a result is a problem and not what was asked for. */
export const isProblem = (result) => Boolean(result && "whoActs" in result);

let viewersRole = null;

/** From now on nobody is told that something is for somebody like themselves. */
export const speakTo = (role) => void (viewersRole = role);

/** A problem in words: what is wrong, what to do, and who has to, where that is somebody else and not said yet. */
export function words(problem) {
  const isSaid = problem.whoActs === viewersRole || (problem.whoActs === "SUBSCRIPTION_ADMINISTRATOR" && problem.remedy?.includes("subscription administrator"));
  const actor = isSaid ? null : ACTORS[problem.whoActs];
  return [problem.message, problem.remedy, actor ? `This is for ${actor}.` : null].filter(Boolean).join(" ");
}

/** A key under which a request may be sent again without being done twice. */
export const idempotencyKey = () => crypto.randomUUID();

/** All nodes of a connection, page by page: `page(after)` answers with one. At most `most`. */
export async function all(page, most = 500) {
  const nodes = [];
  let after = null;
  do {
    const connection = await page(after);
    nodes.push(...connection.nodes);
    after = connection.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null;
  } while (after && nodes.length < most);
  return nodes;
}
