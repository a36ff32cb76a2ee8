"""Names and paths to procedures and scenarios: files found, combined, read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from courtsim.errors import Where, WrongInput, listed, nearest
from courtsim.files.merge import merged, put, settled, with_set
from courtsim.files.procedures import procedure_of
from courtsim.files.scenarios import scenario_of, try_defaults
from courtsim.files.small import mapping, refuse, text, unknown
from courtsim.files.yaml import STORED, Node, parse, placed, plain, read, top_level
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Expectation, Scenario

LONGEST_CHAIN = 50  # files that extend each other


class Shipped(NamedTuple):
    """A file that comes with the program."""

    kind: str  # scenario or procedure
    name: str
    title: str
    path: Path


def _folders() -> dict[str, list[Path]]:
    package = Path(str(files("courtsim")))
    return {
        "scenario": [package / "scenarios", package.parent / "scenarios"],
        "procedure": [package / "procedures"],
    }


def list_shipped() -> list[Shipped]:
    """Every procedure and scenario that comes with the program, by kind and name."""
    found: dict[tuple[str, str], Shipped] = {}
    for kind, folders in _folders().items():
        for folder in folders:
            for path in sorted(folder.glob("*.yaml")):
                head = top_level(path, (kind, "title"))
                if kind in head:
                    found.setdefault((kind, head[kind]), Shipped(kind, head[kind], head.get("title", ""), path))
    return [found[key] for key in sorted(found)]


class Beside(NamedTuple):
    """Where a file looks for what it names: beside itself, never outside the root."""

    folder: Path
    root: Path  # of the file that a person asked for, symlinks followed; or a shipped folder


def _beside(path: Path) -> Beside:
    """Of a file that a person named: wherever it lies, and a link to it too, it is theirs to name."""
    return Beside(path.parent, path.parent.resolve())


def _named(node: Node, beside: Beside, kind: str) -> tuple[Path, Beside]:
    """The file that `extends` or `procedure` names, and where that looks for what it names itself.

    Raises:
        WrongInput: it leads out of the root and of the shipped folders; said whether or not there is such a file.
    """
    name = text(node)
    if _is_path(name, beside.folder):
        _root_of(node, beside.folder / name, beside.root, kind)
    path = _find(name, beside.folder, (kind,), node.where)
    return path, Beside(path.parent, _root_of(node, path, beside.root, kind))


def _root_of(node: Node, path: Path, root: Path, kind: str) -> Path:
    """The folder that a file lies in: *root*, or one of the shipped ones."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, names that no file can have
        real = Path(path.anchor)
    shipped = (folder.resolve() for folders in _folders().values() for folder in folders)
    found = next((folder for folder in (root, *shipped) if real.is_relative_to(folder)), None)
    if found is None:
        refuse(node, f"{node.value!r} leads out of the folder of this file", f"a path inside it, or the name of a shipped {kind}")
    return found


def _is_path(name: str | Path, beside: Path | None) -> bool:
    """Whether a name is meant as a path; else it is that of a shipped file."""
    given = Path(name)
    try:
        return given.suffix in (".yaml", ".yml") or len(given.parts) > 1 or (beside or Path()).joinpath(given).is_file()
    except (OSError, ValueError):
        return False  # no file can have such a name, or nobody may look


def _find(name: str | Path, beside: Path | None, kinds: Sequence[str], where: Where | None) -> Path:
    """A path, or the shipped file of that name."""
    given = Path(name)
    candidate = (beside or Path()) / given
    if not _is_path(name, beside):
        for kind in kinds:
            for folder in _folders()[kind]:
                for path in folder.glob("*.yaml"):
                    if path.stem == str(name):
                        return path
        known = [s.name for s in list_shipped() if s.kind in kinds]
        refuse(where, f"unknown {' or '.join(kinds)} {str(name)!r}", f"a path, or {listed(known)}", nearest(str(name), known))
    try:
        exists = candidate.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        found = "there is no such file" if where is None else f"no file {str(name)!r}"
        near = nearest(given.stem, [s.name for s in list_shipped() if s.kind in kinds])
        refuse(where or Where(str(name), 0, 0), found, "a YAML file", near)
    return candidate


