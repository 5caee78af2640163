// What somebody may do, and changing that, each way with what it means.

import { PROBLEM, ask, isProblem, words } from "../api.js";
import { form } from "../dialog.js";
import { h } from "../dom.js";

export const ROLES = { MEMBER: "Member", SUBSCRIPTION_ADMINISTRATOR: "Subscription administrator" };

const SET_ROLE = `mutation SetMemberRole($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) {
    __typename ... on MemberRoleSet { member { id name email role } } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

const RISES = [
  "They change integrations, rooms, buildings and settings, give and take away roles, invite people and read who did what.",
  "This holds at once.",
];
const FALLS = [
  "They keep their agenda, room bookings and shifts, and change nothing for others any more.",
  "This holds at once, on pages that they have open too. Invitations that they sent and nobody took stop working.",
];
const STEPS_DOWN = [
  "You keep your agenda, room bookings and shifts, and change nothing for others any more.",
  "This holds at once: this page shows no roles to you then, and only another subscription administrator can make you one again. Invitations that you sent and nobody took stop working.",
];

/** Gives a member the other role once that was confirmed; the member as they are then, or null. */
export function changeRole(member, isOneself) {
  const rises = member.role === "MEMBER";
  const role = rises ? "SUBSCRIPTION_ADMINISTRATOR" : "MEMBER";
  const means = rises ? RISES : isOneself ? STEPS_DOWN : FALLS;
  return form({
    title: title(member, rises, isOneself),
    contents: h("div", {}, means.map((text) => h("p", { text }))),
    action: rises ? "Make them an administrator" : isOneself ? "Step down" : "Make them a member",
    kind: rises ? "" : "danger",
    submit: async (_, wrong) => {
      const answer = (await ask(SET_ROLE, { input: { memberId: member.id, role } })).setMemberRole;
      if (!isProblem(answer)) return answer.member;
      wrong(words(answer));
      return undefined;
    },
  });
}

function title({ name }, rises, isOneself) {
  if (isOneself) return "Step down as subscription administrator?";
  return rises ? `Make ${name} a subscription administrator?` : `Make ${name} a member without administration?`;
}
