"""What Google posts to our webhook, as change notifications.

https://developers.google.com/workspace/calendar/api/guides/push#receiving-notifications ; all is said in headers: which
channel, and that its calendar changed, but not what in it. Nothing in a post is believed but that something may have
changed: whoever receives these checks the secret and reads again.
"""

import re
from collections.abc import Mapping, Sequence

from app.suites.errors import InvalidRequest
from app.suites.google_workspace.watches import watch_id
from app.suites.protocol import ChangeKind, ChangeNotification

_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
_TOKEN = re.compile(r"[ -~]{1,256}", re.ASCII)
_STATE = re.compile(r"sync|exists|not_exists", re.ASCII)


def parse(body: bytes, headers: Mapping[str, str]) -> Sequence[ChangeNotification]:
    """What one post says: nothing where it only greets a new channel.

    Raises InvalidRequest where it is not of Google's form.
    """
    named = {name.lower(): value for name, value in headers.items()}
    channel_id = _header(named, "x-goog-channel-id", _ID)
    resource_id = _header(named, "x-goog-resource-id", _ID)
    secret = _header(named, "x-goog-channel-token", _TOKEN)
    if _header(named, "x-goog-resource-state", _STATE) == "sync":
        return []
    changed = ChangeNotification(
        watch_id=watch_id(channel_id, resource_id),
        secret=secret,
        tenant=None,
        kind=ChangeKind.CHANGED,
        mailbox_id=None,
    )
    return [changed]


def _header(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = headers.get(name, "")
    if not form.fullmatch(value):
        raise InvalidRequest("MalformedNotification")
    return value