def _tree(path: Path, kind: str, beside: Beside, chain: tuple[Path, ...] = ()) -> tuple[Node, Beside]:
    """The tree of a file with everything that it extends, and where its `procedure` is looked for."""
    node = read(path, _shown(path))
    mapping(node)
    base = node.get("extends")
    here = path.resolve()
    if base is None:
        return node, beside
    if here in chain:
        refuse(base, f"a circle of `extends`: {' -> '.join(p.name for p in (*chain, here))}", "an end")
    if len(chain) >= LONGEST_CHAIN:
        refuse(base, f"more than {LONGEST_CHAIN} files that extend each other", "fewer")
    named, there = _named(base, beside, kind)
    below, base_beside = _tree(named, kind, there, (*chain, here))
    rest = Node({k: n for k, n in node.mapping.items() if k != "extends"}, node.where, node.keys)
    documented, stated = below.get("documented"), rest.get("documented")
    if documented is not None and documented.value is True and stated is not None and stated.value is not True:
        refuse(stated, "`documented` taken back", "a scenario that does not extend a documented case")
    if "script" in rest.mapping:
        below = Node({k: n for k, n in below.mapping.items() if k != "expect"}, below.where, below.keys)
    return merged(below, rest), beside if "procedure" in rest.mapping else base_beside


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a path or a shipped name, with a variant and single values changed.

    Args:
        name: a path, or the name of a shipped scenario.
        variant: the name of one of its variants.
        sets: changes as `findings.suppression.minimized=true`; the value is YAML.

    Raises:
        WrongInput: with file, line and column, what was found, what would be right and the nearest valid name.
    """
    parts = combined(name, variant=variant, sets=sets)
    scenario = _scenario(parts.law, parts.tree)
    if variant is None and not sets:
        _try_changes(parts.unset, scenario, _shown(parts.path))
    return scenario


class Expected(NamedTuple):
    """An expectation of a file, where it stands, and the scenario of which it speaks: the file's own, or as `given` has it."""

    where: Where
    given: object  # as written; None: nothing
    stated: Expectation
    scenario: Scenario


def load_expected(name: str | Path) -> list[Expected]:
    """Every expectation of a scenario file. Raises WrongInput as `load` does."""
    parts = combined(name)
    scenario = load(name)
    nodes = (parts.tree.get("expect") or Node([], parts.tree.where)).items
    found = []
    for node, stated in zip(nodes, scenario.expect, strict=True):
        given = node.get("given")
        meant = scenario
        if given is not None:
            changed = combined(name, given=given)
            meant = _scenario(changed.law, changed.tree)
        found.append(Expected(node.where, None if given is None else plain(given), stated, meant))
    return found


