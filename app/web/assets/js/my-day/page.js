// My day: the agenda and its rooms, where the viewer works this week, and who else is in.

import { $ } from "../dom.js";
import { listen } from "../live.js";
import { focusEvent, markBooking, refreshAgenda, startAgenda } from "./agenda.js";
import { isBookingAsked, readAsked } from "./asked-room.js";
import { bookNew } from "./booking.js";
import { hearBookings, refreshBookings, seek, startBookings } from "./bookings.js";
import { chosenDay, settle, show, shownDays, startDays } from "./days.js";
import { refreshDetails, showDetails } from "./event-details.js";
import { startPeople } from "./people.js";
import { focusCard, showSought, soughtBooking } from "./sought.js";
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
  const booked = await bookNew(chosenDay());
  if (!booked) return;
  refreshSoon();
  if (!shownDays().includes(booked.day)) show(booked.day);
}

// Once it was answered, the address asks no more: whoever loads the page again is not asked again.
async function bookAsked() {
  const asked = await readAsked();
  if (!asked) return;
  const booked = await bookNew(asked.day, asked);
  const showing = settle(["book"], booked?.day);
  if (!booked) return;
  const [{ id }] = booked.bookings;
  seek(id, () => focusCard(id, showing));
  refreshSoon();
}

// Without a calendar nothing can be booked: what stands in the agenda's place says why, and leads on. What the address
// asks for is still asked for there once one is connected, which leads back to it.
let isOffered = null;
function offerBooking(canBook) {
  $("book").hidden = !canBook;
  if (canBook && isOffered === null && isBookingAsked()) bookAsked();
  isOffered = canBook;
}

startDays(() => refreshAgenda({ fresh: true }));
startAgenda((event) => showDetails(event, refreshSoon));
if (soughtBooking()) seek(soughtBooking(), (booking) => showSought(booking, focusEvent));
startBookings(
  (booking) => {
    if (booking) markBooking(booking);
    refreshSoon();
  },
  offerBooking,
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
