// What administrators settle for everybody.

import { PROBLEM, ask, isProblem, words } from "../api.js";
import { h } from "../dom.js";
import { labelled, select } from "../dialog.js";
import { Region } from "../region.js";
import { say } from "../say.js";
import { CHOICES } from "./sharing.js";
import { toggle } from "./settings.js";

const SETTINGS = `query OrganisationSettings {
  workplaceSettings { defaultLocationSharing widestLocationSharing shiftRetentionDays }
  notificationSettings { mailsSubjects noAnswerAfterMinutes }
}`;
const SET_WORKPLACE = `mutation SetWorkplaceSettings($input: SetWorkplaceSettingsInput) {
  setWorkplaceSettings(input: $input) { __typename ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const SET_NOTIFICATIONS = `mutation SetNotificationSettings($input: SetNotificationSettingsInput) {
  setNotificationSettings(input: $input) { __typename ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;

export function startOrganisation(element) {
  const region = new Region(element, () => ask(SETTINGS), (data) => show(data, region));
  region.refresh();
}

function show({ workplaceSettings, notificationSettings }, region) {
  const options = CHOICES.map(([value, label]) => [value, label.replace("my organisation", "the organisation").replace("People I meet", "People they meet")]);
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const body = h(
    "form",
    { class: "stack", novalidate: true },
    labelled("Who sees where somebody works who chose nothing", select(options, workplaceSettings.defaultLocationSharing, { name: "usual" })),
    labelled("The most that anybody can share", select(options, workplaceSettings.widestLocationSharing, { name: "widest" })),
    labelled("Days that past shifts are kept", h("input", { name: "days", type: "number", min: 1, value: workplaceSettings.shiftRetentionDays })),
    labelled("Minutes until a silent room is told about", h("input", { name: "minutes", type: "number", min: 1, value: notificationSettings.noAnswerAfterMinutes })),
    wrong,
    h("div", { class: "row" }, h("button", { type: "submit", class: "button quiet tight", text: "Save" })),
  );
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { usual, widest, days, minutes } = body.elements;
    const refused = (await set(SET_WORKPLACE, { defaultLocationSharing: usual.value, widestLocationSharing: widest.value, shiftRetentionDays: Number(days.value) }))
      ?? (await set(SET_NOTIFICATIONS, { noAnswerAfterMinutes: Number(minutes.value) }));
    wrong.textContent = refused ?? "";
    wrong.hidden = !refused;
    if (refused) return;
    say("Saved.");
    await region.refresh();
  });
  return [
    body,
    toggle("Mails may name the meeting", "Its subject is read for that mail alone. Otherwise mails name the room and nothing of a calendar.",
      notificationSettings.mailsSubjects, async (value) => {
        const refused = await set(SET_NOTIFICATIONS, { mailsSubjects: value });
        say(refused ?? "That holds from now on.", refused ? "refusal" : "good");
        await region.refresh();
      }),
  ];
}

/** What is wrong, in words; null where it was taken. */
async function set(document, input) {
  try {
    const [answer] = Object.values(await ask(document, { input }));
    return isProblem(answer) ? words(answer) : null;
  } catch (error) {
    return error.message;
  }
}
