// A building with its floors and areas, in one form.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { button, h, replace } from "../dom.js";
import { choice, form, labelled } from "../dialog.js";
import { say } from "../say.js";
import { ZONE } from "../time.js";
import { SLOTS } from "../words.js";

const CREATE = `mutation CreateBuilding($input: CreateBuildingInput!) {
  createBuilding(input: $input) { __typename ... on BuildingCreated { building { name } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const UPDATE = `mutation UpdateBuilding($input: UpdateBuildingInput!) {
  updateBuilding(input: $input) {
    __typename
    ... on BuildingUpdated { building { name } cancelledShifts membersTold }
    ... on ShiftsNoLongerFit { consequences confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;
const NEW = { name: "", suiteNames: [], timeZone: ZONE, capacity: null, openingHours: null, slots: Object.keys(SLOTS), afternoonStarts: "13:00", floors: [] };
const DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const USUAL = { opens: "08:00", closes: "18:00" };

/** Whether a building was made, or this one changed. */
export function buildingForm(building) {
  const key = idempotencyKey();
  const { name, suiteNames, timeZone, capacity, openingHours, slots, afternoonStarts, floors } = building ?? NEW;
  let confirmation = null;
  const consequences = h("ul", {});
  return form({
    title: building ? `Edit ${name}` : "Add a building",
    contents: [
      labelled("Name", h("input", { name: "name", value: name, required: true, maxlength: 256 })),
      h("div", { class: "fields" },
        labelled("People at once", h("input", { name: "capacity", type: "number", min: 0, value: capacity ?? "" }), "Empty for no limit of its own"),
        labelled("Time zone", zones(timeZone))),
      labelled("What the suite calls it, too", h("input", { name: "suiteNames", value: suiteNames.join(", ") }), "Separated by commas"),
      opening(openingHours),
      partsOfDay(slots, afternoonStarts),
      floorFields(floors),
      consequences,
    ],
    action: "Save",
    submit: async (body, wrong) => {
      if (!body.querySelector('[name="part"]:checked')) {
        wrong("Choose at least one part of the day that can be booked.");
        return undefined;
      }
      const input = { ...read(body), ...(building ? { buildingId: building.id, confirmation } : { idempotencyKey: key }) };
      const [answer] = Object.values(await ask(building ? UPDATE : CREATE, { input }));
      if ("confirmation" in answer) {
        confirmation = answer.confirmation;
        replace(consequences, answer.consequences.map((text) => h("li", { text })));
        wrong("Shifts that are booked do not fit any more. Press Save once more if that is what you want.");
        return undefined;
      }
      if (isProblem(answer)) {
        wrong(words(answer));
        return undefined;
      }
      say(`${answer.building.name} is saved.${answer.cancelledShifts ? ` ${answer.cancelledShifts} shifts were cancelled, ${answer.membersTold} members told.` : ""}`);
      return true;
    },
  });
}

function zones(chosen) {
  const known = new Set([chosen, ...(Intl.supportedValuesOf?.("timeZone") ?? [])]);
  return h("select", { name: "timeZone" }, [...known].sort().map((zone) => h("option", { value: zone, selected: zone === chosen, text: zone })));
}

function opening(hours) {
  const of = (day) => (hours ? hours.find((each) => each.weekday === day) : DAYS.indexOf(day) < 5 ? USUAL : undefined);
  return h(
    "fieldset",
    {},
    h("legend", { text: "Open" }),
    DAYS.map((day) => {
      const word = day[0] + day.slice(1).toLowerCase();
      const { opens, closes } = of(day) ?? USUAL;
      return h("div", { class: "hours-of-day" },
        choice(word, { name: "day", value: day, checked: of(day) !== undefined }),
        h("input", { type: "time", name: `opens-${day}`, value: opens, "aria-label": `${word} from` }),
        h("input", { type: "time", name: `closes-${day}`, value: closes, "aria-label": `${word} until` }));
    }),
  );
}

function partsOfDay(slots, afternoonStarts) {
  return h(
    "fieldset",
    { class: "stack" },
    h("legend", { text: "What can be booked" }),
    h("div", { class: "row" }, Object.entries(SLOTS).map(([value, word]) => choice(word, { name: "part", value, checked: slots.includes(value) }))),
    h("div", { class: "fields" },
      labelled("The afternoon starts", h("input", { type: "time", name: "afternoonStarts", value: afternoonStarts.slice(0, 5), required: true }))),
  );
}

function floorFields(floors) {
  const places = h("div", { class: "floors" }, floors.map(floorPlace));
  const add = () => {
    const fresh = floorPlace({ id: null, name: "", capacity: null, areas: [] });
    places.append(fresh);
    fresh.querySelector("input").focus();
  };
  return h("fieldset", { class: "stack" },
    h("legend", { text: "Floors and areas" }),
    places,
    h("div", { class: "row" }, button("Add a floor", add, { kind: "quiet tight" })));
}

/** A floor with its areas, which go with it. */
function floorPlace(floor) {
  const areas = h("div", { class: "floors", data: { part: "areas" } }, floor.areas.map((area) => row("Area", area)));
  const add = button("Add an area", () => {
    const fresh = row("Area", { id: null, name: "", capacity: null });
    areas.append(fresh);
    fresh.querySelector("input").focus();
  }, { kind: "plain tight" });
  return h("div", { class: "floor", role: "group", "aria-label": floor.name ? `Floor ${floor.name}` : "New floor" },
    row("Floor", floor), areas, h("div", { class: "row area-row" }, add));
}

function row(word, { id, name, capacity }) {
  const remove = button("Remove", () => {
    const whole = word === "Floor" ? element.parentElement : element;
    const next = whole.closest("fieldset").querySelector("button:last-of-type");
    whole.remove();
    next.focus();
  }, { kind: "danger quiet tight", "aria-label": `Remove ${word.toLowerCase()} ${name}`.trim() });
  const element = h("div", { class: `floor-row ${word === "Area" ? "area-row" : ""}`.trim(), data: { id: id ?? "" } },
    labelled(word, h("input", { value: name, required: true, maxlength: 256, data: { part: "name" } })),
    labelled("People", h("input", { type: "number", min: 0, value: capacity ?? "", data: { part: "capacity" } })),
    remove);
  return element;
}

function read(body) {
  const { name, capacity, timeZone, suiteNames } = body.elements;
  return {
    name: name.value.trim(),
    capacity: number(capacity.value),
    timeZone: timeZone.value,
    suiteNames: suiteNames.value.split(",").map((each) => each.trim()).filter(Boolean),
    openingHours: [...body.querySelectorAll('[name="day"]:checked')].map(({ value }) => ({
      weekday: value,
      opens: body.elements[`opens-${value}`].value,
      closes: body.elements[`closes-${value}`].value,
    })),
    slots: [...body.querySelectorAll('[name="part"]:checked')].map(({ value }) => value),
    afternoonStarts: body.elements.afternoonStarts.value,
    floors: floorsOf(body),
  };
}

const number = (text) => (text === "" ? null : Number(text));

const floorsOf = (body) =>
  [...body.querySelectorAll(".floor")].map((floor) => ({
    ...said(floor.querySelector(".floor-row")),
    areas: [...floor.querySelectorAll('[data-part="areas"] > .floor-row')].map(said),
  }));

const said = (element) => ({
  ...(element.dataset.id ? { id: element.dataset.id } : {}),
  name: element.querySelector('[data-part="name"]').value.trim(),
  capacity: number(element.querySelector('[data-part="capacity"]').value),
});
