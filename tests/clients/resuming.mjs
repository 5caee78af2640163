// Breaks the connection of the guide's subscription after its first update: `node resuming.mjs ADDRESS TOKEN`, in the
// folder of a front end. Prints each `since` that was asked for, and the `at` of each update, one JSON object a line.

import WebSocket from "ws";
import { roomUpdates } from "./dist/listening.js";

const [url, token] = process.argv.slice(2);
const say = (step, value) => console.log(JSON.stringify({ step, value }));
let open;

class Watched extends WebSocket {
  constructor(...given) {
    super(...given);
    open = this;
  }

  send(text, ...further) {
    const { type, payload } = JSON.parse(text);
    if (type === "subscribe") say("since", payload.variables.since);
    super.send(text, ...further);
  }
}

let updates = 0;
for await (const { at } of roomUpdates({ url, token }, new Date(0).toISOString(), Watched)) {
  say("at", at);
  updates += 1;
  if (updates === 2) break;
  open.terminate();
}
