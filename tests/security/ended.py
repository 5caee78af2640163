"""Credentials that have ended, each in its way, and some that never were any."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tortoise.transactions import in_transaction

from app.identity import merging, roles
from app.identity.credentials import principal_by_hash
from app.identity.models import Member, Role
from app.identity.principal import CredentialKind, Principal
from app.identity.sessions import SESSION_LIFETIME
from app.identity.signed_tokens import SignedTokens, TokenUse
from app.keys import Keys, new_token, token_hash
from tests.security.doors import SECRET, Premises, Shown

LIFETIME = timedelta(days=1)


async def principal_of(shown: Shown) -> Principal:
    """Whom a credential that works stands for."""
    if shown.authorization is not None:
        return await principal_by_hash(
            CredentialKind.ACCESS_TOKEN, token_hash(shown.authorization.removeprefix("Bearer "))
        )
    assert shown.cookie is not None
    hashed = SignedTokens(Keys(SECRET)).hash_of(shown.cookie, TokenUse.SESSION_COOKIE)
    assert hashed is not None
    return await principal_by_hash(CredentialKind.SESSION, hashed)


async def expired_token(premises: Premises, member: Member) -> Shown:
    shown = await premises.token_of(member, LIFETIME)
    premises.ticker.advance(LIFETIME)
    return shown


async def expired_session(premises: Premises, member: Member) -> Shown:
    shown = await premises.session_of(member)
    premises.ticker.advance(SESSION_LIFETIME)
    return shown


async def revoked_token(premises: Premises, member: Member) -> Shown:
    shown = await premises.token_of(member)
    principal = await principal_of(shown)
    await premises.services.access_tokens.revoke(principal, principal.credential_id)
    return shown


async def token_that_signed_out(premises: Premises, member: Member) -> Shown:
    shown = await premises.token_of(member)
    assert (await premises.post(shown, "mutation { signOut { __typename } }")).has_data
    return shown


async def session_that_signed_out(premises: Premises, member: Member) -> Shown:
    shown = await premises.session_of(member)
    assert (await premises.post(shown, "mutation { signOut { __typename } }")).has_data
    return shown


async def session_before_the_last_sign_in(premises: Premises, member: Member) -> Shown:
    shown = await premises.session_of(member)
    await premises.services.sessions.create(member, replacing=await principal_of(shown))
    return shown


async def merge(premises: Premises, member: Member) -> None:
    survivor = await premises.newcomer(Role.MEMBER, "Di Tidewater")
    async with in_transaction():
        await roles.one_at_a_time(member.organisation_id)
        await merging.merge(member, survivor)


async def token_of_who_was_merged(premises: Premises, member: Member) -> Shown:
    shown = await premises.token_of(member)
    await merge(premises, member)
    return shown


async def session_of_who_was_merged(premises: Premises, member: Member) -> Shown:
    shown = await premises.session_of(member)
    await merge(premises, member)
    return shown


async def token_made_while_its_member_was_merged(premises: Premises, member: Member) -> Shown:
    await merge(premises, member)
    return await premises.token_of(member)


async def token_of_who_is_gone(premises: Premises, member: Member) -> Shown:
    shown = await premises.token_of(member)
    await member.delete()
    return shown


async def session_of_who_is_gone(premises: Premises, member: Member) -> Shown:
    shown = await premises.session_of(member)
    await member.delete()
    return shown


async def token_of_nobody(premises: Premises, member: Member) -> Shown:
    return Shown(authorization=f"Bearer {new_token('hybrid_meetings')}")


async def token_under_another_scheme(premises: Premises, member: Member) -> Shown:
    token = (await premises.token_of(member)).authorization or ""
    return Shown(authorization=token.replace("Bearer", "Basic"))


async def token_cut_short(premises: Premises, member: Member) -> Shown:
    return Shown(authorization=((await premises.token_of(member)).authorization or "")[:-1])


async def token_as_a_cookie(premises: Premises, member: Member) -> Shown:
    return Shown(cookie=((await premises.token_of(member)).authorization or "").removeprefix("Bearer "))


async def cookie_as_a_token(premises: Premises, member: Member) -> Shown:
    return Shown(authorization=f"Bearer {(await premises.session_of(member)).cookie}")


async def cookie_of_another_server(premises: Premises, member: Member) -> Shown:
    return Shown(cookie=SignedTokens(Keys(b"\x07" * 32)).issue(TokenUse.SESSION_COOKIE))


async def cookie_of_nobody(premises: Premises, member: Member) -> Shown:
    return Shown(cookie=SignedTokens(Keys(SECRET)).issue(TokenUse.SESSION_COOKIE))


async def dead_token_beside_a_live_cookie(premises: Premises, member: Member) -> Shown:
    """A credential that does not work is never passed over."""
    dead, live = await revoked_token(premises, member), await premises.session_of(member)
    return Shown(authorization=dead.authorization, cookie=live.cookie)


ENDED: dict[str, Callable[[Premises, Member], Awaitable[Shown]]] = {
    "expired token": expired_token,
    "expired session": expired_session,
    "revoked token": revoked_token,
    "token that signed out": token_that_signed_out,
    "session that signed out": session_that_signed_out,
    "session before the last sign in": session_before_the_last_sign_in,
    "token of who was merged": token_of_who_was_merged,
    "session of who was merged": session_of_who_was_merged,
    "token made while its member was merged": token_made_while_its_member_was_merged,
    "token of who is gone": token_of_who_is_gone,
    "session of who is gone": session_of_who_is_gone,
    "token of nobody": token_of_nobody,
    "token under another scheme": token_under_another_scheme,
    "token cut short": token_cut_short,
    "token as a cookie": token_as_a_cookie,
    "cookie as a token": cookie_as_a_token,
    "cookie of another server": cookie_of_another_server,
    "cookie of nobody": cookie_of_nobody,
    "dead token beside a live cookie": dead_token_beside_a_live_cookie,
}
"""What a member shows after it has ended."""
