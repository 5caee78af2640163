"""What is read once for everybody stays read, whoever sends what besides."""

from app.graphql.documents import Documents
from tests.graphql.world import LIMITS, schema


def documents() -> Documents:
    return Documents(schema, LIMITS, introspection=True, suggestions=True)


def test_a_document_is_read_once_for_all_who_send_it() -> None:
    read = documents()

    assert read.read("{ hello }", "one") is read.read("{ hello }", "two")


def test_whoever_sends_one_document_after_another_has_nobody_elses_read_again() -> None:
    read = documents()
    before = read.read("{ hello }", "one")

    for number in range(600):
        read.read(f"{{ hello_{number}: hello }}", "two")

    assert read.read("{ hello }", "one") is before


def test_a_long_document_is_read_anew_and_not_planned() -> None:
    read = documents()
    text = "{ hello }" + " " * 20_000

    assert read.read(text) is not read.read(text)
    assert read.read(text).plans is None
