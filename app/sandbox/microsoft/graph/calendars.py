"""Calls on the profile and on the calendars themselves.

https://learn.microsoft.com/graph/api/resources/calendar
"""

from typing import Any

from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.graph.errors import not_found
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply
from app.sandbox.microsoft.graph.query import page, read_query
from app.sandbox.microsoft.graph.render import render_person
from app.sandbox.microsoft.mailboxes.ids import change_key
from app.sandbox.microsoft.mailboxes.mailbox import Calendar, Mailbox

DEFAULT_PAGE = 10
_PROFILE = (
    "id",
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "userType",
    "accountEnabled",
    "proxyAddresses",
)
_NOT_BY_DEFAULT = {"userType", "accountEnabled", "proxyAddresses"}


async def get_user(call: GraphCall) -> GraphReply:
    """GET /me and /users/{id}: the profile."""
    user = call.user()
    options = read_query(call, _PROFILE, "microsoft.graph.user")
    whole: dict[str, Any] = {
        "id": user.oid,
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.given_name,
        "jobTitle": user.job_title,
        "mail": user.address if user.has_mailbox else None,
        "mobilePhone": None,
        "officeLocation": user.office_location,
        "preferredLanguage": None,
        "surname": user.surname,
        "userPrincipalName": user.address,
        "userType": "Member",
        "accountEnabled": user.enabled,
        "proxyAddresses": _proxy_addresses(user) if user.has_mailbox else [],
    }
    names = options.select or [name for name in _PROFILE if name not in _NOT_BY_DEFAULT]
    context = f"{call.base}/$metadata#users/$entity"
    return GraphReply({"@odata.context": context, **{name: whole[name] for name in names}})


def _proxy_addresses(user: User) -> list[str]:
    """As Exchange writes them: the main one in capitals, and one that is for calls."""
    return [f"SMTP:{user.address}", *(f"smtp:{address}" for address in user.further_addresses), f"SIP:{user.address}"]


async def get_calendar(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/calendar and …/calendars/{id}."""
    wanted = call.request.path_params.get("calendar_id", box.calendar.id)
    calendar = next((c for c in box.calendars if c.id == wanted), None)
    if calendar is None:
        raise not_found()
    context = f"{call.base}/$metadata#users('{box.oid}')/calendars/$entity"
    return GraphReply({"@odata.context": context, **_calendar(box, calendar)})


async def list_calendars(call: GraphCall, box: Mailbox) -> GraphReply:
    """GET …/calendars."""
    options = read_query(call, _calendar(box, box.calendar), "Microsoft.OutlookServices.Calendar")
    body = page(call, options, box.calendars, lambda c: _calendar(box, c), default_size=DEFAULT_PAGE)
    return GraphReply({"@odata.context": f"{call.base}/$metadata#users('{box.oid}')/calendars", **body})


def _calendar(box: Mailbox, calendar: Calendar) -> dict[str, Any]:
    return {
        "id": calendar.id,
        "name": calendar.name,
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": calendar.is_default,
        "changeKey": change_key(calendar.id, 1, None),
        "canShare": calendar.shared_by is None,
        "canViewPrivateItems": calendar.shared_by is None,
        "canEdit": calendar.shared_by is None,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": calendar.is_default,
        "isRemovable": not calendar.is_default,
        "owner": render_person(calendar.shared_by or box.owner),
    }
