"""Which problems a function can end with, read from the source: its own raises and those of everything it calls.

An approximation from above. It follows calls by name, through the constructors' annotations and a table of who stands
behind which protocol; what a `try` catches is taken away again. What it cannot follow (local values, the suite itself)
raises no problem, since suites raise only their own errors, which `ConnectionService.use` turns into problems.
With `keeps_caught` what is caught counts too, for problems that travel as values and are raised later.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app import errors
from app.errors import ProblemError

ROOT = Path(__file__).parents[2]
PROBLEMS = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, ProblemError)
} - {"ProblemError"}

BEHIND = {
    "app.agenda.service.Connections": "app.connections.service.ConnectionService",
    "app.bookings.ports.Connections": "app.connections.service.ConnectionService",
    "app.bookings.ports.Watches": "app.webhooks.watches.WatchService",
    "app.identity.exporting._Notes": "app.references.service.ReferenceService",
    "app.integrations.ports.Connections": "app.connections.service.ConnectionService",
    "app.integrations.ports.Flows": "app.connections.flows.FlowService",
    "app.integrations.ports.RoomSyncs": "app.rooms.sync.RoomSyncService",
    "app.integrations.ports.Suites": "app.suites.registry.SuiteRegistry",
    "app.integrations.ports.Tokens": "app.connections.tokens.TokenService",
    "app.rooms.ports.Calendars": "app.connections.service.ConnectionService",
    "app.shifts.office_days.Agenda": "app.agenda.service.AgendaService",
    "app.shifts.suggestions.Connections": "app.connections.service.ConnectionService",
    "app.events_bus.bus.EventsBus": None,
    "app.rooms.ranking.Candidate": None,
    "app.rooms.ranking.RankedRoom": None,
    "app.webhooks.watches._Connections": "app.connections.service.ConnectionService",
    "app.webhooks.watches._Checks": "app.bookings.checks.BookingChecks",
}
"""Who stands behind each protocol; None where nothing behind it raises a problem."""

Names = frozenset[str]
Function = ast.FunctionDef | ast.AsyncFunctionDef
NOTHING: Names = frozenset()


@dataclass
class Module:
    """One module: what its names stand for."""

    name: str
    functions: dict[str, Function] = field(default_factory=dict)
    """By name; methods as `Class.method`."""
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Local name to full name."""


@dataclass(frozen=True)
class Place:
    """Where an expression stands: its module, its class, if any, and the annotated arguments of its function."""

    module: Module
    class_name: str | None = None
    arguments: Mapping[str, ast.expr] = field(default_factory=dict)


