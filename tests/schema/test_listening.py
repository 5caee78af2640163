"""What a subscription remembers of what it has told."""

from uuid import UUID

from schema.listening import MOST_REMEMBERED, Told


def test_each_version_of_a_row_is_news_once_and_an_older_one_never_again() -> None:
    told, row = Told(), UUID(int=1)

    assert [told.is_news(row, version) for version in (1, 1, 3, 2, 3, 4)] == [True, False, True, False, False, True]


def test_the_rows_told_longest_ago_are_forgotten() -> None:
    told = Told()
    rows = [UUID(int=number) for number in range(MOST_REMEMBERED)]
    for row in rows:
        told.is_news(row)
    told.is_news(rows[0], 2)

    told.is_news(UUID(int=MOST_REMEMBERED))

    assert not told.is_news(rows[0], 2)
    assert told.is_news(rows[1])
