// Subscriptions over one socket: graphql-transport-ws, opened again after sleep, a restart or a lost network.
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

import { signIn } from "./api.js";

const [UNAUTHORISED, FORBIDDEN] = [4401, 4403];
const [FIRST_WAIT, LONGEST_WAIT] = [500, 30_000];
const PING_EVERY = 25_000;
const ANSWERS_WITHIN = 8_000;

/** @type {Map<string, {query: string, variables: () => object, next: (data: object) => void, ended: (failed: boolean) => void}>} */
const wanted = new Map();
const watchers = new Set();
let socket = null;
let isReady = false;
let wait = FIRST_WAIT;
let timer = 0;
let pinging = 0;
let numbers = 0;
let seen = 0;

/**
 * Listens from now on. `variables` is asked at each beginning, so that what was missed in between can be asked for.
 * `next` gets each `data`, and `ended(failed)` is called where the server ends it. Returns what ends it from here.
 */
export function listen(query, next, variables = () => ({}), ended = () => {}) {
  const id = String((numbers += 1));
  wanted.set(id, { query, variables, next, ended });
  if (isReady) subscribe(id);
  else open();
  return () => {
    if (!wanted.delete(id)) return;
    if (isReady) send({ id, type: "complete" });
    if (wanted.size === 0) socket?.close(1000);
  };
}

/** Calls `watcher(isConnected)` whenever that changes, and after each return, when what was missed should be read. */
export function onConnection(watcher) {
  watchers.add(watcher);
}

function open() {
  window.clearTimeout(timer);
  if (socket || wanted.size === 0) return;
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${window.location.host}/graphql`, "graphql-transport-ws");
  socket = mine;
  mine.onopen = () => send({ type: "connection_init" });
  mine.onmessage = ({ data }) => heard(JSON.parse(data));
  mine.onclose = ({ code }) => {
    if (socket === mine) lost(code);
  };
}

function heard(message) {
  seen = Date.now();
  if (message.type === "connection_ack") {
    isReady = true;
    wait = FIRST_WAIT;
    for (const id of wanted.keys()) subscribe(id);
    pinging = window.setInterval(() => probe(), PING_EVERY);
    tell(true);
  } else if (message.type === "ping") send({ type: "pong" });
  else if (message.type === "next") {
    if (message.payload.data) wanted.get(message.id)?.next(message.payload.data);
  } else if (message.type === "complete" || message.type === "error") {
    const over = wanted.get(message.id);
    wanted.delete(message.id);
    over?.ended(message.type === "error");
  }
}

function subscribe(id) {
  const { query, variables } = wanted.get(id);
  send({ id, type: "subscribe", payload: { query, variables: variables() } });
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function lost(code) {
  const was = isReady;
  socket = null;
  isReady = false;
  window.clearInterval(pinging);
  if (code === UNAUTHORISED) return signIn();
  // A changed role ends a socket once; the next one has the new rights.
  if (was || code === FORBIDDEN) tell(false);
  if (wanted.size === 0) return undefined;
  timer = window.setTimeout(open, wait * (0.5 + Math.random()));
  wait = Math.min(wait * 2, LONGEST_WAIT);
  return undefined;
}

// A computer that slept, or changed its network, holds a socket that only looks open: ask, and give it up.
function probe() {
  if (!isReady) return;
  const [asked, mine] = [Date.now(), socket];
  send({ type: "ping" });
  window.setTimeout(() => {
    if (socket !== mine || seen >= asked) return;
    mine.onclose = null;
    mine.close();
    lost(0);
    open();
  }, ANSWERS_WITHIN);
}

function again() {
  if (socket) return probe();
  wait = FIRST_WAIT;
  return open();
}

function tell(isConnected) {
  for (const watcher of watchers) watcher(isConnected);
}

window.addEventListener("online", again);
window.addEventListener("pageshow", again);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") again();
});
