// Letting somebody in: a link that is good for one person, shown once.

import { PROBLEM, ask, idempotencyKey, isProblem, words } from "../api.js";
import { choice, form } from "../dialog.js";
import { h } from "../dom.js";
import { link } from "../link.js";
import { moment } from "../time.js";
import { ROLES } from "./roles.js";

const INVITE = `mutation InviteMember($input: InviteMemberInput!) {
  inviteMember(input: $input) {
    __typename ... on MemberInvited { invitationUrl expiresAt } ... on Problem { ...ProblemParts }
  }
} ${PROBLEM}`;

/** Asks as what somebody is let in, and shows the link for them. */
export async function invite() {
  const key = idempotencyKey();
  const invited = await form({
    title: "Invite somebody",
    contents: h(
      "fieldset",
      {},
      h("legend", { text: "As what" }),
      choice(ROLES.MEMBER, { type: "radio", name: "role", value: "MEMBER", checked: true }, "Sees their agenda, books rooms and shifts."),
      choice(ROLES.SUBSCRIPTION_ADMINISTRATOR, { type: "radio", name: "role", value: "SUBSCRIPTION_ADMINISTRATOR" }, "Changes integrations, rooms, buildings and roles, too."),
    ),
    action: "Make the link",
    submit: async (body, wrong) => {
      const input = { role: body.elements.role.value, idempotencyKey: key };
      const answer = (await ask(INVITE, { input })).inviteMember;
      if (!isProblem(answer)) return answer;
      wrong(words(answer));
      return undefined;
    },
  });
  if (!invited) return;
  await form({
    title: "Send this link to one person",
    contents: [
      link(invited.invitationUrl, "Invitation link"),
      h("p", { class: "small soft", text: `It is good for one sign-in until ${moment(invited.expiresAt)}, and is not shown again.` }),
    ],
    cancel: "Done",
  });
}
