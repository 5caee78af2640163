"""How growth is told: on the terminal, as JSON, and as a table between two marks of the README."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.benching.results import machine
from benchmarks.benching.table import NoMarks, number
from benchmarks.growing.fitting import LINEAR
from benchmarks.growing.running import Growth

BEGIN, END = "<!-- growth -->", "<!-- /growth -->"


def lines(found: Sequence[Growth]) -> list[str]:
    """For the terminal, a line for each path."""
    width = max(len(growth.path) for growth in found)
    told = [f"== {found[0].thing}: {', '.join(f'{size:,}' for size in found[0].costs)}"]
    for growth in found:
        costs = "  ".join(f"{number(cost.milliseconds):>7} ms {cost.calls:>9,}" for cost in growth.costs.values())
        verdict = "SUPER-LINEAR" if growth.is_super_linear else ""
        exponents = f"time^{growth.by_time:.2f} calls^{growth.by_calls:.2f}"
        told.append(f"  {growth.path:<{width}}  {costs}  {exponents}  {verdict}".rstrip())
        if growth.by_memory is not None:
            peaks = "  ".join(f"{cost.peak_kilobytes:>17,.0f} KB" for cost in growth.costs.values())
            told.append(f"  {'  memory at its peak':<{width}}  {peaks}  memory^{growth.by_memory:.2f}")
    return told


def write(path: Path, taken: Mapping[str, Any], groups: Mapping[str, Sequence[Growth]]) -> dict[str, Any]:
    """Puts these groups beside those of earlier runs in the file."""
    present: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for group, found in groups.items():
        present[group] = {**taken, "machine": machine(), "paths": [_as_json(growth) for growth in found]}
    path.write_text(json.dumps(present, indent=2, ensure_ascii=False) + "\n")
    return present


def table(groups: Mapping[str, Mapping[str, Any]], order: Sequence[str]) -> str:
    """Markdown of everything in the file."""
    told = [
        "| with | from, to | path | time for the most | exponent: time | calls | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for group in order:
        for path in groups.get(group, {}).get("paths", []):
            told += [_row(path), *_row_of_memory(path)]
    days = sorted({group["taken_at"].partition("T")[0] for group in groups.values()})
    return "\n".join([*told, "", f"Taken on {', '.join(days)}; above {LINEAR} in either column is marked."])


def put(page: Path, text: str) -> None:
    """Writes the text between the marks. Raises NoMarks."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarks(f"{page} lacks {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _as_json(growth: Growth) -> dict[str, Any]:
    return {
        "thing": growth.thing,
        "path": growth.path,
        "costs": [
            {"size": size, "milliseconds": round(cost.milliseconds, 3), "calls": cost.calls}
            | ({} if cost.peak_kilobytes is None else {"peak_kilobytes": round(cost.peak_kilobytes)})
            for size, cost in growth.costs.items()
        ],
        "exponent_of_time": round(growth.by_time, 2),
        "exponent_of_calls": round(growth.by_calls, 2),
        "is_super_linear": growth.is_super_linear,
    } | ({} if growth.by_memory is None else {"exponent_of_memory": round(growth.by_memory, 2)})


def _row(path: Mapping[str, Any]) -> str:
    first, last = path["costs"][0], path["costs"][-1]
    verdict = "**SUPER-LINEAR**" if path["is_super_linear"] else ""
    return (
        f"| {path['thing']} | {first['size']:,}, {last['size']:,} | {path['path']} | {number(last['milliseconds'])} ms "
        f"| {path['exponent_of_time']:.2f} | {path['exponent_of_calls']:.2f} | {verdict} |"
    )


def _row_of_memory(path: Mapping[str, Any]) -> list[str]:
    if "exponent_of_memory" not in path:
        return []
    sizes = f"{path['costs'][0]['size']:,}, {path['costs'][-1]['size']:,}"
    peaks = [f"{cost['peak_kilobytes']:,} KB" for cost in path["costs"]]
    return [f"|  | {sizes} | its memory at the peak | {', '.join(peaks)} | {path['exponent_of_memory']:.2f} | | |"]
