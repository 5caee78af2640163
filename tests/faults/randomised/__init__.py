"""The randomised run: several servers and workers, members who act all the time, and everything failing around them.

`python -m tests.faults.randomised --minutes 10 --seed 7` runs it, `tests/faults/test_randomised.py` is its short form.
The seed decides what is done and what fails, and when (`plan.py`); how the processes meet each other is the machine's
doing, so the same seed asks the same questions and may get another answer. Afterwards everything is brought back, time
passes until nothing moves any more, and `invariants/` compares what is left with what was promised: with what members
were answered, and with what lies at the suites in truth.
"""
