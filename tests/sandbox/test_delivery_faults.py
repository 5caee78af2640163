"""What goes wrong with messages by chance goes wrong alike in every run."""

from datetime import timedelta

from app.sandbox.delivery_faults import DeliveryFaults


def test_one_message_in_so_many_is_dropped_or_doubled_and_the_same_ones_in_every_run() -> None:
    first, second = (DeliveryFaults(drop_probability=0.1, duplicate_probability=0.1, seed=7) for _ in range(2))

    fates = [first.copies() for _ in range(2000)]

    assert fates == [second.copies() for _ in range(2000)]
    assert 120 < fates.count(0) < 280
    assert 120 < fates.count(2) < 280
    assert (first.messages, first.dropped, first.doubled) == (2000, fates.count(0), fates.count(2))


def test_another_seed_meets_other_messages() -> None:
    fates = [
        [one.copies() for _ in range(100)] for one in (DeliveryFaults(drop_probability=0.5, seed=n) for n in (1, 2))
    ]

    assert fates[0] != fates[1]


def test_counted_orders_come_before_chance() -> None:
    faults = DeliveryFaults(drop=1, duplicate=1, drop_probability=1)

    assert [faults.copies() for _ in range(4)] == [0, 2, 0, 0]


def test_shuffled_messages_are_all_there_in_another_order() -> None:
    gathered = list(range(50))

    DeliveryFaults(shuffle=True, seed=3).rearrange(gathered)

    assert gathered != list(range(50))
    assert sorted(gathered) == list(range(50))


def test_a_spread_keeps_each_message_back_for_a_time_of_its_own() -> None:
    faults = DeliveryFaults(spread=timedelta(seconds=1), seed=3)

    pauses = [faults.hold_back() for _ in range(20)]

    assert len(set(pauses)) == 20
    assert all(timedelta() <= pause <= timedelta(seconds=1) for pause in pauses)
