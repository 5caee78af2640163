"""Reading what a process tells whoever scrapes it."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

PREFIX = "hybrid_meetings_"


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of `/metrics`."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sample of ours with at least these labels, several added together; 0 where there is none."""
        return sum(sample for _, found, sample in self._samples(name) if labels.items() <= found.items())

    def labels(self, name: str) -> list[Mapping[str, str]]:
        """The labels of every sample of ours with this name."""
        return [labels for _, labels, _ in self._samples(name)]

    def names(self) -> set[str]:
        """The names of all samples."""
        return {sample.name for family in text_string_to_metric_families(self.text) for sample in family.samples}

    def _samples(self, name: str) -> list[tuple[str, dict[str, str], float]]:
        return [
            (sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == PREFIX + name
        ]


async def asked(address: str, **headers: str) -> tuple[int, str]:
    """Status and body of a GET."""
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        return answer.status, await answer.text()


async def scraped(address: str, **headers: str) -> Scrape:
    """What the process tells at this address."""
    status, text = await asked(f"{address}/metrics", **headers)
    assert status == 200, text
    return Scrape(text)
