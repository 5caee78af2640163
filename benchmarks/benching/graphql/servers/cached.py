"""The same with Strawberry's own caches of what was parsed and validated."""

import strawberry
from strawberry.extensions import ParserCache, ValidationCache

from benchmarks.benching.graphql.servers.default import App
from benchmarks.benching.graphql.servers.types import Query

app = App(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]))
