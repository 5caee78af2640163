// Hears what rooms answer, and goes on where it was when the connection was lost.

import { createClient } from "graphql-ws";
import type { Server } from "./client.js";
import type { PendingRoomsSubscription, PendingRoomsSubscriptionVariables } from "./gql/graphql.js";
import { PENDING_ROOMS } from "./queries.js";

export type Update = Extract<PendingRoomsSubscription["pendingRooms"], { __typename: "RoomBookingUpdate" }>;

/** In a browser leave `webSocketImpl` out; Node before 22 has none of its own and takes that of the package `ws`. */
export async function* roomUpdates(
  server: Server,
  since: string | null = null,
  webSocketImpl?: unknown,
): AsyncGenerator<Update> {
  const client = createClient({
    url: `${server.url.replace("http", "ws")}/graphql`,
    connectionParams: server.token ? { Authorization: `Bearer ${server.token}` } : {},
    retryAttempts: Infinity,
    webSocketImpl,
  });
  // Sent again with every new connection: so the object is changed, not replaced.
  const variables: PendingRoomsSubscriptionVariables = { since };
  const items = client.iterate<PendingRoomsSubscription>({ query: PENDING_ROOMS.toString(), variables });
  try {
    for await (const { data } of items) {
      if (data?.pendingRooms.__typename !== "RoomBookingUpdate") return;
      variables.since = data.pendingRooms.at;
      yield data.pendingRooms;
    }
  } finally {
    await client.dispose();
  }
}
