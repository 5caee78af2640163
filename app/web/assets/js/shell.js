// What every page of the console has: who is there, notifications, and whether the server can be heard.

import { ask } from "./api.js";
import { $, busy } from "./dom.js";
import { onConnection } from "./live.js";
import { refreshAll, refreshStale } from "./region.js";
import { attempt } from "./say.js";
import { isAdministrator, viewer } from "./viewer.js";
import { startNotifications } from "./notifications.js";

const [FIRST_WAIT, LONGEST_WAIT] = [1_000, 30_000];
const SIGN_OUT = `mutation SignOut { signOut { __typename ... on Problem { code message remedy retryable whoActs } } }`;

async function showViewer() {
  const someone = await viewer();
  $("member").textContent = `${someone.member.name} · ${someone.organisation.name}`;
  for (const link of document.querySelectorAll('[data-for="administrators"]')) {
    link.hidden = !isAdministrator(someone) && link.getAttribute("aria-current") !== "page";
  }
  return someone;
}

function showOffline(text) {
  $("offline").textContent = text;
  $("offline").hidden = !text;
}

async function signOut() {
  if (await attempt(async () => (await ask(SIGN_OUT)).signOut)) window.location.assign("/auth/sign-in");
}

let wasLost = false;

onConnection((isConnected) => {
  showOffline(isConnected ? "" : "The connection is lost. What you see may be out of date; it is tried again by itself.");
  if (isConnected && wasLost) refreshAll();
  wasLost = !isConnected;
});
window.addEventListener("offline", () => showOffline("You are offline. What you see may be out of date."));
window.addEventListener("online", () => {
  showOffline("");
  refreshStale();
});
$("sign-out").addEventListener("click", (event) => busy(event.currentTarget, signOut));

// Who is there has to be known for the bell and the ways to the settings: it is asked until it is answered.
async function begin(wait = FIRST_WAIT) {
  try {
    const someone = await showViewer();
    showOffline("");
    startNotifications(someone.unreadNotificationCount);
  } catch (error) {
    showOffline(error.message);
    window.setTimeout(() => begin(Math.min(wait * 2, LONGEST_WAIT)), wait);
  }
}

begin();
