"""Who reads an organisation's rows by another way than `Model.of(organisation_id)`, and why they may.

The source is read, not run: a query that goes round the door and is not listed fails the build, and so does an entry
of the list whose query is gone.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest

from app.agenda import people, queries
from app.database import engine
from app.database.tenancy import OrganisationModel, Row

ROOT = Path(__file__).parent.parent
DOOR = "app/database/tenancy.py"

Query = tuple[str, str, str]
"""File, function and what it calls."""

HARMLESS = frozenset({"of", "construct", "_meta"})
"""What may be called on a model's class: the door itself, and what reads no row."""

STATEMENTS = frozenset(
    {"execute", "execute_insert", "execute_many", "execute_query", "execute_query_dict", "execute_script", "RawSQL"}
)
"""Raw SQL, on whichever connection."""

NO_DATABASE = ("app/graphql/", "app/sandbox/")
"""Rooms that know no database, as `test_architecture` sees to; they execute documents."""

BEYOND_ORGANISATIONS = {"Organisation", "AuthorisationFlow", "KeyProof"}
"""Tables of no one organisation: the organisations, visits that begin before anybody is known, the server's keys."""

_JOB = "the job serves every organisation; what it then reads and writes goes by the row's own"
_HASH = "whoever shows it belongs to no organisation until the row is found, by the hash of 256 random bits"
_INSERT = "inserts rows that were made with their organisation"
_COUNTED = "counts rows for whoever watches the server, and tells nothing of any"
_LISTED = "tells the operator of every organisation how large it is and how it is joined, and nothing of any member"
_DOCTOR = "asks the database about itself and reads no table of ours"
_NO_TABLE = "writes the file's own number to see whether it can be written, and reads no table"
_EXPIRED = "reads nothing: removes what is past its time, whosesoever it is"

