// My day: the agenda and its rooms, where the viewer works this week, and who else is in.

import { $ } from "../dom.js";
import { listen } from "../live.js";
import { focusEvent, markBooking, refreshAgenda, startAgenda } from "./agenda.js";
import { bookNew } from "./booking.js";
import { hearBookings, refreshBookings, seek, startBookings } from "./bookings.js";
import { chosenDay, show, shownDays, startDays } from "./days.js";
import { refreshDetails, showDetails } from "./event-details.js";
import { startPeople } from "./people.js";
import { showSought, soughtBooking } from "./sought.js";
import { startWeek } from "./week.js";

const STANDING = `subscription IntegrationStanding { integrationChanged { status } }`;
const SETTLES = 400;
const SLEPT = 60_000;

let timer = 0;
// Rooms often answer together: the suite is asked once for all of them.
function refreshSoon() {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    refreshAgenda();
    refreshBookings();
    refreshDetails();
  }, SETTLES);
}

async function book() {
  const day = await bookNew(chosenDay());
  if (!day) return;
  refreshSoon();
  if (!shownDays().includes(day)) show(day);
}

startDays(() => refreshAgenda({ fresh: true }));
startAgenda((event) => showDetails(event, refreshSoon));
if (soughtBooking()) seek(soughtBooking(), (booking) => showSought(booking, focusEvent));
startBookings(
  (booking) => {
    if (booking) markBooking(booking);
    refreshSoon();
  },
  // Without a calendar nothing can be booked: what stands in the agenda's place says why, and leads on.
  (canBook) => ($("book").hidden = !canBook),
);
$("book").addEventListener("click", book);
window.addEventListener("notified", refreshSoon);

// Calendars that an administrator switches on or off are there, or gone, without a look at the page.
let standing = null;
listen(STANDING, ({ integrationChanged: { status } }) => {
  if (standing && status !== standing) {
    hearBookings();
    refreshSoon();
  }
  standing = status;
});

let left = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") left = Date.now();
  else if (Date.now() - left > SLEPT) refreshSoon();
});

startWeek($("week"));
startPeople($("people"));
