"""Style sheets, modules and the icon, from our own origin, under an address that changes when any of them does.

So a browser keeps them for ever and asks for nothing twice, and an upgrade never mixes old modules with new ones.
"""

import hashlib
import os
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FILES = Path(__file__).parent / "assets"
_FOR_EVER = "public, max-age=31536000, immutable"


def _digest() -> str:
    whole = hashlib.sha256()
    for path in sorted(FILES.rglob("*.*")):
        whole.update(path.relative_to(FILES).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()[:12]


ADDRESS = f"/assets/{_digest()}"
"""What every file's path stands behind."""


class _Files(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _FOR_EVER
        return response


def asset_routes() -> list[BaseRoute]:
    """Where the files are; an address of another version is not found."""
    return [Mount(ADDRESS, _Files(directory=FILES))]