ALLOWED: dict[Query, str] = {
    ("app/agenda/asking.py", "ask", "execute_query"): "each statement takes the organisation first: see below",
    ("app/bookings/applying.py", "BookingOutcomes._write_dates", "BookingOccurrence.bulk_create"): _INSERT,
    ("app/bookings/event_rooms.py", "rows_of", "BookingOccurrence.bulk_create"): _INSERT,
    ("app/bookings/checks.py", "BookingChecks.mark_due", "CalendarConnection.get_or_none"): (
        "the id comes from a watch of ours whose secret was shown; nothing is answered"
    ),
    ("app/bookings/checks.py", "_free", "RoomBooking.filter"): _JOB,
    (
        "app/bookings/checks.py",
        "_look",
        "RoomBooking.filter",
    ): "the id comes from a due row; one mailbox is one member's",
    ("app/bookings/checks.py", "_next_due", "RoomBooking.filter"): _JOB,
    ("app/bookings/checks.py", "_wake_suspended", "RoomBooking.filter"): _JOB,
    ("app/bookings/silence.py", "_silent", "RoomBooking.get_table"): (
        "only names columns: the bookings and the notifications both come through the door"
    ),
    ("app/bookings/silence.py", "_with_old_requests", "RoomBooking.filter"): _JOB,
    ("app/bookings/intents.py", "IntentSweep.run_due", "BookingIntent.filter"): _JOB,
    ("app/bookings/intents.py", "_due", "BookingIntent.filter"): _JOB,
    ("app/bookings/recording.py", "BookingRecorder._record", "BookingOccurrence.bulk_create"): _INSERT,
    ("app/bookings/rescheduling.py", "Rescheduling._renew_dates", "BookingOccurrence.bulk_create"): _INSERT,
    ("app/bookings/recording.py", "BookingRecorder._record", "RoomBooking.bulk_create"): _INSERT,
    ("app/bookings/service.py", "_new_intent", "BookingIntent.bulk_create"): _INSERT,
    ("app/database/engine.py", "_migration_lock", "execute"): "takes PostgreSQL's advisory lock and reads no table",
    ("app/database/engine.py", "is_migrated", "execute_query"): "asks for nothing but an answer",
    ("app/database/engine.py", "scrub", "execute_query"): "moves SQLite's log into its file and reads no table",
    ("app/database/sqlite.py", "ImmediateSqliteClient.is_writable", "execute_query"): _NO_TABLE,
    ("app/database/sqlite.py", "ImmediateSqliteClient.is_writable", "execute_query_dict"): _NO_TABLE,
    **{
        (
            "app/database/sqlite.py",
            f"_TellingClient.{statement}",
            statement,
        ): "only names the error of what it passes on"
        for statement in sorted(STATEMENTS - {"execute", "RawSQL"})
    },
    ("app/database/sqlite.py", "_ImmediateWrapper.begin", "execute"): "begins a transaction and reads no table",
    ("app/database/sqlite.py", "_ImmediateWrapper.execute_script", "execute_query"): "what migrations consist of",
    ("app/doctor/database.py", "_clock", "execute_query_dict"): _DOCTOR,
    ("app/doctor/database.py", "_postgresql_version", "execute_query_dict"): _DOCTOR,
    ("app/doctor/database.py", "_postgresql_writable", "execute_query_dict"): _DOCTOR,
    ("app/doctor/database.py", "_room", "execute_query_dict"): _DOCTOR,
    ("app/doctor/database.py", "_sqlite_version", "execute_query_dict"): _DOCTOR,
    ("app/doctor/database.py", "_sqlite_writable", "execute"): _DOCTOR,
    ("app/doctor/jobs.py", "jobs", "Integration.filter"): "tells the operator how many are late, and nothing of them",
    ("app/doctor/jobs.py", "jobs", "RoomBooking.filter"): "tells the operator how many are late, and nothing of them",
    ("app/doctor/suites.py", "_approved_tenant", "Integration.filter"): (
        "whichever tenant approved us serves to try our own secret in; it is told to nobody"
    ),
    **{
        ("app/recovery/restored.py", "_make_good", query): "a whole database was put back: nothing of anybody's is read"
        for query in (
            "AccessToken.filter",
            "BookingIntent.filter",
            "EventReference.filter",
            "Integration.filter",
            "Invitation.filter",
            "MailboxWatch.all",
            "RoomBooking.filter",
            "Session.filter",
        )
    },
    ("app/recovery/copying.py", "_copied", "execute"): "copies the whole file for the operator, reading no row",
    ("app/recovery/restored.py", "_ask_to_reconnect", "CalendarConnection.filter"): (
        "every organisation's members are asked, each by the row's own organisation"
    ),
    ("app/database/clearing.py", "ClearedConnection.clear", "execute"): "clears a connection and reads no table",
    ("app/database/inserting.py", "insert_missing", "execute_query_dict"): _INSERT,
    ("app/database/written_once.py", "WrittenOnce.rows", "execute_query"): "the query is whose who wrote it",
    ("app/identity/credentials.py", "_holder_by_hash.write", "_MODELS[kind].filter"): _HASH,
    ("app/identity/invitations.py", "InvitationService.open", "Invitation.filter"): _HASH,
    ("app/identity/invitations.py", "open_invitation", "Invitation.filter"): (
        "the id comes from a visit of ours that began with the invitation's own link"
    ),
    ("app/identity/identities.py", "known_identity", "Identity.filter"): (
        "an identity leads to one member in one organisation, which is not known before"
    ),
    ("app/identity/sign_in.py", "_organisation_of_tenant", "Integration.filter"): (
        "asks which organisation has the tenant; the database allows one"
    ),
    ("app/integrations/approval.py", "_concerned", "Integration.filter"): (
        "a redirect from the suite's page names no organisation; only a live credential then moves anything"
    ),
    ("app/integrations/health_check.py", "HealthCheck.backlog", "Integration.filter"): _COUNTED,
    ("app/integrations/health_check.py", "HealthCheck.run_due", "Integration.filter"): _JOB,
    ("app/integrations/enabling.py", "_watch_again", "MailboxWatch.bulk_create"): _INSERT,
    ("app/integrations/listing.py", "_integrations", "Integration.filter"): _LISTED,
    ("app/integrations/listing.py", "_members", "Member.filter"): _LISTED,
    ("app/integrations/retention.py", "Retention.backlog", "Integration.filter"): _COUNTED,
    ("app/integrations/retention.py", "Retention.run_due", "Integration.filter"): _JOB,
    ("app/integrations/revocation.py", "ConsentRevocation.run_due", "Integration.filter"): _JOB,
    ("app/jobs/cleanup.py", "_remove_closed_references", "EventReference.filter"): _EXPIRED,
    ("app/jobs/cleanup.py", "_remove_closed_references", "RoomBooking.filter"): _EXPIRED,
    ("app/jobs/cleanup.py", "_remove_expired", "IdempotencyRecord.filter"): _EXPIRED,
    ("app/jobs/cleanup.py", "_remove_expired", "model.filter"): _EXPIRED,
    ("app/keyring/columns.py", "_every", "model.filter"): (
        "the server's keys seal for every organisation; each value is opened in its own place alone"
    ),
    ("app/notifications/mailing.py", "_due_rows", "Notification.filter"): _JOB,
    ("app/notifications/mailing.py", "_next_due", "Notification.filter"): _JOB,
    ("app/places/redis.py", "RedisPlaces._exchange", "execute"): "sends a pipeline to Redis, no statement",
    ("app/references/looking.py", "_free", "EventReference.filter"): _JOB,
    ("app/references/looking.py", "_next_due", "EventReference.filter"): _JOB,
    ("app/references/service.py", "ReferenceService.event_references", "EventReference.bulk_create"): _INSERT,
    ("app/references/service.py", "ReferenceService._mailbox_references", "MailboxReference.bulk_create"): _INSERT,
    ("app/rooms/pairing.py", "RoomBook._save", "Room.bulk_create"): _INSERT,
    ("app/rooms/pairing.py", "RoomBook._save", "Room.bulk_update"): "writes, by their ids, rows read through the door",
    ("app/shifts/booking.py", "ShiftBooking._write", "Shift.bulk_create"): _INSERT,
    ("app/shifts/entries.py", "follow", "ShiftEntry.bulk_create"): _INSERT,
    ("app/shifts/entry_job.py", "_due", "ShiftEntry.filter"): _JOB,
    ("app/shifts/entry_job.py", "_find_missing", "Shift.filter"): _JOB,
    ("app/shifts/entry_job.py", "_find_missing", "Shift.get_table"): "only names columns",
    ("app/shifts/entry_job.py", "_find_missing", "ShiftEntry.filter"): "goes by the shift's own organisation",
    ("app/shifts/entry_job.py", "_forget_past", "Shift.filter"): "goes by the entry's own organisation",
    ("app/shifts/entry_job.py", "_forget_past", "ShiftEntry.get_table"): "only names columns",
    ("app/shifts/entry_job.py", "_forget_past", "ShiftEntry.filter"): _EXPIRED,
    ("app/shifts/entry_job.py", "_next", "ShiftEntry.filter"): _JOB,
    ("app/shifts/entry_job.py", "_shifts_of", "Shift.filter"): "the ids come from due rows of the same job",
    ("app/rooms/sync.py", "RoomSyncService.backlog", "RoomSync.filter"): _COUNTED,
    ("app/rooms/sync.py", "RoomSyncService.run_due", "RoomSync.filter"): _JOB,
    ("app/telemetry/figures.py", "figures_of", "Integration.filter"): _COUNTED,
    ("app/telemetry/figures.py", "figures_of", "MailboxWatch.annotate"): _COUNTED,
    ("app/telemetry/figures.py", "figures_of", "MailboxWatch.filter"): _COUNTED,
    ("app/telemetry/figures.py", "figures_of", "Notification.filter"): _COUNTED,
    ("app/telemetry/figures.py", "figures_of", "RoomBooking.filter"): _COUNTED,
    ("app/webhooks/service.py", "WebhookService._trusted", "MailboxWatch.filter"): (
        "a notification names no organisation: the row is found by a keyed hash and believed by its secret"
    ),
    ("app/webhooks/watches.py", "_free", "MailboxWatch.filter"): _JOB,
    ("app/webhooks/watches.py", "WatchService.ensure", "MailboxWatch.get_or_create"): (
        "found by the connection's id, made with the connection's organisation"
    ),
    ("app/webhooks/watches.py", "WatchService.run_due", "MailboxWatch.filter"): _JOB,
    ("app/webhooks/watches.py", "_next_attempt", "MailboxWatch.filter"): _JOB,
    ("app/webhooks/watches.py", "_unwatched", "RoomBooking.filter"): _JOB,
}
"""Each query that goes round the door, with the reason why it may."""


