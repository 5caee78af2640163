// Profile: what is the viewer's own, and for administrators what holds for their organisation.

import { $ } from "../dom.js";
import { isAdministrator, viewer } from "../viewer.js";
import { startAccounts } from "./accounts.js";
import { startCalendar } from "./calendar.js";
import { startData } from "./data.js";
import { startLook } from "./look.js";
import { startOrganisation } from "./organisation.js";
import { startPreferences } from "./preferences.js";
import { startSharing } from "./sharing.js";
import { startTokens } from "./tokens.js";

startCalendar($("calendar"));
startSharing($("sharing"));
startAccounts($("accounts"));
startPreferences($("preferences"));
startTokens($("tokens"));
startData($("data"));
startLook($("look"));
viewer().then((who) => {
  if (!isAdministrator(who)) return;
  document.querySelector('section[data-for="administrators"]').hidden = false;
  startOrganisation($("organisation"));
}, () => {});
