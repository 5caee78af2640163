// Rooms to choose from for a time: the free ones first, by seats and building.

import { PROBLEM, ask, isProblem } from "../api.js";
import { badge, busy, button, fresh, h } from "../dom.js";
import { labelled, select } from "../dialog.js";
import { Region, problemNote, problemNotes } from "../region.js";
import { offerBuildings } from "../room-details.js";
import { AVAILABILITIES, aboutRoom } from "./words.js";

const ROOMS = `query AvailableRooms($from: DateTime!, $to: DateTime!, $filter: RoomFilterInput, $after: String) {
  availableRooms(from: $from, to: $to, filter: $filter) {
    __typename
    ... on AvailableRooms {
      reminder
      problems { ...ProblemParts }
      rooms(first: 8, after: $after) {
        nodes { availability room { id name building floor capacity isBookable } }
        pageInfo { hasNextPage endCursor }
      }
    }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const SETTLES = 350;
const LONGEST = 200;
const NONE = "No room fits. Ask for fewer seats, or look in another building.";

/**
 * A part of a form. `time()` says `{ from, to }`, or null while it is not known. The result's `chosen()` names the rooms
 * that are ticked, `first()` is where the next one is, and `refresh()` looks again after the time has changed. `wanted`
 * is a room that is looked for and ticked at first, where it is free.
 */
export function roomPicker(time, wanted = null) {
  const list = h("div", { class: "room-list", id: fresh("rooms") });
  const seats = h("input", { type: "number", min: 1, max: 9999, inputmode: "numeric" });
  const search = h("input", { type: "search", maxlength: LONGEST, autocomplete: "off", value: wanted?.name.slice(0, LONGEST) ?? "" });
  const building = select([["", "Any building"]], "");
  const chosen = new Map();
  let isWanted = wanted !== null;
  let pages = 1;
  let timer = 0;
  const region = new Region(list, read, show);

  async function read() {
    const window = time();
    if (!window) return { isWaiting: true };
    const filter = { search: search.value.trim() || null, building: building.value || null, minCapacity: Number(seats.value) || null };
    const found = { nodes: [], problems: [], reminder: "", hasMore: false };
    let after = null;
    for (let page = 0; page < pages; page += 1) {
      const { availableRooms } = await ask(ROOMS, { ...window, filter: { ...filter, pairing: "PAIRED" }, after });
      if (isProblem(availableRooms)) return { problem: availableRooms };
      found.nodes.push(...availableRooms.rooms.nodes);
      Object.assign(found, { problems: availableRooms.problems, reminder: availableRooms.reminder });
      found.hasMore = availableRooms.rooms.pageInfo.hasNextPage;
      after = availableRooms.rooms.pageInfo.endCursor;
      if (!found.hasMore) break;
    }
    return found;
  }

  function show({ isWaiting, problem, nodes, problems, reminder, hasMore }) {
    if (isWaiting) return { empty: "Say when, and the rooms are looked up." };
    if (problem) return problemNote(problem, button("Try again", () => region.refresh(), { kind: "quiet tight" }));
    const unseen = [...chosen].filter(([id]) => !nodes.some(({ room }) => room.id === id)).map(also);
    if (!nodes.length) return { empty: NONE, action: unseen };
    return [
      h("p", { class: "small soft", text: reminder }),
      ...problemNotes(problems),
      ...unseen,
      isWanted && nodes.some(({ room, availability }) => room.id === wanted.id && availability === "BUSY")
        ? h("p", { class: "note notice", role: "status", text: `${wanted.name} is taken at this time. Choose another time, or another room.` })
        : null,
      h("div", { class: "lines" }, nodes.map(option)),
      hasMore ? button("Show more rooms", (event) => busy(event.currentTarget, more), { kind: "plain tight" }) : null,
    ];
  }

  function option({ availability, room }) {
    const isTaken = availability === "BUSY" || !room.isBookable;
    if (isTaken) chosen.delete(room.id);
    else if (isWanted && room.id === wanted.id) chosen.set(room.id, room.name);
    const input = h("input", {
      type: "checkbox",
      id: `room-${room.id}`,
      checked: chosen.has(room.id),
      disabled: isTaken,
      "aria-describedby": `about-${room.id}`,
      onchange: ({ currentTarget }) => choose(room, currentTarget.checked),
    });
    const state = room.isBookable ? AVAILABILITIES[availability] : ["Not bookable", ""];
    return h(
      "div",
      { class: "choice room-choice" },
      input,
      h(
        "div",
        { class: "grows" },
        h("label", { for: input.id, text: room.name }),
        h("div", { class: "small soft", id: `about-${room.id}`, text: aboutRoom(room) }),
      ),
      badge(...state),
    );
  }

  // What was chosen before something else was looked for is asked for as well, so it stays in sight.
  function also([id, name]) {
    const leave = () => {
      choose({ id, name }, false);
      region.draw();
    };
    return h("p", { class: "row small" }, h("span", { text: `Also chosen: ${name}` }), button("Leave it out", leave, { kind: "plain tight", "aria-label": `Leave it out: ${name}` }));
  }

  function choose({ id, name }, isChosen) {
    if (isChosen) chosen.set(id, name);
    else chosen.delete(id);
    if (id === wanted?.id) isWanted = isChosen;
  }

  function more() {
    pages += 1;
    return region.refresh();
  }

  function refresh() {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      pages = 1;
      region.refresh();
    }, SETTLES);
  }

  for (const field of [seats, search]) field.addEventListener("input", refresh);
  building.addEventListener("change", refresh);
  offerBuildings(building);
  region.refresh();
  const element = h(
    "fieldset",
    { class: "stack" },
    h("legend", { text: "Rooms" }),
    h("div", { class: "fields room-filter" }, labelled("Room name", search), labelled("Seats, at least", seats), labelled("Building", building)),
    list,
  );
  const first = () => list.querySelector("input:enabled") ?? search;
  return { element, refresh, first, chosen: () => [...chosen.keys()] };
}