def _models() -> dict[str, type[Row]]:
    found: dict[str, type[Row]] = {}
    for name in engine.MODELS:
        module = import_module(name)
        for model in vars(module).values():
            if inspect.isclass(model) and issubclass(model, Row) and model.__module__ == name:
                found[model.__name__] = model
    return found


MODELS = _models()
GUARDED = frozenset(name for name, model in MODELS.items() if issubclass(model, OrganisationModel))


@dataclass
class _Reader(ast.NodeVisitor):
    """Finds, in one module, every query that does not begin with `Model.of`."""

    file: str
    found: list[Query] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)
    """Local names of guarded models."""
    modules: set[str] = field(default_factory=set)
    """Local names of modules that hold models."""
    scopes: list[str] = field(default_factory=list)
    carriers: list[set[str]] = field(default_factory=lambda: [set()])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_scope(node)

    def _visit_scope(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.scopes.append(node.name)
        self.carriers.append(set())
        if not isinstance(node, ast.ClassDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            for argument in arguments:
                if argument.annotation is not None and _is_class_of_model(argument.annotation):
                    self.carriers[-1].add(argument.arg)
        # What carries a class is known before what is called on it is looked at.
        for inner in ast.walk(node):
            self._note_carriers(inner)
        self.generic_visit(node)
        self.carriers.pop()
        self.scopes.pop()

    def visit_Module(self, node: ast.Module) -> None:
        for inner in ast.walk(node):
            self._note_imports(inner)
        for statement in node.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for inner in ast.walk(statement):
                    self._note_carriers(inner)
        self.generic_visit(node)

    def _note_imports(self, node: ast.AST) -> None:
        """The schema's types bear the models' names, so a name is a model only where it comes from one's module."""
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    if module.startswith("app.") and alias.name in GUARDED:
                        self.imported.add(alias.asname or alias.name)
                    if f"{module}.{alias.name}" in engine.MODELS:
                        self.modules.add(alias.asname or alias.name)
            case ast.Import(names=names):
                self.modules |= {alias.asname or alias.name for alias in names if alias.name in engine.MODELS}
            case ast.ClassDef(name=name) if self.file.removesuffix(".py").replace("/", ".") in engine.MODELS:
                self.imported |= {name} & GUARDED

    def _note_carriers(self, node: ast.AST) -> None:
        """A name that stands for models' classes: a table of them, or the variable of a loop over them."""
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                targets = [target]
            case ast.comprehension(target=target, iter=value):
                targets = [target]
            case ast.NamedExpr(target=target, value=value):
                targets = [target]
            case _:
                return
        if any(self._is_class(bare) for bare in _bare(value)):
            names = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
            self.carriers[-1] |= names

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute):
            if self._is_class(function.value) and not self._keeps_to_the_door(function.attr, node):
                self._report(f"{ast.unparse(function.value)}.{function.attr}")
            elif function.attr in STATEMENTS:
                self._report(function.attr)
        elif isinstance(function, ast.Name) and function.id in STATEMENTS:
            self._report(function.id)
        elif self._is_class(function) and not _names_organisation(node):
            self._report(f"{ast.unparse(function)}()")
        self.generic_visit(node)

    @staticmethod
    def _keeps_to_the_door(method: str, node: ast.Call) -> bool:
        """To make a row is to read nothing, where it is said whose row it is."""
        return method in HARMLESS or (method == "create" and _names_organisation(node))

    def _is_class(self, node: ast.expr) -> bool:
        """Whether the expression is a guarded model's class, or taken from a table of such."""
        if isinstance(node, ast.Subscript):
            return self._is_class(node.value)
        if isinstance(node, ast.Attribute):
            return node.attr in GUARDED and ast.unparse(node.value) in self.modules
        return isinstance(node, ast.Name) and (
            node.id in self.imported or any(node.id in carriers for carriers in self.carriers)
        )

    def _report(self, call: str) -> None:
        self.found.append((self.file, ".".join(self.scopes) or "(module)", call))


def _bare(node: ast.expr) -> Iterator[ast.expr]:
    """The names in an expression that are handed on as they are: neither called nor asked for an attribute."""
    used = {
        id(inner.value if isinstance(inner, ast.Attribute) else inner.func)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute | ast.Call)
    }
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.Attribute) and id(inner) not in used:
            yield inner


