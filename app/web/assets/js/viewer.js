// Who is at the browser: read once a page, and shared by all that want to know.

import { ask, speakTo } from "./api.js";

const VIEWER = `query Viewer {
  viewer {
    role
    member { id name email }
    organisation { name }
    connection { status reason email since keptUntil scopes }
    unreadNotificationCount
  }
}`;

let reading = null;

/** The viewer; raises RequestFailed. `again` reads it anew. */
export function viewer({ again = false } = {}) {
  if (!reading || again) {
    reading = ask(VIEWER).then((data) => data.viewer);
    reading.then(({ role }) => speakTo(role), () => {});
    reading.catch(() => (reading = null));
  }
  return reading;
}

export const isAdministrator = (someone) => someone.role === "SUBSCRIPTION_ADMINISTRATOR";
