// Pairing, unpairing and removing a room, each with what it does.

import { PROBLEM, ask, isProblem, words } from "../api.js";
import { h } from "../dom.js";
import { confirm, form, labelled } from "../dialog.js";
import { attempt, say } from "../say.js";
import { removal } from "./removal.js";

const PAIR = `mutation PairRoom($input: PairRoomInput!) {
  pairRoom(input: $input) { __typename ... on RoomPaired { problems { ...ProblemParts } } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const UNPAIR = `mutation UnpairRoom($input: UnpairRoomInput!) {
  unpairRoom(input: $input) { __typename ... on RoomUnpaired { consequences } ... on Problem { ...ProblemParts } }
} ${PROBLEM}`;
const REMOVE = `mutation RemoveRoom($input: RemoveRoomInput!) {
  removeRoom(input: $input) {
    __typename
    ... on RoomRemoved { closedBookings { pending accepted } }
    ... on ConfirmationRequired { consequences confirmation }
    ... on ConfirmationStale { consequences confirmation }
    ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

export const pair = (room) =>
  form({
    title: `Pair ${room.name}`,
    contents: labelled("Email address in the suite", h("input", { name: "email", type: "email", required: true, value: room.email }),
      "The suite is asked whether it is a room there."),
    action: "Pair",
    submit: async (body, wrong) => {
      const answer = (await ask(PAIR, { input: { roomId: room.id, email: body.elements.email.value.trim() } })).pairRoom;
      if (isProblem(answer)) {
        wrong(words(answer));
        return undefined;
      }
      say(`${room.name} is paired.`);
      for (const problem of answer.problems) say(words(problem), "notice");
      return true;
    },
  });

export async function unpair(room) {
  const sure = await confirm({
    title: `Unpair ${room.name}?`,
    contents: h("p", { text: "It can't be booked, and its free times can't be read, until it is paired again. Its details and address stay." }),
    action: "Unpair",
  });
  if (!sure) return null;
  const done = await attempt(async () => (await ask(UNPAIR, { input: { roomId: room.id } })).unpairRoom);
  if (done) say([`${room.name} is unpaired.`, ...done.consequences].join(" "));
  return done;
}

export const remove = (room) =>
  removal({
    name: room.name,
    text: "It goes from every list here. The suite's directory is never changed.",
    send: async (confirmation) => (await ask(REMOVE, { input: { roomId: room.id, confirmation } })).removeRoom,
    told: ({ closedBookings: { pending, accepted } }) =>
      `${room.name} is removed.${pending + accepted ? ` ${pending + accepted} bookings of it are closed.` : ""}`,
  });
