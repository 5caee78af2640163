"""A person in a browser: opens addresses, follows redirects, answers the sandbox's pages through their forms.

The pages are read as HTML and their forms submitted as a browser would; nothing goes round them. Cookies are kept
by host and ignore ports, as in a browser, so a server's own cookies on the same host travel too.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp

from app.sandbox.pages import Page
from app.sandbox.process import trust

MOST_STEPS = 30
SCOPE_PREFIX = "https://www.googleapis.com/auth/"
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Answer(StrEnum):
    """What the person does on a page that asks for consent."""

    ACCEPT = "accept"
    CANCEL = "cancel"
    STOP = "stop"
    """Look at the page and do nothing."""


class OnNeedApproval(StrEnum):
    """What the person does on "Need admin approval"."""

    STAY = "stay"
    RETURN = "return"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where a visit ended: ``page`` is the sandbox's page, or None when it ended elsewhere.

    ``trail`` has every address on the way, redirects included, this one last.
    """

    url: str
    status: int
    text: str
    page: Page | None
    trail: tuple[str, ...]


class VisitorLostError(Exception):
    """A page that cannot be answered as ordered, or a visit that goes in circles."""


@dataclass(slots=True)
class _Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    boxes: dict[str, str] = field(default_factory=dict)
    """What ticking an unticked box would send, by its name."""


