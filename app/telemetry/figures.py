"""What is asked when somebody scrapes: how much waits, since when, and how the integrations fare.

Every process answers the same here, whatever it does itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from tortoise.functions import Count

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.connections.models import MailboxWatch, WatchStatus
from app.database.backlog import NOTHING, Backlog, backlog_of
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.notifications.mailing import Mailing
from app.notifications.models import Notification
from app.telemetry.metrics import PREFIX

LAPSING = timedelta(minutes=30)
"""A watch that ends so soon should long have been renewed: that happens at half its life."""


class Backlogs(Protocol):
    """What waits for the jobs."""

    async def backlogs(self) -> Mapping[str, Backlog]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the database said, in one moment or nearly so."""

    backlogs: Mapping[str, Backlog] = field(default_factory=dict)
    pending: Backlog = NOTHING
    mails: Backlog | None = None
    """What is to be mailed, tries that are put off included; None where nothing is mailed."""
    watches: Mapping[str, int] = field(default_factory=dict)
    lapsing: int = 0
    integrations: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Those that are enabled, by suite and health."""


async def figures_of(jobs: Backlogs) -> Figures:
    """One statement after the other. Raises what the driver raises."""
    pending = RoomBooking.filter(state=BookingState.PENDING, closed_at__isnull=True)
    lapsing = MailboxWatch.filter(status=WatchStatus.RUNNING, expires_at__lte=clock.now() + LAPSING)
    watches = MailboxWatch.annotate(n=Count("id")).group_by("status").values_list("status", "n")
    enabled = Integration.filter(status=IntegrationStatus.ENABLED).annotate(n=Count("id")).group_by("suite", "health")
    backlogs = await jobs.backlogs()
    mails = Notification.filter(next_mail_at__isnull=False)
    return Figures(
        backlogs=backlogs,
        mails=await backlog_of(mails, "created_at") if Mailing.name in backlogs else None,
        pending=await backlog_of(pending, "state_since"),
        watches=dict(await watches),
        lapsing=await lapsing.count(),
        integrations={
            (suite, health): number for suite, health, number in await enabled.values_list("suite", "health", "n")
        },
    )


class SharedFigures(Collector):
    """Tells the registry what was answered last; `latest` is None where the database did not answer."""

    latest: Figures | None = None
    redis_up: bool | None = None
    """Whether Redis answered in time; None where there is none."""

    def describe(self) -> Iterable[Metric]:
        """Nothing is known before somebody asked."""
        return ()

    def collect(self) -> Iterator[Metric]:
        if self.redis_up is not None:
            yield _gauge("redis_up", "Whether Redis answered in time.", float(self.redis_up))
        figures = self.latest
        yield _gauge("database_up", "Whether the database answered in time.", float(figures is not None))
        if figures is None:
            return
        now = clock.now()
        yield _gauge("pending_bookings", "Bookings whose room has not answered.", figures.pending.due)
        yield _gauge(
            "oldest_pending_booking_age_seconds", "Since when the oldest of them waits.", _age(figures.pending, now)
        )
        if figures.mails is not None:
            yield _gauge("waiting_mails", "Notifications that are to be mailed.", figures.mails.due)
            yield _gauge(
                "oldest_waiting_mail_age_seconds", "Since when the oldest of them waits.", _age(figures.mails, now)
            )
        yield _gauge("watches_lapsing", "Watches on mailboxes that end within half an hour.", figures.lapsing)
        yield _by("watches", "Watches on mailboxes.", ("status",), {(k,): n for k, n in figures.watches.items()})
        yield _by("integrations", "Enabled integrations.", ("suite", "health"), figures.integrations)
        due = {(job,): backlog.due for job, backlog in figures.backlogs.items()}
        yield _by("job_due_rows", "Rows that are due and that no process has taken.", ("job_name",), due)
        ages = {(job,): _age(backlog, now) for job, backlog in figures.backlogs.items()}
        yield _by("job_oldest_due_age_seconds", "For how long the oldest of them has been due.", ("job_name",), ages)


def _age(backlog: Backlog, now: datetime) -> float:
    return max(0.0, (now - backlog.since).total_seconds()) if backlog.since else 0.0


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value)


def _by(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    """`values`: by the tuple of the labels' values."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric([str(part) for part in key], value)
    return family
