// A room by hand: where there is no directory, or where it says too little.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { fresh, h } from "../dom.js";
import { choice, form, labelled, select } from "../dialog.js";
import { say } from "../say.js";

const CREATE = `mutation CreateRoom($input: CreateRoomInput!) {
  createRoom(input: $input) {
    __typename ... on RoomCreated { room { name } problems { ...ProblemParts } } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const UPDATE = `mutation UpdateRoom($input: UpdateRoomInput!) {
  updateRoom(input: $input) { __typename ... on RoomUpdated { room { name } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const SUITE_ROOMS = `query SuiteRooms($search: String!) {
  suiteRooms(search: $search) { __typename ... on SuiteRooms { rooms(first: 10) { nodes { name email building floor capacity equipment } } } }
}`;
const PAUSE = 250;

/** Whether a room was made. */
export function createRoom() {
  const key = idempotencyKey();
  const { field, suggested } = addressField();
  const details = detailFields({ name: "", building: "", floor: "", capacity: null, equipment: [] });
  field.querySelector("input").addEventListener("change", ({ target }) => {
    const known = suggested.get(target.value.trim());
    if (known) fill(details, known);
  });
  return form({
    title: "Add a room",
    contents: [
      h("p", { class: "soft", text: "Its email address is what invitations go to. The suite's directory completes it while you type, where it may be read." }),
      field,
      details,
    ],
    action: "Add it",
    submit: (body, wrong) => done(CREATE, { email: body.elements.email.value.trim(), ...read(body), idempotencyKey: key }, wrong),
  });
}

/** Whether the room was changed. Only what differs is sent; an empty field takes an override back. */
export function editRoom(room) {
  const from = room.suiteDetails ? "Left empty, it says what the suite says." : null;
  return form({
    title: `Edit ${room.name}`,
    contents: [
      from ? h("p", { class: "soft", text: from }) : null,
      detailFields(room, room.suiteDetails),
      h("div", { class: "fields" },
        labelled("Members can book it", yesOrNo("isBookable", room, "BOOKABLE")),
        labelled("It can be reached without steps", yesOrNo("isAccessible", room, "ACCESSIBILITY"))),
    ],
    action: "Save",
    submit: (body, wrong) => done(UPDATE, { roomId: room.id, ...changes(body, room) }, wrong),
  });
}

/** Yes, no, or what the suite says, where there is a suite that says something. */
function yesOrNo(name, { [name]: is, suiteDetails, overridden }, detail) {
  const says = suiteDetails?.[name];
  const word = says === null || says === undefined ? "nothing" : says ? "yes" : "no";
  const options = [["true", "Yes"], ["false", "No"]];
  const chosen = suiteDetails && !overridden.includes(detail) ? "" : String(is === true);
  return select([...(suiteDetails ? [["", `As the suite says: ${word}`]] : []), ...options], chosen, { name, data: { was: chosen } });
}

async function done(document, input, wrong) {
  const [answer] = Object.values(await ask(document, { input }));
  if (isProblem(answer)) {
    wrong(words(answer));
    return undefined;
  }
  say(`${answer.room.name} is saved.`);
  for (const problem of answer.problems ?? []) say(words(problem), "notice");
  return true;
}

function detailFields({ name, building, floor, capacity, equipment }, suite = null) {
  const hint = (value) => (suite ? `The suite says: ${Array.isArray(value) ? value.join(", ") || "nothing" : value ?? "nothing"}` : "");
  return h(
    "div",
    { class: "stack" },
    labelled("Name", h("input", { name: "name", value: name, maxlength: 256, required: !suite }), hint(suite?.name)),
    h("div", { class: "fields" },
      labelled("Building", h("input", { name: "building", value: building ?? "", maxlength: 256 }), hint(suite?.building)),
      labelled("Floor", h("input", { name: "floor", value: floor ?? "", maxlength: 64 }), hint(suite?.floor)),
      labelled("Seats", h("input", { name: "capacity", type: "number", min: 1, value: capacity ?? "" }), hint(suite?.capacity))),
    labelled("Equipment", h("input", { name: "equipment", value: equipment.join(", ") }), suite ? hint(suite.equipment) : "Separated by commas"),
    suite?.equipment.length ? choice("Nothing is in it, whatever the suite says", { name: "isBare", checked: !equipment.length }) : null,
  );
}

function fill(details, known) {
  for (const field of details.querySelectorAll("input")) {
    const value = known[field.name];
    if (!field.value && value !== null && value !== undefined) field.value = Array.isArray(value) ? value.join(", ") : value;
  }
}

function read({ elements: { name, building, floor, capacity, equipment } }) {
  return {
    name: name.value.trim(),
    building: building.value.trim() || null,
    floor: floor.value.trim() || null,
    capacity: capacity.value ? Number(capacity.value) : null,
    equipment: equipment.value.split(",").map((each) => each.trim()).filter(Boolean),
  };
}

/** What differs from what was shown; null gives a detail back to the suite. */
function changes(body, room) {
  const { isBare, isBookable, isAccessible } = body.elements;
  const said = { ...read(body), isBare: isBare?.checked ?? false };
  const before = { ...room, isBare: isBare?.defaultChecked ?? false };
  const differs = (name) => JSON.stringify(said[name]) !== JSON.stringify(before[name]);
  const written = ["name", "building", "floor", "capacity"].filter(differs).map((name) => [name, said[name] === "" ? null : said[name]]);
  const chosen = [isBookable, isAccessible].filter((field) => field.value !== field.dataset.was)
    .map(({ name, value }) => [name, value === "" ? null : value === "true"]);
  const equipment = said.isBare ? [] : said.equipment.length ? said.equipment : null;
  const fitted = differs("equipment") || differs("isBare") ? [["equipment", equipment]] : [];
  return Object.fromEntries([...written, ...chosen, ...fitted]);
}

// The browser's own list of suggestions: it is reached and spoken as people are used to.
function addressField() {
  const suggested = new Map();
  const list = h("datalist", { id: fresh("suggestions") });
  const input = h("input", { name: "email", type: "email", required: true, list: list.id, autocomplete: "off" });
  let timer = 0;
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const search = input.value.trim();
      if (search.length < 2 || suggested.has(search)) return;
      const found = await ask(SUITE_ROOMS, { search }).catch(() => null);
      const nodes = found?.suiteRooms.rooms?.nodes ?? [];
      for (const room of nodes) suggested.set(room.email, room);
      list.replaceChildren(...nodes.map((room) => h("option", { value: room.email, text: room.name })));
    }, PAUSE);
  });
  return { field: h("div", {}, labelled("Email address", input), list), suggested };
}
