"""Everything that is looked at, in the order in which it is told."""

import os
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from difflib import get_close_matches
from functools import partial

from app.database import engine
from app.database.location import sqlite_path
from app.doctor import address, machine
from app.doctor.database import database
from app.doctor.examination import Look, examine
from app.doctor.jobs import jobs
from app.doctor.keys import keys
from app.doctor.mail import mail
from app.doctor.suites import suite_looks, without_any
from app.findings import Finding, doubtful, failing, well
from app.settings import PREFIX, Settings, SettingsError, load, names
from app.suites import registry
from app.web.pages import GRAPHIQL_FILES

_OF_OTHERS = (f"{PREFIX}TEST_", f"{PREFIX}DEMO_")
"""What the tests and the demo read for themselves."""
_LIKE = 0.9
"""How much of a long name has to be alike."""
_SET_IT = "Set it in the environment of every server and worker; docs/settings.md says what it takes."


async def diagnose() -> Sequence[Finding]:
    """All findings, worst or not; where the settings are not complete nothing that needs them is looked at."""
    try:
        settings = load(registry.SETTINGS)
    except SettingsError as error:
        wrong = [failing("settings", f"{problem}.", _SET_IT) for problem in error.problems]
        return [*wrong, *await machine.file_limit()]
    async with AsyncExitStack() as stack:
        is_there = await _open(settings, stack)
        found = await examine(_looks(settings, has_database=is_there))
    return [well("settings", "complete."), *_misspelt(), *without_any(settings), *found]


def _misspelt() -> Sequence[Finding]:
    """What looks like a setting and is none: whoever wrote it believes that it holds."""
    known = names(registry.SETTINGS)
    strangers = (name for name in sorted(os.environ) if name.startswith(PREFIX) and not name.startswith(_OF_OTHERS))
    return [
        doubtful(
            "settings", f"{name} is none of ours and is ignored.", f"{_meant(name, known)} Take it out or mend it."
        )
        for name in strangers
        if name not in known
    ]


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=_LIKE)
    return f"Is {close[0]} meant?" if close else "docs/settings.md lists those that there are."


async def _open(settings: Settings, stack: AsyncExitStack) -> bool:
    """Opening SQLite would make its file, so one that is not there is left alone."""
    path = sqlite_path(settings.database_url)
    if path is not None and not path.is_file():
        return False
    await stack.enter_async_context(engine.database(settings.database_url))
    return True


def _looks(settings: Settings, *, has_database: bool) -> dict[str, Look]:
    looks: dict[str, Look] = {
        "public address": partial(address.public_address, settings),
        "callbacks": partial(address.callbacks, settings),
        "database": partial(database, settings),
        "disk": partial(machine.disk, settings),
    }
    if has_database:
        looks |= {"keys": partial(keys, settings), "jobs": partial(jobs, settings)}
    if settings.redis_url is not None:
        from app.doctor import redis  # a third of a second that one process alone need not spend

        looks["Redis"] = partial(redis.redis, settings.redis_url)
        if not settings.runs_jobs_in_server:
            looks["worker"] = partial(redis.worker, settings.redis_url)
    return {
        **looks,
        **suite_looks(settings),
        "mail": partial(mail, settings),
        "GraphiQL": partial(machine.graphiql, settings, GRAPHIQL_FILES),
        "open files": machine.file_limit,
    }
