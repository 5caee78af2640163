// Real clients against a running server: `node clients.mjs ADDRESS TOKEN`.
//
// Each client asks a query, a mutation and the same with a wrong token, and subscribes; what it saw goes to standard
// output, one JSON object a line. The subscriptions stay open: the server is expected to restart once, and the
// process ends when every client has its second item.

import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const [address, token] = process.argv.slice(2);
const url = `${address}/graphql`;
const socketUrl = url.replace("http", "ws");
const QUERY = "query { viewer { role } }";
const MUTATION = "mutation { markNotificationsRead { __typename } }";
const SUBSCRIPTION = "subscription { integrationChanged { status } }";

const say = (client, step, value) => console.log(JSON.stringify({ client, step, value: value ?? null }));
const bearer = (value) => ({ Authorization: `Bearer ${value}` });
const soon = () => new Promise((resolve) => setTimeout(resolve, 200));

const sockets = (value) =>
  createWsClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: bearer(value),
    retryAttempts: 50,
    retryWait: soon,
    // Without it a server that is not there yet ends the subscription.
    shouldRetry: () => true,
  });
const streams = (value) => createSseClient({ url, headers: bearer(value), retryAttempts: 50, retry: soon });
const streamsOnce = (value) => createSseClient({ url, headers: bearer(value), retryAttempts: 0 });

/** The first `count` items that arrive at `subscribe(next, error, complete)`. */
function items(client, step, count, subscribe) {
  return new Promise((resolve, reject) => {
    let seen = 0;
    subscribe(
      (item) => {
        say(client, step, item);
        seen += 1;
        if (seen === count) resolve();
      },
      reject,
      () => seen < count && reject(new Error(`${client} was completed after ${seen} items`)),
    );
  });
}

/** The one answer of an operation sent over a socket or a stream. */
function once(connection, query) {
  return new Promise((resolve, reject) => {
    let answer;
    connection.subscribe(
      { query },
      { next: (value) => (answer = value), error: reject, complete: () => resolve(answer) },
    );
  });
}

async function refusal(client, step, attempt, describe) {
  try {
    say(client, step, { answered: await attempt() });
  } catch (error) {
    say(client, step, describe(error));
  }
}

async function apollo() {
  const client = "apollo";
  const over = (link) => new ApolloClient({ link, cache: new InMemoryCache() });
  const http = (value) => over(new HttpLink({ uri: url, headers: bearer(value) }));
  const ws = (value) => over(new GraphQLWsLink(sockets(value)));
  say(client, "query", (await http(token).query({ query: gql(QUERY) })).data);
  say(client, "mutation", (await http(token).mutate({ mutation: gql(MUTATION) })).data);
  await refusal(client, "wrong token", () => http("wrong").query({ query: gql(QUERY) }), (error) => error.errors?.[0].extensions.code);
  await refusal(
    client,
    "wrong token on a socket",
    () =>
      new Promise((resolve, reject) =>
        ws("wrong")
          .subscribe({ query: gql(SUBSCRIPTION) })
          .subscribe({ next: ({ error, data }) => (error ? reject(error) : resolve(data)), error: reject }),
      ),
    (error) => Number(/\b4\d{3}\b/.exec(String(error))?.[0]),
  );
  await items(client, "item", 2, (next, error, complete) =>
    ws(token)
      .subscribe({ query: gql(SUBSCRIPTION) })
      .subscribe({ next: (result) => (result.error ? error(result.error) : next(result.data)), error, complete }),
  );
}

function urqlClient(value, connection) {
  const forward = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: connection.subscribe({ query, variables }, sink) }),
  });
  return new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: bearer(value) },
    fetchSubscriptions: !connection,
    exchanges: connection
      ? [subscriptionExchange({ forwardSubscription: forward }), fetchExchange]
      : [fetchExchange],
  });
}

async function urql(client, connect) {
  const known = urqlClient(token, connect(token));
  const query = await known.query(QUERY, {}).toPromise();
  say(client, "query", query.data ?? String(query.error));
  const mutation = await known.mutation(MUTATION, {}).toPromise();
  say(client, "mutation", mutation.data ?? String(mutation.error));
  const refused = await urqlClient("wrong", connect("wrong")).query(QUERY, {}).toPromise();
  say(client, "wrong token", refused.error.response?.status ?? String(refused.error));
  await items(client, "item", 2, (next, error, complete) =>
    known
      .subscription(SUBSCRIPTION, {})
      .subscribe((result) => (result.error ? error(result.error) : next(result.data))),
  );
}

async function urqlOwnStreams() {
  const client = "urql's own streams";
  const known = urqlClient(token);
  say(client, "query", (await known.query(QUERY, {}).toPromise()).data);
  say(client, "mutation", (await known.mutation(MUTATION, {}).toPromise()).data);
  const refused = await urqlClient("wrong").query(QUERY, {}).toPromise();
  say(client, "wrong token", refused.error.response?.status ?? String(refused.error));
  // It opens no ended stream anew: the application subscribes again.
  const itemsUntilTheEnd = () =>
    new Promise((resolve) => {
      let seen = 0;
      const opened = known.subscription(SUBSCRIPTION, {}).subscribe((result) => {
        if (result.data && result.hasNext !== false) {
          seen += 1;
          say(client, "item", result.data);
        }
        if (result.error || result.hasNext === false || restarted) {
          resolve(seen);
          setTimeout(() => opened.unsubscribe());
        }
      });
    });
  let restarted = false;
  await itemsUntilTheEnd();
  restarted = true;
  while ((await itemsUntilTheEnd()) === 0) await soon();
}

async function plain(client, connect, connectOnce, describe) {
  const known = connect(token);
  say(client, "query", (await once(known, QUERY)).data);
  say(client, "mutation", (await once(known, MUTATION)).data);
  await refusal(client, "wrong token", () => once(connectOnce("wrong"), QUERY), describe);
  await items(client, "item", 2, (next, error, complete) =>
    known.subscribe({ query: SUBSCRIPTION }, { next: ({ data }) => next(data), error, complete }),
  );
}

await Promise.all([
  apollo(),
  urql("urql with sockets", sockets),
  urql("urql with streams", streams),
  urqlOwnStreams(),
  plain("graphql-ws", sockets, sockets, (event) => event.code),
  plain("graphql-sse", streams, streamsOnce, (error) => error.response?.status ?? String(error)),
]);
process.exit(0);
