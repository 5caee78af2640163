"""Sessions and access tokens: what lets somebody in, for how long, and how it ends."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from tortoise import connections
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.errors import IdempotencyKeyReused, InvalidInput, NotFound, Unauthenticated
from app.events_bus.bus import CREDENTIALS, Message, MessageKind, member_topic
from app.identity.access_tokens import AccessTokenService
from app.identity.models import AccessToken, Member, Organisation, Role, Session
from app.identity.principal import CredentialKind
from app.identity.sessions import SESSION_LIFETIME, SessionService, session_cookie_name
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.keys import Keys
from tests.connections.stack import RecordingBus
from tests.identity.queries import counted_queries
from tests.support.people import make_member, make_organisation, principal_of

WEEK = timedelta(days=7)


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
def sessions(keys: Keys, bus: RecordingBus) -> SessionService:
    return SessionService(keys, bus)


@pytest.fixture
def tokens(keys: Keys, bus: RecordingBus) -> AccessTokenService:
    return AccessTokenService(keys, bus)


@pytest.fixture
async def member(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


async def test_a_session_says_who_is_asking_in_one_query(sessions: SessionService, member: Member) -> None:
    session, cookie = await sessions.create(member)

    async with counted_queries() as queries:
        principal = await sessions.authenticate(cookie)

    assert len(queries) == 1
    assert principal.member_id == member.id
    assert principal.organisation_name == "Tidewater"
    assert principal.credential_kind is CredentialKind.SESSION
    assert principal.credential_id == session.id


async def test_the_database_holds_only_the_hash_of_a_session(sessions: SessionService, member: Member) -> None:
    session, cookie = await sessions.create(member)

    row = await connections.get("default").execute_query_dict("SELECT * FROM session")

    assert cookie not in str(row)
    assert cookie.split(".")[0] not in str(row)
    assert session.token_hash in str(row)


async def test_a_session_ends_after_twelve_hours(sessions: SessionService, member: Member) -> None:
    session, cookie = await sessions.create(member)

    with clock.use(lambda: session.created_at + SESSION_LIFETIME - timedelta(milliseconds=1)):
        await sessions.authenticate(cookie)
    with clock.use(lambda: session.created_at + SESSION_LIFETIME), pytest.raises(Unauthenticated):
        await sessions.authenticate(cookie)


async def test_a_cookie_that_we_did_not_sign_never_reaches_the_database(
    sessions: SessionService, member: Member, keys: Keys
) -> None:
    _, cookie = await sessions.create(member)
    state = SignedTokens(keys).issue(TokenUse.STATE)
    garbage = ["", "x", "a.b", cookie + "x", cookie.replace(".", ""), "é.ü", "a" * 5_000, state, f"{cookie}\x00"]

    async with counted_queries() as queries:
        for value in garbage:
            with pytest.raises(Unauthenticated):
                await sessions.authenticate(value)

    assert queries == []


async def test_signing_out_ends_the_session_at_once_and_tells_open_sockets(
    sessions: SessionService, member: Member, bus: RecordingBus
) -> None:
    session, cookie = await sessions.create(member)
    principal = await sessions.authenticate(cookie)

    await sessions.sign_out(principal)
    with pytest.raises(NotFound):
        await sessions.sign_out(principal)

    assert await sessions.role_now(principal) is None
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(cookie)
    revoked = Message(MessageKind.CREDENTIAL_REVOKED, session.id)
    assert bus.published == [(CREDENTIALS, revoked), (member_topic(member.id), revoked)]


async def test_signing_in_again_ends_the_session_that_the_browser_had(sessions: SessionService, member: Member) -> None:
    _, old = await sessions.create(member)
    before = await sessions.authenticate(old)

    _, new = await sessions.create(member, replacing=before)

    assert new != old
    await sessions.authenticate(new)
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(old)


async def test_signing_in_with_a_browser_does_not_end_the_access_token_it_sent(
    sessions: SessionService, tokens: AccessTokenService, member: Member
) -> None:
    created = await tokens.create(principal_of(member), "kiosk", WEEK, "k")
    assert created.token is not None
    principal = await tokens.authenticate(created.token)

    await sessions.create(member, replacing=principal)

    await tokens.authenticate(created.token)


async def test_an_open_socket_can_ask_for_the_role_as_it_is_now(
    sessions: SessionService, database: TortoiseContext
) -> None:
    member = await make_member(await make_organisation(), role=Role.SUBSCRIPTION_ADMINISTRATOR)
    _, cookie = await sessions.create(member)
    principal = await sessions.authenticate(cookie)
    assert await sessions.role_now(principal) is Role.SUBSCRIPTION_ADMINISTRATOR

    await Member.of(member.organisation_id).filter(id=member.id).update(role=Role.MEMBER)

    assert await sessions.role_now(principal) is Role.MEMBER
    assert (await sessions.authenticate(cookie)).role is Role.MEMBER


def test_the_session_cookie_is_pinned_to_the_host_on_https_only() -> None:
    assert session_cookie_name(secure=True) == "__Host-hybrid-meetings-session"
    assert session_cookie_name(secure=False) == "hybrid-meetings-session"


async def test_an_access_token_says_who_is_asking_in_one_query(tokens: AccessTokenService, member: Member) -> None:
    created = await tokens.create(principal_of(member), " my script ", WEEK, "k")
    assert created.token is not None

    async with counted_queries() as queries:
        principal = await tokens.authenticate(created.token)

    assert len(queries) == 1
    assert principal.member_id == member.id
    assert principal.credential_id == created.row.id
    assert principal.expires_at == created.row.expires_at
    assert created.row.name == "my script"
    assert created.token not in str(await AccessToken.all().values())


async def test_a_repeated_request_answers_with_the_same_token_row_and_no_token(
    tokens: AccessTokenService, member: Member
) -> None:
    first = await tokens.create(principal_of(member), "script", WEEK, "k")

    repeated = await tokens.create(principal_of(member), "script", WEEK, "k")

    assert repeated.row.id == first.row.id
    assert repeated.token is None
    assert await AccessToken.all().count() == 1


async def test_the_same_key_for_another_token_is_refused(tokens: AccessTokenService, member: Member) -> None:
    await tokens.create(principal_of(member), "script", WEEK, "k")

    with pytest.raises(IdempotencyKeyReused):
        await tokens.create(principal_of(member), "script", 2 * WEEK, "k")

    assert await AccessToken.all().count() == 1


@pytest.mark.parametrize(
    ("name", "lifetime", "key", "field"),
    [
        ("", WEEK, "k", "name"),
        ("   ", WEEK, "k", "name"),
        ("x" * 101, WEEK, "k", "name"),
        ("two\nlines", WEEK, "k", "name"),
        ("ok", timedelta(days=1) - timedelta(seconds=1), "k", "lifetimeDays"),
        ("ok", timedelta(days=365, seconds=1), "k", "lifetimeDays"),
        ("ok", timedelta(0), "k", "lifetimeDays"),
        ("ok", -WEEK, "k", "lifetimeDays"),
        ("ok", WEEK, "", "idempotencyKey"),
        ("ok", WEEK, "k" * 65, "idempotencyKey"),
    ],
)
async def test_a_token_that_cannot_be_made_is_refused_by_field(
    tokens: AccessTokenService, member: Member, name: str, lifetime: timedelta, key: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await tokens.create(principal_of(member), name, lifetime, key)

    assert refused.value.field == field
    assert await AccessToken.all().count() == 0


@pytest.mark.parametrize("lifetime", [timedelta(days=1), timedelta(days=365)])
async def test_an_access_token_expires_when_it_was_said_to(
    tokens: AccessTokenService, member: Member, lifetime: timedelta
) -> None:
    created = await tokens.create(principal_of(member), "script", lifetime, "k")
    assert created.token is not None
    end = created.row.created_at + lifetime

    with clock.use(lambda: end - timedelta(milliseconds=1)):
        await tokens.authenticate(created.token)
    with clock.use(lambda: end), pytest.raises(Unauthenticated):
        await tokens.authenticate(created.token)


@pytest.mark.parametrize("bearer", ["", "hybrid_meetings_", "hybrid_meetings_unknown", "other_x", "x" * 10_000, "ü"])
async def test_a_foreign_bearer_value_lets_nobody_in(
    tokens: AccessTokenService, database: TortoiseContext, bearer: str
) -> None:
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(bearer)


async def test_a_revoked_token_lets_nobody_in_and_its_sockets_are_told(
    tokens: AccessTokenService, member: Member, bus: RecordingBus
) -> None:
    created = await tokens.create(principal_of(member), "script", WEEK, "k")
    assert created.token is not None

    revoked = await tokens.revoke(principal_of(member), created.row.id)
    again = await tokens.revoke(principal_of(member), created.row.id)

    assert revoked.revoked_at is not None
    assert again.revoked_at == revoked.revoked_at
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(created.token)
    told = Message(MessageKind.CREDENTIAL_REVOKED, created.row.id)
    assert bus.published == [(CREDENTIALS, told), (member_topic(member.id), told)]


async def test_nobody_revokes_or_sees_a_colleagues_or_a_strangers_token(
    tokens: AccessTokenService, member: Member
) -> None:
    created = await tokens.create(principal_of(member), "script", WEEK, "k")
    colleague = await make_member(await Organisation.get(id=member.organisation_id), "Bo Lind")
    stranger = await make_member(await make_organisation("Newbridge"), "Cy Moss")

    for other in (colleague, stranger):
        with pytest.raises(NotFound):
            await tokens.revoke(principal_of(other), created.row.id)
        assert await tokens.list(principal_of(other)) == []
    with pytest.raises(NotFound):
        await tokens.revoke(principal_of(member), uuid4())

    assert [row.id for row in await tokens.list(principal_of(member))] == [created.row.id]


async def test_signing_out_with_an_access_token_revokes_that_token(
    tokens: AccessTokenService, sessions: SessionService, member: Member
) -> None:
    created = await tokens.create(principal_of(member), "script", WEEK, "k")
    assert created.token is not None
    _, cookie = await sessions.create(member)

    await sessions.sign_out(await tokens.authenticate(created.token))

    with pytest.raises(Unauthenticated):
        await tokens.authenticate(created.token)
    await sessions.authenticate(cookie)
    actions = [entry.action for entry in await AuditEntry.of(member.organisation_id).order_by("at")]
    assert actions == [AuditAction.ACCESS_TOKEN_CREATED, AuditAction.ACCESS_TOKEN_REVOKED]


async def test_a_deleted_members_credentials_let_nobody_in(
    tokens: AccessTokenService, sessions: SessionService, member: Member
) -> None:
    created = await tokens.create(principal_of(member), "script", WEEK, "k")
    _, cookie = await sessions.create(member)
    assert created.token is not None

    await Member.of(member.organisation_id).filter(id=member.id).delete()

    with pytest.raises(Unauthenticated):
        await tokens.authenticate(created.token)
    with pytest.raises(Unauthenticated):
        await sessions.authenticate(cookie)
    assert await Session.all().count() == 0


async def test_sockets_that_ask_at_the_same_moment_share_a_query_and_each_hears_of_its_own(
    sessions: SessionService, database: TortoiseContext
) -> None:
    organisation = await make_organisation()
    member = await make_member(organisation)
    administrator = await make_member(organisation, "Ben Kok", role=Role.SUBSCRIPTION_ADMINISTRATOR)
    first, second, gone = [
        await sessions.authenticate((await sessions.create(one))[1]) for one in (member, administrator, member)
    ]
    await sessions.sign_out(gone)

    async with counted_queries() as queries:
        roles = await asyncio.gather(*(sessions.role_now(one) for one in [first, second, gone] * 20))

    assert roles == [Role.MEMBER, Role.SUBSCRIPTION_ADMINISTRATOR, None] * 20
    assert len(queries) == 1


async def test_a_socket_that_asks_after_the_end_is_not_answered_with_what_others_heard_before(
    sessions: SessionService, member: Member
) -> None:
    principal = await sessions.authenticate((await sessions.create(member))[1])
    before = asyncio.create_task(sessions.role_now(principal))
    await sessions.sign_out(principal)

    after = await sessions.role_now(principal)

    assert after is None
    await before


async def test_a_socket_that_gives_up_waiting_takes_the_answer_from_nobody_else(
    sessions: SessionService, member: Member
) -> None:
    principal = await sessions.authenticate((await sessions.create(member))[1])
    impatient, patient = [asyncio.create_task(sessions.role_now(principal)) for _ in range(2)]
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient is Role.MEMBER
    assert impatient.cancelled()
