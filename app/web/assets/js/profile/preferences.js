// How shifts and the calendar know of each other.

import { PROBLEM, ask } from "../api.js";
import { Region } from "../region.js";
import { attempt, say } from "../say.js";
import { toggle } from "./settings.js";

const PREFERENCES = `query MyPreferences { viewer { shiftPreferences { suggestFromCalendar showInCalendar } } }`;
const SET = `mutation SetShiftPreferences($input: SetShiftPreferencesInput) {
  setShiftPreferences(input: $input) { __typename ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;

export function startPreferences(element) {
  const region = new Region(element, async () => (await ask(PREFERENCES)).viewer.shiftPreferences, (data) => show(data, region));
  region.refresh();
}

function show({ suggestFromCalendar, showInCalendar }, region) {
  const set = async (input) => {
    if (await attempt(async () => (await ask(SET, { input })).setShiftPreferences)) say("That holds from now on.");
    await region.refresh();
  };
  return [
    toggle("Suggest shifts from my calendar", "Where you told your calendar where you work, those days are offered as shifts. It is read when you look, and not stored.",
      suggestFromCalendar, (value) => set({ suggestFromCalendar: value })),
    toggle("Show my shifts in my calendar", "As whole days shown as free, without a reminder. They come and go with your shifts.",
      showInCalendar, (value) => set({ showInCalendar: value })),
  ];
}