class Source:
    """The product's source, read on demand."""

    def __init__(self, *, keeps_caught: bool = False) -> None:
        self._keeps_caught = keeps_caught
        self._modules: dict[str, Module | None] = {}
        self._known: dict[str, Names] = {}

    def problems_of(self, full_name: str) -> Names:
        """The names of the problems that this function, method or class can end with."""
        if full_name in self._known:
            return self._known[full_name]
        self._known[full_name] = NOTHING  # a function that calls itself adds nothing
        module, name = self._locate(full_name)
        if module is None:
            return NOTHING
        found = NOTHING
        if name in module.functions:
            function = module.functions[name]
            place = Place(module, name.rpartition(".")[0] or None, _arguments(function))
            found = self._of_body(function.body, place)
        elif name in module.classes:
            made = (f"{full_name}.{method}" for method in ("__init__", "__post_init__"))
            found = frozenset().union(*(self.problems_of(method) for method in made))
        elif name in module.constants:
            found = self._of(module.constants[name], Place(module))
        self._known[full_name] = found
        return found

    def _locate(self, full_name: str) -> tuple[Module | None, str]:
        parts = full_name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = self.module(".".join(parts[:length]))
            if module is not None:
                return module, ".".join(parts[length:])
        return None, ""

    def module(self, name: str) -> Module | None:
        """The module of this name; None where it is not ours."""
        if name not in self._modules:
            path = ROOT / name.replace(".", "/")
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            ours = name.split(".")[0] in {"app", "schema"} and path.exists()
            self._modules[name] = _read(name, path) if ours else None
        return self._modules[name]

    def _of_body(self, body: Iterable[ast.AST], place: Place) -> Names:
        return frozenset().union(*(self._of(node, place) for node in body))

    def _of(self, node: ast.AST, place: Place) -> Names:
        match node:
            case ast.Try():
                return self._of_try(node, place)
            case ast.Raise(exc=ast.expr() as problem) | ast.Call(func=problem):
                made = self._made(self._resolve(problem, place))
                return made | self._of_body(ast.iter_child_nodes(node), place)
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                within = NOTHING if isinstance(node, ast.Name) else self._of(node.value, place)
                return within | self._of_target(self._resolve(node, place))
            case ast.AnnAssign(value=value):
                return self._of(value, place) if value is not None else NOTHING
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._of_body(node.body, place)
        return self._of_body(ast.iter_child_nodes(node), place)

    def _of_try(self, node: ast.Try, place: Place) -> Names:
        inside = self._of_body(node.body, place)
        after = self._of_body([*node.orelse, *node.finalbody], place)
        for handler in node.handlers:
            caught = self._caught(handler, place) & inside
            again = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(handler))
            inside = inside if again or self._keeps_caught else inside - caught
            after |= self._of_body(handler.body, place)
        return inside | after

    def _caught(self, handler: ast.ExceptHandler, place: Place) -> Names:
        caught: set[str] = set()
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            target = self._resolve(kind, place) if kind is not None else "builtins.Exception"
            if target in {"app.errors.ProblemError", "builtins.Exception"} or _is_name(kind, "Exception"):
                caught |= PROBLEMS
            elif target is not None and target.startswith("app.errors."):
                caught.add(target.rpartition(".")[2])
        return frozenset(caught)

    @staticmethod
    def _made(target: str | None) -> Names:
        """The problem that is made or raised by this name."""
        module, _, name = (target or "").rpartition(".")
        return frozenset({name}) & PROBLEMS if module == "app.errors" else NOTHING

    def _of_target(self, target: str | None) -> Names:
        """What comes of a function that is mentioned: called, or handed on to be called."""
        if target is None or target.startswith("app.errors."):
            return NOTHING
        return self.problems_of(target)

    def _resolve(self, node: ast.AST | None, place: Place) -> str | None:
        """What a name or a chain of attributes stands for, by its full name."""
        match node:
            case ast.Name(id=name):
                return self._resolve_name(name, place)
            case ast.Attribute(value=ast.Name(id="self"), attr=attribute) if place.class_name:
                return f"{place.module.name}.{place.class_name}.{attribute}"
            case ast.Attribute(value=ast.Attribute(attr="services"), attr=attribute):
                return self._type_of("schema.context.Services", attribute)
            case ast.Attribute(value=ast.Attribute(attr="loaders"), attr=attribute):
                return f"schema.reads.Reads.{attribute}"
            case ast.Attribute(attr="loaders"):
                return None  # what a loader reads is found by the loader's own name
            case ast.Attribute(attr="ids") | ast.Attribute(attr="_ids"):
                return "schema.ids.NodeIds"
            case ast.Attribute(value=ast.Name(id="ids"), attr=attribute):
                return f"schema.ids.NodeIds.{attribute}"
            case ast.Attribute(value=value, attr=attribute):
                owner = self._owner(value, place)
                return (self._type_of(owner, attribute) or f"{owner}.{attribute}") if owner else None
        return None

    def _owner(self, node: ast.expr, place: Place) -> str | None:
        """The full name of the class or module that an attribute is taken from."""
        if isinstance(node, ast.Attribute) and _is_name(node.value, "self") and place.class_name:
            return self._type_of(f"{place.module.name}.{place.class_name}", node.attr)
        if isinstance(node, ast.Name) and node.id in place.arguments:
            return self._class_behind(place.arguments[node.id], place)
        return self._resolve(node, place)

    def _resolve_name(self, name: str, place: Place) -> str | None:
        module = place.module
        if name in module.imports:
            return self._real(module.imports[name])
        if name in module.functions or name in module.classes or name in module.constants:
            return f"{module.name}.{name}"
        return None

    def _real(self, full_name: str) -> str:
        """Through modules that only pass a name on."""
        module, name = self._locate(full_name)
        if module is not None and name in module.imports:
            return self._real(module.imports[name])
        return full_name

    def _type_of(self, class_name: str, attribute: str) -> str | None:
        """The class of an attribute: annotated in the class, or set from an annotated argument of its constructor."""
        module, name = self._locate(class_name)
        if module is None or name not in module.classes:
            return None
        place = Place(module, name)
        annotation = _annotations(module.classes[name]).get(attribute)
        return self._class_behind(annotation, place) if annotation is not None else None

    def _class_behind(self, annotation: ast.expr, place: Place) -> str | None:
        resolved = self._resolve(_unquoted(annotation), place)
        return BEHIND.get(resolved, resolved) if resolved else None

    def protocols(self) -> Iterator[str]:
        """Every protocol that a constructor of a service read so far asks for."""
        for module in self._modules.values():
            for name, class_ in (module.classes if module else {}).items():
                if any(_is_name(base, "Protocol") for base in class_.bases):
                    yield f"{module.name if module else ''}.{name}"


def _read(name: str, path: Path) -> Module:
    module = Module(name)
    _collect(ast.parse(path.read_text()).body, module)
    return module


def _collect(body: Iterable[ast.stmt], module: Module) -> None:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                module.functions[node.name] = node
            case ast.ClassDef():
                module.classes[node.name] = node
                methods = (inner for inner in node.body if isinstance(inner, Function))
                module.functions.update({f"{node.name}.{method.name}": method for method in methods})
            case ast.ImportFrom(module=source) if source:
                module.imports.update({alias.asname or alias.name: f"{source}.{alias.name}" for alias in node.names})
            case ast.Assign(targets=[ast.Name(id=target)], value=value):
                module.constants[target] = value
            case ast.AnnAssign(target=ast.Name(id=target), value=value) if value is not None:
                module.constants[target] = value
            case ast.If():
                _collect(node.body, module)


def _annotations(class_: ast.ClassDef) -> Mapping[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in class_.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node.annotation
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            arguments = _arguments(node)
            for target, value in _assignments(node):
                if isinstance(value, ast.Name) and value.id in arguments:
                    found[target] = arguments[value.id]
                elif isinstance(value, ast.Call):
                    found[target] = value.func
    return found


def _arguments(node: Function) -> Mapping[str, ast.expr]:
    arguments = (*node.args.args, *node.args.kwonlyargs)
    return {argument.arg: argument.annotation for argument in arguments if argument.annotation is not None}


def _assignments(node: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in ast.walk(node):
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                targets = target.elts if isinstance(target, ast.Tuple) else [target]
                values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
                for one, value in zip(targets, values, strict=False):
                    if isinstance(one, ast.Attribute) and _is_name(one.value, "self"):
                        yield one.attr, value


def _unquoted(annotation: ast.expr) -> ast.expr:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value, mode="eval").body
    return annotation


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
