"""The organisation's people as administrators see and change them."""

from typing import Any

import pytest

from app.identity.models import Invitation, Member, Role
from schema.ids import NodeKind
from tests.schema.world import House, Server, make_house
from tests.support.people import make_member

MEMBERS = """query ($search: String, $first: Int! = 50, $after: String) {
  members(search: $search, first: $first, after: $after) {
    totalCount nodes { id name email role } pageInfo { hasNextPage endCursor }
  }
}"""
INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { __typename
    ... on MemberInvited { invitationUrl expiresAt role member { name role } }
    ... on Problem { code message remedy } ... on InvalidInput { field }
} }"""
SET_ROLE = """mutation ($input: SetMemberRoleInput!) { setMemberRole(input: $input) { __typename
    ... on MemberRoleSet { member { name role } } ... on Problem { code message remedy whoActs }
} }"""
LINK = """mutation ($input: LinkIdentityInput!) { linkIdentity(input: $input) { __typename
    ... on IdentityLinkRequested { url } ... on Problem { code } ... on InvalidInput { field }
} }"""


async def _as_administrator(house: House, document: str, **variables: Any) -> Any:
    data = await house.server.data(house.administrator, document, **variables)
    return next(iter(data.values()))


def _id_of(house: House, member: Member) -> str:
    return house.ids.seal(NodeKind.MEMBER, member.id)


async def test_an_administrator_reads_everybody_by_name_with_their_role(house: House, server: Server) -> None:
    await make_house(server, "Newbridge")

    members = await _as_administrator(house, MEMBERS)

    assert [(node["name"], node["role"]) for node in members["nodes"]] == [
        ("Ada Tidewater", "MEMBER"),
        ("Bo Tidewater", "SUBSCRIPTION_ADMINISTRATOR"),
    ]
    assert members["totalCount"] == 2


async def test_who_was_merged_into_another_is_left_out(house: House) -> None:
    shell = await make_member(house.organisation, "Ada Again")
    await Member.of(house.organisation.id).filter(id=shell.id).update(merged_into_id=house.member.member_id)

    members = await _as_administrator(house, MEMBERS)

    assert ([node["name"] for node in members["nodes"]], members["totalCount"]) == (
        ["Ada Tidewater", "Bo Tidewater"],
        2,
    )


async def test_people_of_one_name_are_all_read_page_by_page_and_once(house: House) -> None:
    for _ in range(5):
        await make_member(house.organisation, "Ada Tidewater")
    read: list[str] = []
    after = None

    while True:
        page = await _as_administrator(house, MEMBERS, first=2, after=after)
        read += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(read) == len(set(read)) == 7


async def test_a_list_goes_on_behind_somebody_who_was_merged_since(house: House) -> None:
    first = await _as_administrator(house, MEMBERS, first=1)
    await (
        Member.of(house.organisation.id)
        .filter(id=house.member.member_id)
        .update(merged_into_id=house.administrator.member_id)
    )

    second = await _as_administrator(house, MEMBERS, first=1, after=first["pageInfo"]["endCursor"])

    assert [node["name"] for node in second["nodes"]] == ["Bo Tidewater"]


async def test_a_cursor_of_another_list_is_refused(house: House) -> None:
    answer = await house.server.ask(house.administrator, MEMBERS, after="made up")

    assert answer["errors"][0]["extensions"]["problem"] == "MALFORMED_CURSOR"


async def test_a_colleague_is_looked_for_by_any_member_who_does_not_learn_their_role(house: House) -> None:
    for words in ("tidew bO", "BO.TIDEWATER@", " bo "):
        members = (await house.ask(MEMBERS, search=words))["members"]

        assert [(node["name"], node["role"]) for node in members["nodes"]] == [("Bo Tidewater", None)], words
        assert members["totalCount"] is None


async def test_whoever_is_in_another_organisation_is_not_found(house: House, server: Server) -> None:
    await make_house(server, "Newbridge")

    assert (await house.ask(MEMBERS, search="Newbridge"))["members"]["nodes"] == []


async def test_an_empty_search_finds_everybody(house: House) -> None:
    everybody = (await house.ask(MEMBERS))["members"]

    assert [(await house.ask(MEMBERS, search=text))["members"] for text in ("", "  ")] == [everybody] * 2
    assert everybody["totalCount"] == 2


async def test_what_is_found_is_read_page_by_page(house: House) -> None:
    for name in ("Cy Moss", "Cy Quay", "Cy Vane", "Ko Cyrus"):
        await make_member(house.organisation, name)
    read: list[str] = []
    after, more = None, True

    while more:
        page = (await house.ask(MEMBERS, search="cy", first=2, after=after))["members"]
        read += [node["name"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert read == ["Cy Moss", "Cy Quay", "Cy Vane", "Ko Cyrus"]


@pytest.mark.parametrize("text", ["x" * 201, "\0"])
async def test_a_search_that_can_find_nobody_is_refused_in_words(house: House, text: str) -> None:
    answer = await house.server.ask(house.member, MEMBERS, search=text)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith("A search ")


async def test_colleagues_do_not_see_what_somebody_may_do(house: House) -> None:
    administrator = house.ids.seal(NodeKind.MEMBER, house.administrator.member_id)
    document = "query ($id: ID!) { node(id: $id) { ... on Member { name role } } }"

    seen = [
        (await house.server.data(principal, document, id=administrator))["node"]["role"]
        for principal in (house.member, house.administrator)
    ]

    assert seen == [None, "SUBSCRIPTION_ADMINISTRATOR"]


async def test_an_invitation_link_is_shown_once(house: House) -> None:
    command = {"role": "SUBSCRIPTION_ADMINISTRATOR", "idempotencyKey": "a key"}

    first = await _as_administrator(house, INVITE, input=command)
    again = await _as_administrator(house, INVITE, input=command)

    assert first["invitationUrl"].startswith("http://127.0.0.1:8000/auth/invitation/invitation_")
    assert again == first | {"invitationUrl": None}
    assert (first["role"], first["member"]) == ("SUBSCRIPTION_ADMINISTRATOR", None)
    assert first["expiresAt"] == "2031-05-13T09:00:00Z"


async def test_a_key_used_for_another_invitation_is_refused(house: House) -> None:
    await _as_administrator(house, INVITE, input={"role": "MEMBER", "idempotencyKey": "a key"})

    again = await _as_administrator(
        house, INVITE, input={"role": "SUBSCRIPTION_ADMINISTRATOR", "idempotencyKey": "a key"}
    )

    assert (again["__typename"], again["code"]) == ("IdempotencyKeyReused", "IDEMPOTENCY_KEY_REUSED")


async def test_an_invitation_can_name_somebody_who_is_a_member_already(house: House) -> None:
    member_id = house.ids.seal(NodeKind.MEMBER, house.member.member_id)

    invited = await _as_administrator(
        house, INVITE, input={"role": "MEMBER", "memberId": member_id, "idempotencyKey": "a key"}
    )

    assert invited["member"] == {"name": "Ada Tidewater", "role": "MEMBER"}
    assert (await Invitation.of(house.organisation.id).get()).member_id == house.member.member_id


async def test_a_role_that_is_set_is_answered_and_holds(house: House) -> None:
    member = await make_member(house.organisation, "Cy Moss")

    answers = [
        await _as_administrator(house, SET_ROLE, input={"memberId": _id_of(house, member), "role": role})
        for role in ("SUBSCRIPTION_ADMINISTRATOR", "MEMBER")
    ]

    assert [answer["member"]["role"] for answer in answers] == ["SUBSCRIPTION_ADMINISTRATOR", "MEMBER"]
    assert (await Member.of(house.organisation.id).get(id=member.id)).role is Role.MEMBER


async def test_the_last_administrator_is_told_why_they_stay_one(house: House) -> None:
    own_id = house.ids.seal(NodeKind.MEMBER, house.administrator.member_id)

    answer = await _as_administrator(house, SET_ROLE, input={"memberId": own_id, "role": "MEMBER"})

    assert (answer["__typename"], answer["code"]) == ("LastAdministrator", "LAST_ADMINISTRATOR")
    assert (answer["remedy"], answer["whoActs"]) == (
        "Make somebody else a subscription administrator first.",
        "SUBSCRIPTION_ADMINISTRATOR",
    )


async def test_whoever_lost_the_role_since_their_request_was_let_in_is_forbidden(house: House) -> None:
    await make_member(house.organisation, "Cy Moss", role=Role.SUBSCRIPTION_ADMINISTRATOR)
    own = Member.of(house.organisation.id).filter(id=house.administrator.member_id)
    await own.update(role=Role.MEMBER)
    member_id = house.ids.seal(NodeKind.MEMBER, house.member.member_id)

    answers = [
        await house.server.ask(house.administrator, document, input=command)
        for document, command in (
            (SET_ROLE, {"memberId": member_id, "role": "SUBSCRIPTION_ADMINISTRATOR"}),
            (INVITE, {"role": "SUBSCRIPTION_ADMINISTRATOR", "idempotencyKey": "a key"}),
        )
    ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 2


async def test_linking_answers_with_an_address_of_our_own(house: House) -> None:
    answer = (await house.ask(LINK, input={"suite": "MICROSOFT_365", "returnTo": "/graphql"}))["linkIdentity"]

    assert answer["url"].startswith("http://127.0.0.1:8000/auth/continue/")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ({"suite": "GOOGLE_WORKSPACE"}, "SuiteNotConfigured"),
        ({"suite": "MICROSOFT_365", "returnTo": "//evil.example"}, "InvalidInput"),
    ],
)
async def test_linking_is_refused_in_words(house: House, command: dict[str, str], refusal: str) -> None:
    answer = (await house.ask(LINK, input=command))["linkIdentity"]

    assert answer["__typename"] == refusal
