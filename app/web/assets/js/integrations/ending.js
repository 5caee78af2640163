// What ends an integration is confirmed by typing, bound to what was shown; what changed meanwhile is shown anew.

import { isProblem, words } from "../api.js";
import { form, labelled } from "../dialog.js";
import { h, replace } from "../dom.js";
import { moment, relative } from "../time.js";
import { viewer } from "../viewer.js";

const CHANGED = "Something has changed since this was shown, or it was shown too long ago. Nothing was done: read once more what happens now, and confirm it again.";

/**
 * Shows `shown.consequences` between the elements `above` and `below`, and answers with what `act(confirmation, body)`
 * came to, or null where it was closed. An answer that has a confirmation itself is what has to be confirmed now.
 */
export async function confirmEnding({ title, shown, above, below = null, action, act }) {
  const { organisation } = await viewer();
  let { confirmation } = shown;
  const list = h("ul", {}, lines(shown));
  return form({
    title,
    contents: [above, list, below],
    foot: labelled(`To confirm, type “${organisation.name}”`, h("input", { name: "typed", autocomplete: "off", spellcheck: "false" })),
    action,
    kind: "danger",
    submit: async (body, wrong) => {
      if (body.elements.typed.value.trim() !== organisation.name) {
        return void wrong(`That is not “${organisation.name}”.`, body.elements.typed);
      }
      const answer = await act(confirmation, body);
      if (answer.confirmation) {
        ({ confirmation } = answer);
        replace(list, lines(answer));
        list.scrollIntoView({ block: "nearest" });
        return void wrong(CHANGED);
      }
      return isProblem(answer) ? void wrong(words(answer)) : answer;
    },
  });
}

const lines = ({ consequences }) => consequences.map((text) => h("li", { text: onOurClock(text) }));

// The server knows nobody's clock and writes its moments in UTC; whoever reads them here has one.
const IN_UTC = /(\d{1,2} [A-Z][a-z]+ \d{4}), (\d{2}:\d{2}) UTC/g;

function onOurClock(text) {
  return text.replace(IN_UTC, (said, day, time) => {
    const at = new Date(`${day} ${time} UTC`);
    return Number.isNaN(at.getTime()) ? said : `${moment(at.toISOString())} (${relative(at.toISOString())})`;
  });
}
