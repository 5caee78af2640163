"""Who may see where members work: their own word, and what the organisation settles, as clients ask for it."""

from typing import Any

import pytest

from app.audit.models import AuditAction, AuditEntry
from tests.schema.world import House

CHOOSE = """mutation ($input: SetLocationSharingInput) { setLocationSharing(input: $input) { __typename
  ... on LocationSharingSet { viewer { locationSharing chosenLocationSharing } }
  ... on Problem { code message remedy whoActs }
  ... on InvalidInput { field } } }"""
VIEWER = "{ viewer { locationSharing chosenLocationSharing } }"
SETTLE = """mutation ($input: SetWorkplaceSettingsInput) { setWorkplaceSettings(input: $input) { __typename
  ... on WorkplaceSettingsSet { settings { defaultLocationSharing widestLocationSharing shiftRetentionDays } }
  ... on InvalidInput { field code remedy } } }"""
SETTINGS = "{ workplaceSettings { defaultLocationSharing widestLocationSharing shiftRetentionDays } }"


async def _choose(house: House, sharing: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = (await house.ask(CHOOSE, input={"sharing": sharing}))["setLocationSharing"]
    return answer


async def _settle(house: House, **values: Any) -> dict[str, Any]:
    data = await house.server.data(house.administrator, SETTLE, input=values or None)
    answer: dict[str, Any] = data["setWorkplaceSettings"]
    return answer


async def _viewer(house: House) -> tuple[str, str | None]:
    viewer = (await house.ask(VIEWER))["viewer"]
    return viewer["locationSharing"], viewer["chosenLocationSharing"]


async def test_whoever_chose_nothing_follows_the_organisations_default(house: House) -> None:
    before = await _viewer(house)
    await _settle(house, defaultLocationSharing="EVERYONE")

    assert before == ("PEOPLE_I_MEET", None)
    assert await _viewer(house) == ("EVERYONE", None)


@pytest.mark.parametrize("sharing", ["EVERYONE", "PEOPLE_I_MEET", "NOBODY"])
async def test_a_members_own_word_holds_whatever_the_default_is(house: House, sharing: str) -> None:
    answer = await _choose(house, sharing)
    await _settle(house, defaultLocationSharing="EVERYONE")

    assert answer["viewer"] == {"locationSharing": sharing, "chosenLocationSharing": sharing}
    assert await _viewer(house) == (sharing, sharing)


@pytest.mark.parametrize("taken_back", [{"input": {"sharing": None}}, {"input": {}}, {}])
async def test_a_word_can_be_taken_back(house: House, taken_back: dict[str, Any]) -> None:
    await _choose(house, "NOBODY")

    answer = (await house.ask(CHOOSE, **taken_back))["setLocationSharing"]

    assert answer["viewer"] == {"locationSharing": "PEOPLE_I_MEET", "chosenLocationSharing": None}


@pytest.mark.parametrize(
    ("widest", "refused", "allowed"),
    [
        ("PEOPLE_I_MEET", ["EVERYONE"], "PEOPLE_I_MEET or NOBODY"),
        ("NOBODY", ["EVERYONE", "PEOPLE_I_MEET"], "NOBODY"),
    ],
)
async def test_nobody_shares_more_than_the_organisation_allows_and_is_told_what_it_does(
    house: House, widest: str, refused: list[str], allowed: str
) -> None:
    await _settle(house, defaultLocationSharing="NOBODY", widestLocationSharing=widest)

    for sharing in refused:
        answer = await _choose(house, sharing)

        assert (answer["__typename"], answer["code"], answer["field"]) == (
            "InvalidInput",
            "SHARING_NOT_ALLOWED",
            "sharing",
        )
        assert answer["remedy"].startswith(f"Choose {allowed}, or null")
    assert await _viewer(house) == ("NOBODY", None)


async def test_a_word_that_is_not_allowed_any_more_is_capped_and_comes_back_when_it_is(house: House) -> None:
    await _choose(house, "EVERYONE")

    await _settle(house, widestLocationSharing="PEOPLE_I_MEET")
    capped = await _viewer(house)
    await _settle(house, widestLocationSharing="EVERYONE")

    assert capped == ("PEOPLE_I_MEET", "EVERYONE")
    assert await _viewer(house) == ("EVERYONE", "EVERYONE")


async def test_every_member_reads_what_is_settled(house: House) -> None:
    answer = await _settle(house, widestLocationSharing="PEOPLE_I_MEET", shiftRetentionDays=30)

    assert answer["settings"] == {
        "defaultLocationSharing": "PEOPLE_I_MEET",
        "widestLocationSharing": "PEOPLE_I_MEET",
        "shiftRetentionDays": 30,
    }
    assert (await house.ask(SETTINGS))["workplaceSettings"] == answer["settings"]


async def test_what_is_settled_is_audited(house: House) -> None:
    await _settle(house, shiftRetentionDays=30)

    rows = AuditEntry.of(house.organisation.id).filter(action=AuditAction.WORKPLACE_SETTINGS_CHANGED)
    assert await rows.count() == 1


async def test_without_input_nothing_is_settled(house: House) -> None:
    assert (await _settle(house))["settings"]["shiftRetentionDays"] == 90


async def test_a_default_wider_than_what_is_allowed_is_a_problem_that_says_what_to_do(house: House) -> None:
    answer = await _settle(house, defaultLocationSharing="EVERYONE", widestLocationSharing="NOBODY")

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "defaultLocationSharing")
    assert "no wider" in answer["remedy"]


@pytest.mark.parametrize("days", [0, -5, 3_651])
async def test_a_retention_that_is_none_is_a_problem(house: House, days: int) -> None:
    answer = await _settle(house, shiftRetentionDays=days)

    assert (answer["field"], answer["code"]) == ("shiftRetentionDays", "INVALID_VALUE")


@pytest.mark.parametrize(
    ("document", "values"),
    [
        (CHOOSE, {"sharing": "FRIENDS"}),
        (CHOOSE, {"memberId": "x", "sharing": "NOBODY"}),
        (SETTLE, {"shiftRetentionDays": 2**31}),
        (SETTLE, {"widestLocationSharing": ""}),
    ],
)
async def test_what_has_the_wrong_form_is_a_bad_request(house: House, document: str, values: dict[str, Any]) -> None:
    answer = await house.server.ask(house.administrator, document, input=values)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
