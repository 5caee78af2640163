"""Every column of the database says why it holds no calendar data; one that nobody vouched for fails the build."""

import pytest
from tortoise.context import TortoiseContext

from app.database import kept_documents
from app.database.kept import KEPT
from app.integrations.disabling import CONSENT_RETENTION_PERIOD
from app.jobs import cleanup
from app.shifts.workplace_settings import SHIFT_RETENTION_PERIOD

COLUMNS = """
    SELECT tables.name AS of_table, columns.name AS of_column
    FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
"""


@pytest.fixture
async def columns(database: TortoiseContext) -> set[tuple[str, str]]:
    rows = await database.db().execute_query_dict(COLUMNS)
    return {(row["of_table"], row["of_column"]) for row in rows}


async def test_every_column_says_why_it_holds_no_calendar_data(columns: set[tuple[str, str]]) -> None:
    vouched_for = {(table, column) for table, kept in KEPT.items() for column in kept.columns}

    assert columns - vouched_for == set(), "say in app/database/kept.py why the new column holds no calendar data"


async def test_the_list_names_no_column_that_is_gone(columns: set[tuple[str, str]]) -> None:
    vouched_for = {(table, column) for table, kept in KEPT.items() for column in kept.columns}

    assert vouched_for - columns == set()


def test_what_is_said_about_how_long_things_are_kept_is_what_is_done() -> None:
    days = {
        "invitation": cleanup.EXPIRED_RETENTION_PERIOD,
        "session": cleanup.EXPIRED_RETENTION_PERIOD,
        "access_token": cleanup.EXPIRED_RETENTION_PERIOD,
        "authorisation_flow": cleanup.EXPIRED_RETENTION_PERIOD,
        "idempotency_record": cleanup.IDEMPOTENCY_RETENTION_PERIOD,
        "event_reference": cleanup.REFERENCE_RETENTION_PERIOD,
        "room_booking": cleanup.REFERENCE_RETENTION_PERIOD,
        "shift": SHIFT_RETENTION_PERIOD,
        "calendar_connection": CONSENT_RETENTION_PERIOD,
    }

    assert {table for table, period in days.items() if f"{period.days} days" not in KEPT[table].until} == set()
    assert f"{cleanup.STRANGERS_RETENTION_PERIOD.seconds // 3600} hour" in KEPT["authorisation_flow"].until


def test_the_document_about_it_is_current() -> None:
    assert kept_documents.PAGE.read_text() == kept_documents.document(), "run python -m app.database.kept_documents"
