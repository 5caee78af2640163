// The audits of GraphQL over HTTP: `node audits.mjs ADDRESS`; the result of each, one JSON object a line.

import { serverAudits } from "graphql-http";

const [address] = process.argv.slice(2);
for (const audit of serverAudits({ url: `${address}/graphql` })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason: reason && String(reason) }));
}
