"""The GraphiQL page: its HTML, its content security policy and the files it loads.

No script or style stands in the page itself. What the page needs to know is in a block of JSON, which browsers
do not execute, and `graphiql_start.js` reads it.
"""

import html
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.graphql.graphiql_files import PACKAGES
from app.graphql.options import GraphiQLMode, GraphQLOptions

_CDN = "https://cdn.jsdelivr.net"
_OWN_FILES = {
    "graphiql_start.js": Path(__file__).with_name("graphiql_start.js"),
    "graphiql_start.css": Path(__file__).with_name("graphiql_start.css"),
}
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FILE_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class GraphiQL:
    """Serves the page and its files as the options say."""

    def __init__(self, options: GraphQLOptions) -> None:
        self._path = options.path
        self._files = self._found(options.graphiql_files)
        self._from_cdn = options.graphiql is GraphiQLMode.CDN and not self._files
        self.is_on = self._from_cdn or (options.graphiql is not GraphiQLMode.OFF and bool(self._files))
        self._page = self._render(options) if self.is_on else ""

    def page(self) -> Response:
        """The page; asked for only where `is_on`."""
        headers = {**_PAGE_HEADERS, "Content-Security-Policy": self._policy()}
        return Response(self._page, headers=headers, media_type="text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """One of the page's files by its name; nothing else in the directory can be had."""
        name = request.path_params["name"]
        path = {**_OWN_FILES, **self._files}.get(name) if self.is_on else None
        if path is None:
            return PlainTextResponse("Not found", HTTPStatus.NOT_FOUND)
        return FileResponse(path, headers=_FILE_HEADERS)

    def _found(self, directory: Path | None) -> dict[str, Path]:
        """The published files where every one of them is there."""
        if directory is None:
            return {}
        paths = {file.name: directory / file.name for package in PACKAGES for file in package.files}
        return paths if all(path.is_file() for path in paths.values()) else {}

    def _policy(self) -> str:
        """Styles alone may be inline: GraphiQL's dialogs write a style element, with measured widths in it."""
        published = f" {_CDN}" if self._from_cdn else ""
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src 'self'{published}",
                f"style-src 'self' 'unsafe-inline'{published}",
                "font-src data:",
                "img-src 'self' data:",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            )
        )

    def _render(self, options: GraphQLOptions) -> str:
        tags = []
        for package in PACKAGES:
            for file in package.files:
                if self._from_cdn:
                    url = f"{_CDN}/npm/{package.name}@{package.version}/{file.path}"
                    checked = f' integrity="{file.integrity}" crossorigin="anonymous"'
                else:
                    url, checked = f"{self._path}/assets/{file.name}", ""
                tags.append(_tag(url, checked))
        tags.extend(_tag(f"{self._path}/assets/{name}") for name in _OWN_FILES)
        # In a script element only `<` can end the block early.
        settings = orjson.dumps(
            {
                "path": self._path,
                "session": None if options.session_shown is None else asdict(options.session_shown),
                "tabs": [
                    {"query": f"# {ready.title}\n\n{ready.query.strip()}\n", "variables": ready.variables}
                    for ready in options.ready_queries
                ],
            }
        )
        block = settings.decode().replace("<", "\\u003c")
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<title>GraphiQL</title>\n<link rel="icon" href="data:,">\n'
            f'<script type="application/json" id="settings">{block}</script>\n'
            + "\n".join(tags)
            + '\n</head>\n<body><div id="graphiql">Loading GraphiQL…</div>'
            "<noscript>GraphiQL needs JavaScript.</noscript></body>\n</html>\n"
        )


def _tag(url: str, attributes: str = "") -> str:
    address = html.escape(url)
    if url.endswith(".css"):
        return f'<link rel="stylesheet" href="{address}"{attributes}>'
    return f'<script defer src="{address}"{attributes}></script>'