def _is_class_of_model(annotation: ast.expr) -> bool:
    text = ast.unparse(annotation)
    return "type[" in text and any(name in text for name in (*GUARDED, "Model", "Row"))


def _names_organisation(call: ast.Call) -> bool:
    return any(keyword.arg in {"organisation", "organisation_id"} for keyword in call.keywords)


def queries_in(file: str, source: str) -> list[Query]:
    reader = _Reader(file)
    reader.visit(ast.parse(source))
    return reader.found


def _sources() -> list[Path]:
    everything = [*ROOT.glob("app/**/*.py"), *ROOT.glob("schema/**/*.py")]
    return sorted(path for path in everything if "migrations" not in path.parts)


def _found() -> set[Query]:
    files = {str(path.relative_to(ROOT)): path for path in _sources()}
    return {
        query
        for file, path in files.items()
        if file != DOOR and not file.startswith(NO_DATABASE)
        for query in queries_in(file, path.read_text())
    }


def test_every_query_goes_through_the_door_or_says_why_not() -> None:
    strangers = _found() - ALLOWED.keys()

    assert sorted(strangers) == []


def test_the_list_names_no_query_that_is_gone() -> None:
    gone = ALLOWED.keys() - _found()

    assert sorted(gone) == []


def test_every_table_belongs_to_an_organisation_or_is_named_as_one_that_does_not() -> None:
    assert MODELS.keys() - GUARDED == BEYOND_ORGANISATIONS


