// Which events belong to which day, and who attends from where.

import { ZONE, dayOf } from "../time.js";

/** Whether an event takes place on this day of the zone, be it only a part of it. */
export function isOn(event, day, zone = ZONE) {
  if (event.isAllDay) return event.start.date <= day && day < event.end.date;
  const first = dayOf(event.start.dateTime, zone);
  // What ends at midnight is not on the day that begins then.
  const end = Date.parse(event.end.dateTime);
  const last = dayOf(end > Date.parse(event.start.dateTime) ? end - 1 : end, zone);
  return first <= day && day <= last;
}

/** The events of each of these days, all-day ones first, then by their start: `[[day, events], …]`. */
export function byDay(events, days, zone = ZONE) {
  return days.map((day) => [day, events.filter((event) => isOn(event, day, zone)).sort(inOrder)]);
}

function inOrder(one, other) {
  if (one.isAllDay !== other.isAllDay) return one.isAllDay ? -1 : 1;
  return (one.start.dateTime ?? one.start.date).localeCompare(other.start.dateTime ?? other.start.date);
}

/**
 * Attendees that are people, by where they are: at a building of the meeting (by name), elsewhere, or nobody knows.
 */
export function byPlace(attendees, buildings) {
  const groups = { here: [], elsewhere: [], unknown: [] };
  for (const attendee of attendees) {
    if (attendee.kind === "ROOM") continue;
    const { kind, building } = attendee.location;
    if (kind === "UNKNOWN") groups.unknown.push(attendee);
    else if (kind === "AT_OFFICE" && buildings.includes(building)) groups.here.push(attendee);
    else groups.elsewhere.push(attendee);
  }
  return groups;
}

/** Addresses somebody wrote one a line, or with commas or semicolons between; each once. */
export function addresses(text) {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}
