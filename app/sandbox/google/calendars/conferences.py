"""Video meetings of an event: asked for, pending for a moment, then there.

https://developers.google.com/workspace/calendar/api/guides/create-events#conferencing
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.sandbox.google.calendar_api.errors import invalid, required

CONFERENCE_MEMBER = "conferenceData"
_MEET = {"type": "hangoutsMeet"}


def read_conference(
    body: Mapping[str, Any], version: int, event_id: str, present: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """The conference of an event after a write: without version 1 what was there, else what the body says.

    The same ``requestId`` again changes nothing. Raises GoogleError (400).
    """
    if version < 1 or CONFERENCE_MEMBER not in body:
        return present
    wanted = body[CONFERENCE_MEMBER]
    if wanted is None:
        return None
    if not isinstance(wanted, dict):
        raise invalid("Invalid conference data.", CONFERENCE_MEMBER)
    request = wanted.get("createRequest")
    if not request or wanted.get("entryPoints"):
        return wanted or None
    request_id = request.get("requestId") if isinstance(request, dict) else None
    if not request_id or not isinstance(request_id, str):
        raise required("conferenceData.createRequest.requestId", "Missing conference request id.")
    key = request.get("conferenceSolutionKey") or _MEET
    if key != _MEET:
        raise invalid("Invalid conference type value.", CONFERENCE_MEMBER)
    if present is not None and present.get("createRequest", {}).get("requestId") == request_id:
        return present
    return _meet(event_id, request_id)


def pending(conference: Mapping[str, Any]) -> dict[str, Any]:
    """A conference as the answer to the request for it shows it."""
    request = {**conference["createRequest"], "status": {"statusCode": "pending"}}
    return {"createRequest": request}


def link_of(conference: Mapping[str, Any]) -> str | None:
    """The address of the video meeting."""
    points = conference.get("entryPoints") or []
    return next((one.get("uri") for one in points if one.get("entryPointType") == "video"), None)


def _meet(event_id: str, request_id: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{event_id} {request_id}".encode()).digest()
    letters = "".join(chr(ord("a") + byte % 26) for byte in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    return {
        "createRequest": {
            "requestId": request_id,
            "conferenceSolutionKey": dict(_MEET),
            "status": {"statusCode": "success"},
        },
        "entryPoints": [
            {"entryPointType": "video", "uri": f"https://meet.google.com/{code}", "label": f"meet.google.com/{code}"}
        ],
        "conferenceSolution": {"key": dict(_MEET), "name": "Google Meet"},
        "conferenceId": code,
    }
