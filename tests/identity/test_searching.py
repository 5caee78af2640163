"""Looking for members by what somebody types, on both engines."""

import unicodedata
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app import clock
from app.errors import InvalidInput
from app.identity import searching
from app.identity.members import MemberService
from app.identity.models import Member, Organisation, Role
from app.identity.principal import Principal
from app.identity.searching import MemberSearch
from app.paging import PageRequest
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of

PEOPLE = {
    "Ada Vos": "ada.vos@tidewater.example",
    "Ann_e 50% Sand": "anne@tidewater.example",
    "Jean-Luc O'Brien": "jl@tidewater.example",
    "Käthe Groß": "kaethe@tidewater.example",
    "MAŁGORZATA ÖZTÜRK": "m.o@tidewater.example",
    "Nadia Tide": "nadia@harbour.example",
    "Юлия Орлова": "julia@tidewater.example",
}


@dataclass(frozen=True, slots=True)
class Company:
    organisation: Organisation
    principal: Principal

    async def found(self, search: str | None, first: int = 100) -> Sequence[str]:
        """Names, read page by page."""
        names: list[str] = []
        after: bytes | None = None
        while True:
            page = await MemberService().list(self.principal, PageRequest(first, after), search)
            names += [member.name for member, _ in page.items]
            assert page.has_previous_page == (after is not None)
            if not page.has_next_page:
                return names
            after = page.items[-1][1]


async def _company() -> Company:
    organisation = await make_organisation()
    members = [await make_member(organisation, name, address=address) for name, address in PEOPLE.items()]
    return Company(organisation, principal_of(members[0]))


@pytest.fixture
async def company(database: TortoiseContext) -> Company:
    return await _company()


@pytest.fixture
async def company_on_either(database_url: str) -> AsyncIterator[Company]:
    async with open_database(database_url):
        yield await _company()


WANTED = {
    "a": ["Ada Vos", "Ann_e 50% Sand"],
    "ADA": ["Ada Vos"],
    "vos ada": ["Ada Vos"],
    "os": [],
    "da": [],
    "ada.vos@tide": ["Ada Vos"],
    "harbour": ["Nadia Tide"],
    "nadia harb": ["Nadia Tide"],
    "ada harb": [],
    "luc": ["Jean-Luc O'Brien"],
    "jean-l": ["Jean-Luc O'Brien"],
    "brien": ["Jean-Luc O'Brien"],
    "o'b": ["Jean-Luc O'Brien"],
    "käthe": ["Käthe Groß"],
    "KÄTHE": ["Käthe Groß"],
    unicodedata.normalize("NFD", "käthe"): ["Käthe Groß"],
    "kathe": [],
    "gross": ["Käthe Groß"],
    "gros": ["Käthe Groß"],
    "GROSS": ["Käthe Groß"],
    "groß": ["Käthe Groß"],
    "małg": ["MAŁGORZATA ÖZTÜRK"],
    "özt": ["MAŁGORZATA ÖZTÜRK"],
    "öZtÜr": ["MAŁGORZATA ÖZTÜRK"],
    "юлия": ["Юлия Орлова"],
    "ОРЛ": ["Юлия Орлова"],
    "%": [],
    "_": [],
    "50%": ["Ann_e 50% Sand"],
    "5_%": [],
    "ann%": [],
    "ann_e": ["Ann_e 50% Sand"],
    "\\": [],
    "'; DROP TABLE member": [],
}


async def test_each_word_begins_a_word_of_the_name_or_the_address_on_both_engines(company_on_either: Company) -> None:
    assert {search: await company_on_either.found(search) for search in WANTED} == WANTED


async def test_without_a_word_everybody_is_listed(company: Company) -> None:
    assert [await company.found(search) for search in (None, "", " \t\u00a0")] == [list(PEOPLE)] * 3


async def test_nobody_of_another_organisation_and_nobody_merged_is_found(company: Company) -> None:
    await make_member(await make_organisation("Newbridge"), "Ada Newbridge")
    shell = await make_member(company.organisation, "Ada Again")
    await Member.of(company.organisation.id).filter(id=shell.id).update(merged_into_id=company.principal.member_id)

    assert await company.found("ada") == ["Ada Vos"]


@pytest.mark.parametrize("size", [1, 2, 5])
async def test_pages_bring_whoever_is_found_once_and_in_order(
    company_on_either: Company, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of those whom the database finds are judged at once."""
    monkeypatch.setattr(searching, "AT_ONCE", 3)
    for number in range(4):
        for name in ("Twin Tide", "Plain Atwinter"):
            await make_member(company_on_either.organisation, name, address=f"{name[0]}{number}@one.example".lower())

    assert await company_on_either.found("twin", first=size) == ["Twin Tide"] * 4
    assert await company_on_either.found("tide one", first=size) == ["Twin Tide"] * 4


async def test_how_many_are_found_is_not_counted(company: Company) -> None:
    pages = [await MemberService().list(company.principal, PageRequest(), search) for search in ("ada", None)]

    assert [page.total for page in pages] == [None, len(PEOPLE)]


@pytest.mark.parametrize("text", ["x" * 201, "a\0b"])
def test_what_no_name_can_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        MemberSearch.of(text)

    assert raised.value.field == "search"


TYPED = st.text(st.sampled_from("aAsSkKzZßẞäÄöÖéÉÑñłŁжЖδΔςΣ5%_\\-.' @\u0308"), max_size=12)


CHANGES: Sequence[Callable[[str], str]] = (
    str,
    str.upper,
    str.lower,
    str.swapcase,
    partial(unicodedata.normalize, "NFD"),
)


@given(name=TYPED, data=st.data())
def test_whatever_begins_a_word_finds_it_in_any_case_and_writing(name: str, data: st.DataObject) -> None:
    words = unicodedata.normalize("NFC", name).split()
    chosen = data.draw(st.lists(st.sampled_from(words))) if words else []
    typed = " ".join(word[: data.draw(st.integers(1, len(word)))] for word in chosen)
    change = data.draw(st.sampled_from(CHANGES))

    assert MemberSearch.of(change(typed)).fits(name, "ada@tidewater.example")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(names=st.lists(TYPED, min_size=1, max_size=6), search=TYPED)
async def test_the_database_leaves_nobody_out_who_fits(company: Company, names: Sequence[str], search: str) -> None:
    await Member.of(company.organisation.id).delete()
    for name in names:
        await Member.create(
            organisation=company.organisation,
            name=name,
            address="a@b.example",
            role=Role.MEMBER,
            created_at=clock.now(),
        )

    fitting = [name for name in names if MemberSearch.of(search).fits(name, "a@b.example")]

    assert sorted(await company.found(search)) == sorted(fitting)