def load_under(name: str | Path, procedure: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """The scenario under another procedure than its own, with that one's defaults.

    Raises:
        WrongInput: as `load` does; also where the scenario names what that procedure does not have.
    """
    parts = combined(name, variant=variant, sets=sets, procedure=procedure)
    try:
        return _scenario(parts.law, parts.tree)
    except WrongInput as fault:
        found = f"under {text(parts.law.mapping['procedure'])}: {fault.found}"
        raise WrongInput(fault.where, found, fault.expected, fault.nearest) from None


def load_named(name: str, by: Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """A scenario that the file *by* names, as in the mix of a caseload or a sweep: shipped, or inside its folder.

    Raises:
        WrongInput: it leads out of that folder; else as `load` does.
    """
    path, _ = _named(Node(name, Where(_shown(by), 0, 0)), _beside(by), "scenario")
    return load(path, variant=variant, sets=sets)


class Combined(NamedTuple):
    """The trees behind a scenario: its law, its own with everything that changes it, and the change of the variant."""

    path: Path
    law: Node
    tree: Node
    unset: Node  # before variant and --set, with the procedure's defaults
    change: Node | None


def combined(
    name: str | Path,
    *,
    variant: str | None = None,
    sets: Sequence[str] = (),
    given: Node | None = None,
    procedure: str | Path | None = None,
) -> Combined:
    """The trees of a scenario, combined and not yet read. Raises WrongInput as `load` does.

    Args:
        given: is merged last.
        procedure: in place of the scenario's own.
    """
    path = _find(name, None, ("scenario",), None)
    tree, beside = _tree(path, "scenario", _beside(path))
    if tree.get("scenario") is None:
        refuse(tree, "no `scenario`", "a scenario file; a procedure can be checked and shown, not run")
    as_written, change = tree, None
    if variant is not None:
        variants = tree.get("variants") or Node({}, tree.where)
        change = variants.get(variant)
        if change is None:
            unknown(Where(f"--variant {variant}", 0, 0), "variant", variant, variants.mapping)
        tree = merged(tree, change)
    if given is not None:
        tree = merged(tree, given)
    law = _law(tree, beside) if procedure is None else _procedure_tree(_find(procedure, None, ("procedure",), None))
    defaults = law.get("defaults") or Node({}, law.where)
    tree = merged(defaults, tree)
    for assignment in sets:
        tree = with_set(tree, assignment)
    if any(assignment.startswith("procedure=") for assignment in sets):
        law = _law(tree, beside)
    return Combined(path, law, settled(tree), merged(defaults, as_written), change)


def _law(tree: Node, beside: Beside) -> Node:
    """The tree of the procedure that a scenario names."""
    named = tree.get("procedure")
    if named is None or named.value is None:
        refuse(tree, "the key 'procedure' is missing", "the name of a procedure or a path beside this file")
    path, there = _named(named, beside, "procedure")
    law, _ = _tree(path, "procedure", there)
    return settled(law)


def _try_changes(tree: Node, scenario: Scenario, file: str) -> None:
    """Reads every variant, `given` and belief of this very file once: a slip in them is found now, not in class."""
    for believed in (tree.get("beliefs") or Node({}, tree.where)).mapping.values():
        for path, node in believed.mapping.items():
            if node.where.file == file:
                scenario_of(settled(put(tree, path, node, believed.at(path))), scenario.procedure)
    written = (tree.get("variants") or Node({}, tree.where)).mapping.values()
    given = (item.get("given") for item in (tree.get("expect") or Node([], tree.where)).items)
    for change in [*written, *(node for node in given if node is not None)]:
        if change.where.file == file and change.get("procedure") is None:
            scenario_of(settled(merged(tree, change)), scenario.procedure)


def load_inputs(inputs: bytes, *, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a stored run, from its effective inputs alone; with single values changed."""
    tree = placed(json.loads(inputs), STORED)
    scenario = tree.mapping["scenario"]
    for assignment in sets:
        scenario = with_set(scenario, assignment)
    return _scenario(tree.mapping["procedure"], settled(scenario))


def read_procedure(text: str, file: str = "procedure.yaml") -> Procedure:
    """The procedure that a text states, named as if it were a file. Raises WrongInput with its places."""
    return _procedure(_law_of(text, file))


def read_scenario(text: str, law: str, procedure: Procedure | None = None, file: str = "scenario.yaml") -> Scenario:
    """The scenario that a text states, under the law that another text states, whatever procedure it names.

    Args:
        procedure: the law as `read_procedure` made it, not to be read again.

    Raises:
        WrongInput: with its places.
    """
    node = _law_of(law, "procedure.yaml")
    tree = settled(merged(node.get("defaults") or Node({}, node.where), parse(text, file)))
    mapping(tree)
    return _scenario(node, tree, procedure)


def _law_of(text: str, file: str) -> Node:
    tree = settled(parse(text, file))
    mapping(tree)
    if tree.get("procedure") is None or tree.get("tracks") is None:
        refuse(tree, "no `procedure` with `tracks`", "a procedure")
    return tree


def _scenario(law: Node, tree: Node, procedure: Procedure | None = None) -> Scenario:
    """The scenario of a tree in which the procedure's defaults stand already."""
    procedure = procedure or _procedure(law)
    scenario = scenario_of(tree, procedure)
    parts = {
        "procedure": {key: plain(node) for key, node in law.mapping.items() if key != "defaults"},
        "scenario": plain(tree) | {"procedure": procedure.name},
    }
    if scenario.caseload is not None and scenario.caseload.arrivals.dates:  # of a file: what it says counts, not its name
        parts["scenario"]["caseload"]["arrivals"]["file"] = [filed.isoformat() for filed in scenario.caseload.arrivals.dates]
    # JSON in the order of the files: a run loaded again from it is the same to the last detail. What two files differ
    # in without meaning anything else, the digest does not see.
    inputs = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    digest = blake2b(_canonical(parts), digest_size=16).hexdigest()
    return replace(scenario, inputs=inputs, digest=digest, believed=_believed(tree, scenario))


def _believed(tree: Node, scenario: Scenario) -> dict[str, Scenario]:
    """The scenario as each actor with beliefs of his own takes it to be."""
    found: dict[str, Scenario] = {}
    for actor, beliefs in (tree.get("beliefs") or Node({}, tree.where)).mapping.items():
        changed = tree
        for path, node in beliefs.mapping.items():
            changed = put(changed, path, node, beliefs.at(path))
        found[actor] = scenario_of(settled(changed), scenario.procedure)
    return found


def _canonical(value: object) -> bytes:
    return json.dumps(_normal(value), ensure_ascii=False, separators=(",", ":")).encode()


# The keys below which the order of a mapping counts, by the format: of questions in ties alone.
ORDERED = frozenset({"steps", "consequences", "offers", "needs", "questions"})


def _normal(value: object, under: str = "") -> object:
    """The same meaning in one form: sorted where order means nothing, whole numbers without a point."""
    if isinstance(value, dict):
        names = value if under in ORDERED else sorted(value)
        return {name: _normal(value[name], name) for name in names}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def load_procedure(name: str | Path) -> Procedure:
    """The procedure of a path or a shipped name."""
    return _procedure(_procedure_tree(_find(name, None, ("procedure",), None)))


def _procedure_tree(path: Path) -> Node:
    tree, _ = _tree(path, "procedure", _beside(path))
    if tree.get("procedure") is None or tree.get("tracks") is None:
        refuse(tree, "no `procedure` with `tracks`", "a procedure file")
    return settled(tree)


def law_tree(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Node:
    """The tree of a procedure, or of the one that a scenario names. Raises WrongInput with the place."""
    path = _find(name, None, ("scenario", "procedure"), None)
    if "scenario" in top_level(path, ("scenario",)):
        return combined(path, variant=variant, sets=sets).law
    tree = _procedure_tree(path)
    _procedure(tree)
    return tree


def own_tree(name: str | Path) -> Node:
    """The tree of a scenario or a procedure with what it extends, without its procedure's defaults."""
    path = _find(name, None, ("scenario", "procedure"), None)
    kind = "scenario" if "scenario" in top_level(path, ("scenario",)) else "procedure"
    return settled(_tree(path, kind, _beside(path))[0])


def _procedure(law: Node) -> Procedure:
    """The procedure of a tree, its defaults read once."""
    procedure = procedure_of(law)
    defaults = law.get("defaults")
    if defaults is not None:
        try_defaults(defaults, procedure)
    return procedure


def load_any(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario | Procedure:
    """A scenario or a bare procedure, whichever the file is."""
    path = _find(name, None, ("scenario", "procedure"), None)
    head = top_level(path, ("scenario", "procedure"))
    if "scenario" in head:
        return load(path, variant=variant, sets=sets)
    if sets or variant:
        raise WrongInput(None, "--set or --variant for a procedure", "a scenario")
    return load_procedure(path)
