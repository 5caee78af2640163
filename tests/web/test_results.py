"""What each result page is made of and says."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app import clock
from app.connections.models import FlowPurpose
from app.connections.outcomes import CallbackOutcome, ResultPage
from app.errors import IntegrationUnavailable
from app.identity.linking import LinkOutcome
from app.integrations.issues import CONSENT_NEEDED
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.suites.protocol import SuiteName
from app.web import assets, pages
from tests.connections.stack import APPROVAL_LINK, FRONT_END


class _Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def _outcome(page: ResultPage, purpose: FlowPurpose = FlowPurpose.CONNECT_CALENDAR) -> CallbackOutcome:
    failed = Check(name=CheckName.TOKEN, outcome=CheckOutcome.FAILED, required=True, issue=CONSENT_NEEDED)
    return CallbackOutcome(
        page=page,
        suite=SuiteName.MICROSOFT_365,
        purpose=purpose,
        return_to=f"{FRONT_END}/after",
        member_name="<b>Ada</b>",
        organisation_name="Tidewater",
        problem=IntegrationUnavailable("DISABLED"),
        provider_code="AADSTS<1>",
        approval_link=APPROVAL_LINK,
        report=TestReport(checks=(failed,), at=clock.now()),
    )


@pytest.mark.parametrize("page", list(ResultPage))
@pytest.mark.parametrize("purpose", list(FlowPurpose))
def test_every_result_has_a_page_with_one_heading_and_nothing_inline(page: ResultPage, purpose: FlowPurpose) -> None:
    reader = _Reader()
    text = bytes(pages.result(_outcome(page, purpose)).body).decode()
    reader.feed(text)

    assert reader.tags.count("h1") == 1
    assert reader.tags.count("main") == 1
    assert not {"style", "iframe"} & set(reader.tags)
    assert re.findall(r"<script.*", text) == [f'<script src="{assets.ADDRESS}/js/theme.js"></script>']
    assert not {name for name in reader.attributes if name == "style" or name.startswith("on")}
    assert "<b>Ada" not in text
    assert "AADSTS<1>" not in text


def test_declining_is_read_both_ways_with_the_ways_to_go_on() -> None:
    text = bytes(pages.result(_outcome(ResultPage.DECLINED)).body).decode()

    assert "You declined" in text
    assert "You left the page because it asked for an administrator" in text
    assert "How to go on" in text
    assert "Consent on behalf of your organization" in text
    assert f'href="{APPROVAL_LINK}"' in text


def test_a_failed_test_lists_its_issues_with_who_acts() -> None:
    text = bytes(pages.result(_outcome(ResultPage.INTEGRATION_TEST_FAILED)).body).decode()

    assert CONSENT_NEEDED.message in text
    assert "a subscription administrator of your organisation" in text


def test_a_passed_test_says_what_the_integration_does_without() -> None:
    text = bytes(pages.result(_outcome(ResultPage.INTEGRATION_TESTED)).body).decode()

    assert "the test has passed" in text
    assert CONSENT_NEEDED.message in text


def test_permissions_taken_on_by_an_enabled_integration_ask_for_no_second_enabling() -> None:
    outcome = replace(_outcome(ResultPage.INTEGRATION_TESTED), is_enabled=True)

    text = bytes(pages.result(outcome).body).decode()

    assert "The integration stays enabled" in text
    assert "enableForAllUsers" not in text


def test_missing_scopes_are_named_as_calendar_access_that_was_not_granted() -> None:
    text = bytes(pages.result(_outcome(ResultPage.CONSENT_INCOMPLETE)).body).decode()

    assert "Calendar access was not granted" in text


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (LinkOutcome.ADDED, "From now on the account you signed in with at Microsoft 365 leads to"),
        (LinkOutcome.KNOWN, "This account was yours already"),
        (LinkOutcome.MERGED, "What you had there is yours here now"),
    ],
)
def test_a_linked_account_says_what_changed(link: LinkOutcome, words: str) -> None:
    outcome = replace(_outcome(ResultPage.IDENTITY_LINKED, FlowPurpose.LINK_IDENTITY), link=link)

    text = bytes(pages.result(outcome).body).decode()

    assert words in text
    assert ("sign in again" in " ".join(text.split())) == (link is LinkOutcome.MERGED)


def test_no_template_stands_unused() -> None:
    templates = Path(pages.HERE / "templates")
    source = (pages.HERE / "routes.py").read_text() + (pages.HERE / "pages.py").read_text()

    results = {path.stem for path in (templates / "results").iterdir()}
    others = {path.name for path in templates.glob("*.html")} - {"layout.html", "macros.html"}

    assert results == {page.lower().replace("_", "-") for page in ResultPage}
    assert {name for name in others if f'"{name}"' not in source} == set()
