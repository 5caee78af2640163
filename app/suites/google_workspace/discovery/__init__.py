"""What we use of Google's APIs, in the form of Google's own discovery documents.

https://developers.google.com/discovery/v1/reference/apis : methods, parameters and scopes by name and type. They ship
with the package, so that nothing is asked of Google before the first call.
"""

from importlib import resources

import orjson
from aiogoogle.resource import GoogleAPI


def calendar(address: str) -> GoogleAPI:
    """Calendar v3 (https://developers.google.com/workspace/calendar/api/v3/reference) at this address."""
    return _api("calendar_v3.json", address)


def directory(address: str) -> GoogleAPI:
    """The Directory's resources (https://developers.google.com/workspace/admin/directory/reference/rest) there."""
    return _api("directory_v1.json", address)


def _api(name: str, address: str) -> GoogleAPI:
    document = orjson.loads(resources.files(__name__).joinpath(name).read_bytes())
    return GoogleAPI({**document, "rootUrl": address + "/"})  # type: ignore[no-untyped-call]
