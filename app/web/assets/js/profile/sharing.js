// Who sees where the viewer works.

import { PROBLEM, ask } from "../api.js";
import { button, h } from "../dom.js";
import { Region } from "../region.js";
import { attempt, say } from "../say.js";
import { radios } from "./settings.js";

const SHARING = `query MySharing {
  viewer { locationSharing chosenLocationSharing }
  workplaceSettings { defaultLocationSharing widestLocationSharing }
}`;
const SET = `mutation SetLocationSharing($input: SetLocationSharingInput) {
  setLocationSharing(input: $input) { __typename ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
export const CHOICES = [
  ["EVERYONE", "Everybody in my organisation", "Colleagues see where you work on each day."],
  ["PEOPLE_I_MEET", "People I meet", "Only inside an event that you organise or have accepted."],
  ["NOBODY", "Nobody", "Your shifts still count for how full a building is, without your name."],
];
const ORDER = CHOICES.map(([value]) => value);

export function startSharing(element) {
  const region = new Region(element, () => ask(SHARING), (data) => show(data, region));
  region.refresh();
}

function show({ viewer, workplaceSettings: { widestLocationSharing, defaultLocationSharing } }, region) {
  const label = (value) => `“${CHOICES[ORDER.indexOf(value)][1]}”`;
  const chosen = viewer.chosenLocationSharing;
  const isNarrowed = chosen && ORDER.indexOf(chosen) < ORDER.indexOf(widestLocationSharing);
  const set = async (sharing, words) => {
    if (await attempt(async () => (await ask(SET, { input: { sharing } })).setLocationSharing)) say(words);
    await region.refresh();
  };
  return [
    radios("Who sees where you work", CHOICES, chosen ?? viewer.locationSharing, (value) => set(value, "That holds from now on, for past and coming days.")),
    isNarrowed ? h("p", { class: "note notice", text: `Your organisation allows at most: ${label(widestLocationSharing)}. That holds until it allows more.` }) : null,
    chosen
      ? h("div", { class: "row" }, button("Leave it to my organisation", () => set(null, "Your organisation's choice holds for you."), { kind: "plain tight" }),
          h("span", { class: "small soft", text: `which is ${label(defaultLocationSharing)}` }))
      : h("p", { class: "small soft", text: "You chose nothing: this is your organisation's choice." }),
  ];
}