def test_every_part_of_every_raw_statement_names_the_organisation() -> None:
    statements = [
        value
        for module in (people, queries)
        for name, value in vars(module).items()
        if name.startswith("_") and isinstance(value, str) and "SELECT" in value
    ]
    parts = [part for statement in statements for part in statement.split("UNION ALL") if part.strip()]

    assert len(parts) >= 10
    assert [part for part in parts if "organisation_id = <1>" not in part] == []


IMPORTS = "from app.bookings.models import RoomBooking\nfrom app.bookings import models\n"


@pytest.mark.parametrize(
    "code",
    [
        "RoomBooking.filter(id=1)",
        "RoomBooking.get(id=1)",
        "RoomBooking.all().filter(organisation_id=1)",
        "RoomBooking.create(id=1)",
        "RoomBooking.some_method_that_will_be_invented()",
        "RoomBooking(id=1)",
        "models.RoomBooking.first()",
        "[model.filter(id=1) for model in (RoomBooking,)]",
        "for model in [RoomBooking]: model.all()",
        "tables = {1: RoomBooking}\ntables[1].get(id=1)",
        "def read(model: type[RoomBooking]): return model.get(id=1)",
        "connection.execute_query('SELECT 1')",
    ],
)
def test_a_query_that_goes_round_the_door_is_seen(code: str) -> None:
    assert len(queries_in("app/new.py", IMPORTS + code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "RoomBooking.of(organisation_id).filter(id=1)",
        "RoomBooking.create(organisation_id=1)",
        "RoomBooking(organisation=mine)",
        "rows = RoomBooking.of(organisation_id)\nrows.filter(id=1)",
        "from schema.bookings import RoomBooking as Shown\nShown(id=1)",
        "{}.get(1)",
    ],
)
def test_a_query_through_the_door_is_let_pass(code: str) -> None:
    assert queries_in("app/new.py", IMPORTS + code) == []
