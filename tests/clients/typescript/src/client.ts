// A typed document in, its typed answer out: all that HTTP needs.

import type { TypedDocumentString } from "./gql/graphql.js";

export interface Server {
  url: string;
  /** Left out in a browser that is signed in: then the session's cookie says who asks. */
  token?: string;
}

/** A bug, a bad request or a missing sign-in. What a person can run into is a problem: it is in the data. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

interface Answered<Data> {
  data?: Data;
  errors?: { message: string; extensions?: { code?: string } }[];
}

const MOST_ATTEMPTS = 5;

export async function ask<Data, Variables>(
  server: Server,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await send(server, { query: document.toString(), variables });
  const { data, errors } = (await response.json()) as Answered<Data>;
  const [error] = errors ?? [];
  if (error) throw new Refused(error.extensions?.code ?? "UNKNOWN", error.message);
  if (data === undefined) throw new Error(`no answer: ${response.status}`);
  return data;
}

/** Sends the same request again where the server says when: 429 (nothing was done) and 503 (it may have been). */
async function send(server: Server, request: object): Promise<Response> {
  const who: Record<string, string> = server.token
    ? { Authorization: `Bearer ${server.token}` }
    : { "X-Requested-With": "front-end" };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      credentials: server.token ? "omit" : "include",
      headers: { "Content-Type": "application/json", ...who },
      body: JSON.stringify(request),
    });
    const again = response.status === 429 || response.status === 503;
    if (!again || attempt === MOST_ATTEMPTS) return response;
    const seconds = Number(response.headers.get("Retry-After") ?? 1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}
