"""The same with Strawberry's own caches of what was parsed and validated."""

import strawberry
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.benching.graphql.servers.default import App
from benchmarks.benching.graphql.servers.types import CONFIG, Query

app = App(strawberry.Schema(Query, config=CONFIG, extensions=[ParserCache, ValidationCache]))