class Visitor:
    """One person in one browser; use it as an async context manager, or close it.

    On a page with a box for each scope every box is ticked but those of ``unticked``, by the scope's name, whole or
    without what Google's have in common (``calendar.freebusy``).
    """

    def __init__(
        self,
        address: str,
        *,
        answer: Answer = Answer.ACCEPT,
        admin_answer: Answer = Answer.ACCEPT,
        on_need_approval: OnNeedApproval = OnNeedApproval.STAY,
        for_organisation: bool = False,
        approves_requests: bool = False,
        justification: str = "I need my calendar there.",
        unticked: frozenset[str] = frozenset(),
        ca_bundle: Path | None = None,
    ) -> None:
        self.address = address
        self.answer = answer
        self.admin_answer = admin_answer
        self.on_need_approval = on_need_approval
        self.for_organisation = for_organisation
        self.approves_requests = approves_requests
        self.justification = justification
        self.unticked = unticked
        connector = aiohttp.TCPConnector(ssl=trust(ca_bundle)) if ca_bundle else aiohttp.TCPConnector()
        self.session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True), max_field_size=65536, max_line_size=65536
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the browser."""
        await self.session.close()

    async def open(self, url: str, *, headers: dict[str, str] | None = None, until: str | None = None) -> Landing:
        """Open an address and go on until a page that is not the sandbox's, or one that the orders stop at.

        ``headers`` go with every request of the visit. A redirect to an address that begins with ``until`` is
        not followed: the visit ends there, with the redirect's status. Raises VisitorLostError.
        """
        method, data, trail = "GET", None, []
        for _ in range(MOST_STEPS):
            trail.append(url)
            async with self.session.request(method, url, data=data, headers=headers, allow_redirects=False) as response:
                status, location = response.status, response.headers.get("Location")
                text = "" if status in REDIRECTS else await response.text()
            if status in REDIRECTS and location:
                url = urljoin(url, location)
                if until is not None and url.startswith(until):
                    return Landing(url=url, status=status, text="", page=None, trail=(*trail, url))
                if status not in {307, 308}:
                    method, data = "GET", None
                continue
            parsed = _read(text)
            step = self._step(parsed)
            if step is None:
                return Landing(url=url, status=status, text=text, page=parsed.page, trail=tuple(trail))
            form, data = step
            url, method = urljoin(url, form.action) if form.action else url, form.method.upper()
        raise VisitorLostError(f"no end after {MOST_STEPS} steps, last at {url}")

    def _step(self, parsed: "_Document") -> tuple[_Form, dict[str, str]] | None:
        match parsed.page:
            case Page.ACCOUNT | Page.GOOGLE_ACCOUNT:
                return self._choose_account(parsed)
            case Page.CONSENT:
                return self._consent(parsed, self.answer)
            case Page.GOOGLE_CONSENT:
                return self._tick(parsed)
            case Page.ADMIN_CONSENT:
                return self._consent(parsed, self.admin_answer)
            case Page.NEED_ADMIN_APPROVAL if self.on_need_approval is OnNeedApproval.RETURN:
                return parsed.press("decision", "return")
            case Page.NEED_ADMIN_APPROVAL if self.on_need_approval is OnNeedApproval.REQUEST:
                form, data = parsed.press("decision", "request")
                return form, data | {"justification": self.justification}
            case Page.APPROVAL_REQUESTS if self.approves_requests and parsed.has_button("decision", "approve"):
                return parsed.press("decision", "approve")
            case Page.FORM_POST:
                reply = parsed.forms[0]
                return reply, dict(reply.fields)
            case _:
                return None

    def _choose_account(self, parsed: "_Document") -> tuple[_Form, dict[str, str]] | None:
        for form in parsed.forms:
            for button in form.buttons:
                if button.get("data-address", "").lower() == self.address.lower():
                    return form, form.fields | {button["name"]: button["value"]}
        if parsed.has_mistake:
            return None
        other = next((form for form in parsed.forms if "address" in form.names), None)
        if other is None:
            raise VisitorLostError(f"the page offers no way to choose {self.address}")
        return other, other.fields | {"address": self.address}

    def _consent(self, parsed: "_Document", answer: Answer) -> tuple[_Form, dict[str, str]] | None:
        if answer is Answer.STOP:
            return None
        form, data = parsed.press("decision", answer.value)
        if self.for_organisation and answer is Answer.ACCEPT and "for_organisation" in form.names:
            data["for_organisation"] = "yes"
        return form, data

    def _tick(self, parsed: "_Document") -> tuple[_Form, dict[str, str]] | None:
        answered = self._consent(parsed, self.answer)
        if answered is None or self.answer is not Answer.ACCEPT:
            return answered
        form, data = answered
        names = {name for name in form.boxes if self.unticked.isdisjoint({name, name.removeprefix(SCOPE_PREFIX)})}
        return form, data | {name: form.boxes[name] for name in names if name.startswith(SCOPE_PREFIX)}


class _Document(HTMLParser):
    """A page's name and forms; unticked boxes and empty buttons are left out, as a browser does."""

    def __init__(self) -> None:
        super().__init__()
        self.page: Page | None = None
        self.forms: list[_Form] = []
        self.has_mistake = False
        self._form: _Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "meta" and attributes.get("name") == "sandbox-page":
            self.page = Page(attributes["content"])
        if attributes.get("role") == "alert":
            self.has_mistake = True
        if tag == "form":
            self._form = _Form(attributes.get("action", ""), attributes.get("method", "get"))
            self.forms.append(self._form)
        if self._form is None or not attributes.get("name"):
            return
        name = attributes["name"]
        self._form.names.add(name)
        if tag == "button":
            self._form.buttons.append(attributes)
        elif tag == "input" and attributes.get("type") == "checkbox" and "checked" not in attributes:
            self._form.boxes[name] = attributes.get("value", "on")
        elif tag == "input":
            self._form.fields[name] = attributes.get("value", "")
        elif tag == "textarea":
            self._form.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def has_button(self, name: str, value: str) -> bool:
        """Whether a form has this button."""
        return any(
            button.get("name") == name and button.get("value") == value
            for form in self.forms
            for button in form.buttons
        )

    def press(self, name: str, value: str) -> tuple[_Form, dict[str, str]]:
        """The form with this button, and what pressing it sends. Raises VisitorLostError."""
        for form in self.forms:
            if any(button.get("name") == name and button.get("value") == value for button in form.buttons):
                return form, form.fields | {name: value}
        raise VisitorLostError(f"the page '{self.page}' has no button {name}={value}")


def _read(text: str) -> _Document:
    document = _Document()
    document.feed(text)
    document.close()
    return document
