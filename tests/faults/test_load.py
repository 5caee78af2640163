"""The load figures in short: everything that is measured works, without a single error.

The long form, with figures that mean something, is `python -m benchmarks.load`.
"""

import json
from pathlib import Path

import pytest

from benchmarks.loading.deployment import Ground
from benchmarks.loading.parts import TOGETHER, parts, run

pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.long]

SCALE = 0.02


async def test_under_every_kind_of_load_nothing_fails_and_each_figure_is_told_beside_its_mark(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "load.json"

    reports = await run(parts(), TOGETHER, Ground(tmp_path, redis_url), SCALE, output)

    assert {report.part: report.errors for report in reports} == {name: [] for name in parts()}
    printed, written = capsys.readouterr().out, json.loads(output.read_text())
    for report in reports:
        assert report.figures
        for figure in report.figures:
            assert figure.name in printed
        assert [figure["name"] for figure in written[report.part]["figures"]] == [one.name for one in report.figures]
