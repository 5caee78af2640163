// What the API's values are called here.

import { floorOf } from "../words.js";

export const RESPONSES = {
  ORGANISER: ["You organise it", ""],
  ACCEPTED: ["Accepted", "good"],
  TENTATIVELY_ACCEPTED: ["Perhaps", "notice"],
  DECLINED: ["Declined", "refusal"],
  NOT_RESPONDED: ["Not answered yet", "notice"],
};

/** Of somebody else's answer. */
export const THEIR_RESPONSES = { ...RESPONSES, ORGANISER: ["Organiser", ""], NOT_RESPONDED: ["No answer", ""] };

export const ROOM_STATES = {
  PENDING: ["Pending", "notice"],
  ACCEPTED: ["Accepted", "good"],
  REJECTED: ["Declined", "refusal"],
  CANCELLED: ["Cancelled", ""],
  UNKNOWN: ["Answer not known", ""],
};

/** Why a room stands so; in words that go on from the state. */
export const REASONS = {
  NOT_ANSWERED: "The room has not answered yet.",
  AWAITING_APPROVAL: "Somebody has to approve it.",
  DECLINED: "The room said no.",
  REMOVED: "The room was taken off the event.",
  REPLACED: "Another room was put in its place.",
  RELEASED: "The room was given back.",
  EVENT_GONE: "The event is gone.",
};

export const PLACES = { REMOTE: "Remote", NOT_WORKING: "Not working", UNKNOWN: "Not known" };

export const AVAILABILITIES = { FREE: ["Free", "good"], BUSY: ["Taken", "refusal"], UNKNOWN: ["Not known", "notice"] };

/** Building, floor and seats of a room, in a line. */
export function aboutRoom(room) {
  const seats = room.capacity ? `${room.capacity} ${room.capacity === 1 ? "seat" : "seats"}` : null;
  return [room.building, floorOf(room.floor), seats].filter(Boolean).join(" · ") || "Nothing more is known of it";
}

/** Where somebody works, in a line. */
export function placeInWords({ kind, building, floor, area }) {
  return PLACES[kind] ?? ([building, floorOf(floor), area].filter(Boolean).join(", ") || "At an office");
}
