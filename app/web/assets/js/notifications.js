// The bell: how many are unread, the list, and each new one as it comes.

import { PROBLEM, all, ask } from "./api.js";
import { $, button, h } from "./dom.js";
import { listen } from "./live.js";
import { STANDING, SUBJECT, wayOf } from "./notification-ways.js";
import { Region } from "./region.js";
import { attempt, say, unsay } from "./say.js";
import { moment } from "./time.js";

const PARTS = `fragment NotificationParts on Notification { id kind createdAt readAt message ...NotificationSubject } ${SUBJECT}`;
const LIST = `query Notifications($after: String) {
  ...NotificationStanding
  notifications(first: 50, after: $after) { nodes { ...NotificationParts } pageInfo { hasNextPage endCursor } }
} ${PARTS} ${STANDING}`;
const ADDED = `subscription NotificationAdded { notificationAdded { ...NotificationParts } } ${PARTS}`;
const READ = `mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) {
    __typename ... on NotificationsMarkedRead { unreadCount } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const TONES = { ROOM_REJECTED: "refusal", RECONNECT_REQUIRED: "refusal", INTEGRATION_UNHEALTHY: "refusal" };

let unread = 0;
let region = null;
const heard = new Set();

function count(number) {
  unread = number;
  $("unread").textContent = number > 99 ? "99+" : number;
  $("unread").hidden = number === 0;
  $("bell").setAttribute("aria-label", number ? `Notifications, ${number} unread` : "Notifications");
}

/** Begins to count, to listen and to show. */
export function startNotifications(number) {
  count(number);
  const dialog = $("notifications");
  region = new Region(
    $("notification-list"),
    read,
    ({ nodes, standing }) => (nodes.length ? list(nodes, standing) : { empty: "Nothing yet. When a room declines you hear of it here at once." }),
  );
  $("bell").addEventListener("click", () => {
    dialog.showModal();
    region.refresh();
  });
  dialog.querySelector('[data-act="close"]').addEventListener("click", () => dialog.close());
  listen(ADDED, ({ notificationAdded }) => added(notificationAdded));
}

async function read() {
  let standing = null;
  const nodes = await all(async (after) => {
    const { notifications, ...stands } = await ask(LIST, { after });
    standing = stands;
    return notifications;
  }, 100);
  return { nodes, standing };
}

function added(notification) {
  if (heard.has(notification.id)) return;
  heard.add(notification.id);
  count(unread + 1);
  const { message, kind, booking } = notification;
  if (booking) unsay(booking.id);
  say(message, TONES[kind] ? "notice" : "good", link(wayOf(notification, null)), booking?.id);
  if ($("notifications").open) region.refresh();
  window.dispatchEvent(new CustomEvent("notified", { detail: notification }));
}

const link = (way) => (way ? h("a", { href: way.href, text: way.text }) : null);

function list(nodes, standing) {
  return [
    nodes.some((each) => !each.readAt) ? button("Mark all as read", () => markRead(null), { kind: "quiet tight" }) : null,
    h("ul", { class: "plain-list lines" }, nodes.map((each) => line(each, standing))),
  ];
}

function line(notification, standing) {
  return h(
    "li",
    {},
    h("p", { text: notification.message }),
    link(wayOf(notification, standing)),
    h(
      "div",
      { class: "row small soft" },
      h("time", { datetime: notification.createdAt, text: moment(notification.createdAt) }),
      notification.readAt ? null : button("Mark as read", () => markRead([notification.id]), { kind: "plain tight" }),
    ),
  );
}

async function markRead(ids) {
  const done = await attempt(async () => (await ask(READ, { input: { notificationIds: ids } })).markNotificationsRead);
  if (!done) return;
  count(done.unreadCount);
  await region.refresh();
}
