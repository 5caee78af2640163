"""Every link of a document leads somewhere: to a file that is there, and to a heading that it has."""

from urllib.parse import unquote, urlsplit

import pytest

from tests.documents.pages import ROOT, Page, pages


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Page) -> None:
    assert [link for link in page.links if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_to_other_sites_are_encrypted_and_go_to_nobody_s_own_machine(page: Page) -> None:
    elsewhere = [urlsplit(link) for link in page.links if urlsplit(link).netloc]
    own = {"127.0.0.1:8000"}

    assert {link.geturl() for link in elsewhere if link.scheme != "https" and link.netloc not in own} == set()


def test_every_document_can_be_reached_from_the_readme() -> None:
    known = {page.path: page for page in pages()}
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path not in reached and path in known:
            reached.add(path)
            waiting += [(path.parent / urlsplit(link).path).resolve() for link in known[path].links]

    assert {page.name for page in pages()} - {Page(path).name for path in reached} == set()


def _leads_somewhere(page: Page, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not parts.fragment or (target.suffix == ".md" and parts.fragment in Page(target).anchors)
