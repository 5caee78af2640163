// Removing something: what that does is shown first, and it is done once that was confirmed.

import { isProblem, words } from "../api.js";
import { form } from "../dialog.js";
import { h, replace } from "../dom.js";
import { say } from "../say.js";

/**
 * Whether it was removed. `send(confirmation)` answers with the result, at first without a confirmation; `told(result)`
 * says what came of it.
 */
export function removal({ name, text, send, told }) {
  let confirmation = null;
  const consequences = h("ul", {});
  return form({
    title: `Remove ${name}?`,
    contents: [h("p", { text }), consequences],
    action: "Remove",
    kind: "danger",
    submit: async (_, wrong) => {
      const answer = await send(confirmation);
      if ("confirmation" in answer) {
        confirmation = answer.confirmation;
        replace(consequences, answer.consequences.map((each) => h("li", { text: each })));
        wrong("This is what it does. Press Remove once more if that is what you want.");
        return undefined;
      }
      if (isProblem(answer)) {
        wrong(words(answer));
        return undefined;
      }
      say(told(answer));
      return true;
    },
  });
}
