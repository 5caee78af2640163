"""Rotating the encryption keys: everything is sealed anew, and nothing is lost, left unsaid or opened elsewhere."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.connections.models import CalendarConnection, MailboxWatch
from app.keyring.columns import SEALED_COLUMNS, SealedColumn
from app.keyring.rotation import Fault, Progress, Rotated, Rotation, Unopened
from app.keys import Keys, Place, Vault
from app.references.models import EventNote, EventReference, MailboxReference
from tests.connections.stack import Stack
from tests.keyring.filling import SECRET, A, B, C, make_workplace, sealed_under, sealed_values, watch_place
from tests.support.database import open_database, sqlite_file


@pytest.fixture(autouse=True)
async def _opened(database_url: str) -> AsyncIterator[None]:
    async with open_database(database_url):
        yield


async def _rotate(*ring: tuple[str, bytes]) -> Rotated:
    return await Rotation(Vault(ring), lambda _: None).run()


async def test_rotation_seals_everything_anew_under_the_first_key_and_everything_opens_as_before() -> None:
    workplace = await make_workplace(Vault((A,)))
    before = await workplace.read(Vault((A,)))

    rotated = await _rotate(B, A)

    assert (rotated.sealed_anew, rotated.is_complete) == (10, True)
    assert await sealed_under("k1") == 0
    assert await workplace.read(Vault((B,))) == before
    await Stack(Keys(SECRET), Vault((B,))).flows.open(workplace.ticket)


async def test_what_the_first_key_has_sealed_already_is_left_as_it_is() -> None:
    await make_workplace(Vault((B, A)))
    before = await sealed_values()

    rotated = await _rotate(B, A)

    assert rotated.sealed_anew == 0
    assert await sealed_values() == before


async def test_keys_rotate_to_another_and_back() -> None:
    workplace = await make_workplace(Vault((A,)))
    before = await workplace.read(Vault((A,)))

    there, back = await _rotate(B, A), await _rotate(A, B)

    assert (there.sealed_anew, back.sealed_anew) == (10, 10)
    assert await workplace.read(Vault((A,))) == before


async def test_every_organisations_values_are_sealed_anew_in_their_own_place() -> None:
    places = [await make_workplace(Vault((A,)), name=name) for name in ("Tidewater", "Newbridge")]
    before = [await place.read(Vault((A,))) for place in places]

    await _rotate(B, A)

    assert [await place.read(Vault((B,))) for place in places] == before


async def test_more_values_than_one_batch_holds_are_all_sealed_anew_and_the_operator_hears_how_far_it_is() -> None:
    workplace = await make_workplace(Vault((A,)))
    await workplace.add_events(Vault((A,)), 1100)
    told: list[Progress] = []

    rotated = await Rotation(Vault((B, A)), told.append).run()

    assert rotated.sealed_anew == 2210
    assert await sealed_under("k1") == 0
    of_references = [entry.sealed_anew for entry in told if entry.column.model is EventReference]
    assert of_references[-1] == 1103
    assert len(of_references) >= 2


async def test_keys_that_nothing_is_sealed_under_any_more_are_named() -> None:
    await make_workplace(Vault((B, A)))

    rotated = await _rotate(C, B, A)

    assert rotated.unused == ("k2", "k1")


async def test_a_value_that_was_put_in_anothers_place_is_named_and_the_others_go_on() -> None:
    await make_workplace(Vault((A,)))
    first, second, _ = await MailboxReference.all().order_by("id")
    await MailboxReference.filter(id=first.id).update(sealed_id=second.sealed_id)

    rotated = await _rotate(B, A)

    assert rotated.named == (Unopened(_column(MailboxReference), first.id, Fault.BROKEN),)
    assert (rotated.unopened, rotated.sealed_anew, rotated.is_complete) == (1, 9, False)
    assert rotated.unused == ()
    assert (await MailboxReference.get(id=first.id)).sealed_id == second.sealed_id


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01\x02", b"\x01\x02k1", b"\x02\x02k1" + b"x" * 40, b"plain"])
async def test_a_value_that_is_none_of_ours_is_named_and_left_as_it_is(damaged: bytes) -> None:
    await make_workplace(Vault((A,)))
    await EventNote.all().update(text=damaged)

    rotated = await _rotate(B, A)

    assert [entry.fault for entry in rotated.named] == [Fault.BROKEN]
    assert rotated.sealed_anew == 9
    assert (await EventNote.get()).text == damaged


async def test_a_value_whose_key_is_not_in_the_ring_is_named_as_such() -> None:
    await make_workplace(Vault((A,)))

    rotated = await _rotate(B)

    assert {entry.fault for entry in rotated.named} == {Fault.KEY_MISSING}
    assert (rotated.unopened, rotated.sealed_anew) == (10, 0)
    assert await sealed_under("k1") == 10


class TestWhileServersWrite:
    """A write falls between the moment when a value is read and the moment when it is swapped."""

    @pytest.fixture
    def database_url(self, tmp_path: Path) -> str:
        return f"sqlite://{sqlite_file(tmp_path)}"

    async def test_a_value_that_a_server_has_replaced_meanwhile_is_kept_and_sealed_anew(self, tmp_path: Path) -> None:
        workplace = await make_workplace(Vault((A,)))
        row = await EventNote.get()
        newer = Vault((A,)).seal(b"Bring biscuits", Place(row.organisation_id, "event_note", row.id, "text"))
        vault = _Interrupted(lambda: _write(tmp_path, "UPDATE event_note SET text = ?", newer), b"Bring charts", B, A)

        rotated = await Rotation(vault, lambda _: None).run()

        assert rotated.is_complete
        assert (await workplace.read(Vault((B,))))[3] == "Bring biscuits"

    async def test_what_a_server_has_sealed_under_the_first_key_meanwhile_is_kept(self, tmp_path: Path) -> None:
        await make_workplace(Vault((A,)))
        row = await EventNote.get()
        newer = Vault((B, A)).seal(b"Bring biscuits", Place(row.organisation_id, "event_note", row.id, "text"))
        vault = _Interrupted(lambda: _write(tmp_path, "UPDATE event_note SET text = ?", newer), b"Bring charts", B, A)

        rotated = await Rotation(vault, lambda _: None).run()

        assert rotated.is_complete
        assert (await EventNote.get()).text == newer

    async def test_a_row_that_is_gone_meanwhile_is_no_fault_and_does_not_come_back(self, tmp_path: Path) -> None:
        await make_workplace(Vault((A,)))
        vault = _Interrupted(lambda: _write(tmp_path, "DELETE FROM event_note"), b"Bring charts", B, A)

        rotated = await Rotation(vault, lambda _: None).run()

        assert (rotated.is_complete, rotated.sealed_anew) == (True, 9)
        assert not await EventNote.all().exists()

    async def test_credentials_that_are_erased_meanwhile_do_not_come_back(self, tmp_path: Path) -> None:
        workplace = await make_workplace(Vault((A,)))
        erase = "UPDATE calendar_connection SET credentials = NULL"
        vault = _Interrupted(lambda: _write(tmp_path, erase), None, B, A)

        rotated = await Rotation(vault, lambda _: None).run()

        assert rotated.is_complete
        assert (await CalendarConnection.get(id=workplace.connection.id)).credentials is None

    async def test_a_server_that_still_seals_under_the_old_key_is_noticed(self, tmp_path: Path) -> None:
        workplace = await make_workplace(Vault((A,)))
        watch = await MailboxWatch.get(id=workplace.watch_id)
        from_old_server = Vault((A, B)).seal(b"subscription", watch_place(watch))

        def write_when_watches_are_done(progress: Progress) -> None:
            if progress.column.model is EventNote:
                _write(tmp_path, "UPDATE mailbox_watch SET suite_id = ?", from_old_server)

        rotated = await Rotation(Vault((B, A)), write_when_watches_are_done).run()

        assert (rotated.behind, rotated.is_complete, rotated.unused) == (1, False, ())
        assert (await _rotate(B, A)).is_complete


class _Interrupted(Vault):
    """A vault in whose way a server writes: once, just after the value of this content was opened."""

    def __init__(self, write: Callable[[], None], content: bytes | None, *ring: tuple[str, bytes]) -> None:
        super().__init__(ring)
        self._write: Callable[[], None] | None = write
        self._content = content

    def open(self, sealed: bytes, place: Place) -> bytes:
        plain = super().open(sealed, place)
        if self._write is not None and self._content in {None, plain}:
            self._write()
            self._write = None
        return plain


def _write(folder: Path, statement: str, *values: bytes) -> None:
    """As another process does."""
    with closing(sqlite3.connect(sqlite_file(folder))) as connection, connection:
        connection.execute(statement, values)


def _column(model: type[MailboxReference]) -> SealedColumn:
    return next(column for column in SEALED_COLUMNS if column.model is model)
