// My day: the agenda and its rooms, where the viewer works this week, and who else is in.

import { $ } from "../dom.js";
import { startPeople } from "./people.js";
import { startWeek } from "./week.js";

startWeek($("week"));
startPeople($("people"));
