"""What runs without anybody asking."""

from app.bookings.intents import IntentSweep
from app.bookings.silence import SilentRooms
from app.composing.foundation import SPREAD, Foundation, health_check_of, mailing_jobs
from app.integrations.retention import Retention
from app.integrations.revocation import ConsentRevocation
from app.integrations.transitions import Transitions
from app.jobs.cleanup import CleanUp
from app.jobs.runner import Job
from app.notifications.service import notify
from app.references.leads import Leads
from app.references.looking import EventLooks
from app.shifts.entry_job import ShiftEntries
from app.shifts.retention import ShiftRetention
from schema.context import Services


def jobs_of(base: Foundation, services: Services) -> list[Job]:
    """Every job, in the order in which they stand in logs."""
    intents = IntentSweep(connections=base.connections, recorder=base.recorder, watches=base.watches, bus=base.bus)
    leads = Leads(base.vault, base.keys)
    looks = EventLooks(base.connections, base.references, leads, random=SPREAD.random)
    bookings: list[Job] = [base.checks, intents, base.watches, SilentRooms(notify, base.bus), looks]
    shifts: list[Job] = [ShiftEntries(base.connections)]
    integrations: list[Job] = [
        services.room_syncs,
        health_check_of(base),
        Retention(Transitions(base.bus)),
        ConsentRevocation(base.registry, base.tokens, base.bus),
    ]
    return [*bookings, *shifts, *mailing_jobs(base), *integrations, CleanUp(), ShiftRetention()]
