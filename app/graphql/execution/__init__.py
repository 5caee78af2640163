"""Documents as plans: the same answers as graphql-core gives, at a fraction of the work.

The idea
--------
graphql-core decides everything anew for every value of an answer: which fields were asked for, who resolves them, of
what type the result is, whether it has to be waited for, where an error would have to be put. For most values the
document and the schema alone have decided all of this already. A *plan* writes these decisions down as functions of
Python, one for each type and selection, once for each document. Such a function takes an object and answers with its
part of the response: a struct (`answers`) made by attribute accesses and exact type checks, which `msgspec.json.encode`
writes as an object.

What keeps it right
-------------------
A function of a plan knows the usual case only. Whatever it meets besides (a value of another class than expected, a
null where none may be, something to be awaited, an exception) makes it give up, and graphql-core's own executor
completes the same value again, from the same object, and has the last word: its error, with its path, is the answer. So
a plan is either right or silent. This asks one thing of a schema: attributes, and resolvers that are no coroutines, do
the same when they are read twice. Root fields, resolvers that are coroutines, and whatever extensions or permissions
guard are never part of a plan: graphql-core resolves them, once, and only what they answer with is completed by it.

One query, followed through
---------------------------
`{ agenda { events { nodes { subject attendees { person { name } } } } } }`

1. `executor.SchemaExecutor` has the document's `Plans` find or begin a `Plan` for the operation and for the values of
   the variables that its `@skip` and `@include` name (`plans`); nothing else of a request ever goes into a plan.
2. `PlannedExecutor` (`planned`), graphql-core's executor with three methods overridden, executes the root. `agenda`
   has a coroutine for its resolver, so graphql-core resolves it, with its permissions.
3. The result is to be completed as an `Agenda`. The plan looks at each field asked for (`fields`): `events` is guarded,
   so an agenda as a whole is no matter for a plan, and graphql-core goes on with its fields one by one.
4. `events` answers with a `Connection`, of which everything asked for is plain. `writing` writes the functions for it,
   for `Event`, for `EventAttendee` and `Person`; each calls those below. They stay with the plan.
5. One call of the first function completes the connection (`planned`), with a `Run` (`runs`) for what depends on the
   request: the context, and arguments converted once. Where a field is loaded in batches (`loading`), the functions
   leave a gap, and all keys of the level are loaded in one call before the gaps are filled.
6. A subject that is no `str` has `leaves` decide what it is; if that raises, step 5 is undone by forgetting it, and
   graphql-core completes the connection.
"""

from app.graphql.execution.answers import unfolded
from app.graphql.execution.loading import Loading
from app.graphql.execution.planned import PlannedExecutor
from app.graphql.execution.plans import Plans

__all__ = ["Loading", "PlannedExecutor", "Plans", "unfolded"]
