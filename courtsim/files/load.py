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
from courtsim.files.merge import merged, with_set
from courtsim.files.procedures import procedure_of
from courtsim.files.scenarios import plain, scenario_of
from courtsim.files.small import mapping, refuse, text, unknown
from courtsim.files.yaml import Node, parse, read, top_level
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario


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


def _find(name: str | Path, beside: Path | None, kinds: Sequence[str], where: Where | None) -> Path:
    """A path, or the shipped file of that name."""
    given = Path(name)
    candidate = (beside / given) if beside is not None and not given.is_absolute() else given
    if given.suffix in (".yaml", ".yml") or len(given.parts) > 1 or candidate.is_file():
        if not candidate.exists():
            raise WrongInput(where or Where(str(name), 1, 1), f"no such file: {candidate}", "the path of a YAML file")
        return candidate
    for kind in kinds:
        for folder in _folders()[kind]:
            if (folder / f"{name}.yaml").is_file():
                return folder / f"{name}.yaml"
    known = [s.name for s in list_shipped() if s.kind in kinds]
    raise WrongInput(
        where, f"unknown {' or '.join(kinds)} {str(name)!r}", f"a path, or {listed(known)}", nearest(str(name), known)
    )


def _tree(path: Path, kind: str, chain: tuple[Path, ...] = ()) -> tuple[Node, Path]:
    """The tree of a file with everything that it extends, and the folder in which its `procedure` is looked for."""
    node = read(path, _shown(path))
    mapping(node)
    base = node.get("extends")
    here = path.resolve()
    folder = path.parent
    if base is None:
        return node, folder
    if here in chain:
        refuse(base, f"a circle of `extends`: {' -> '.join(p.name for p in (*chain, here))}", "an end")
    below, base_folder = _tree(_find(text(base), folder, (kind,), base.where), kind, (*chain, here))
    rest = Node({k: n for k, n in node.mapping.items() if k != "extends"}, node.where, node.keys)
    if "script" in rest.mapping:
        below = Node({k: n for k, n in below.mapping.items() if k != "expect"}, below.where, below.keys)
    return merged(below, rest), folder if "procedure" in rest.mapping else base_folder


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario:
    """The scenario of a path or a shipped name, with a variant and single values changed.

    Raises:
        WrongInput: with file, line and column, what was found, what would be right and the nearest valid name.
    """
    tree, folder = _tree(_find(name, None, ("scenario",), None), "scenario")
    if tree.get("scenario") is None:
        refuse(tree, "no `scenario`", "a scenario file; a procedure can be checked and shown, not run")
    if variant is not None:
        variants = tree.get("variants") or Node({}, tree.where)
        change = variants.get(variant)
        if change is None:
            unknown(variants, "variant", variant, variants.mapping)
        tree = merged(tree, change)
    for assignment in sets:
        tree = with_set(tree, assignment)
    named = tree.get("procedure")
    if named is None:
        refuse(tree, "the key 'procedure' is missing", "the name of a procedure or a path beside this file")
    law, _ = _tree(_find(text(named), folder, ("procedure",), named.where), "procedure")
    return _scenario(law, tree)


def load_inputs(inputs: bytes) -> Scenario:
    """The scenario of a stored run, from its effective inputs alone."""
    tree = parse(inputs.decode(), "the stored inputs")
    return _scenario(tree.mapping["procedure"], tree.mapping["scenario"])


def _scenario(law: Node, tree: Node) -> Scenario:
    procedure = procedure_of(law)
    defaults = law.get("defaults")
    whole = merged(defaults, tree) if defaults is not None else tree
    inputs = _canonical({"procedure": plain(law), "scenario": plain(tree)})
    return replace(scenario_of(whole, procedure), inputs=inputs, digest=blake2b(inputs, digest_size=16).hexdigest())


def _canonical(value: object) -> bytes:
    """JSON in the order of the files: a run loaded again from it is the same to the last detail."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def load_procedure(name: str | Path) -> Procedure:
    """The procedure of a path or a shipped name."""
    tree, _ = _tree(_find(name, None, ("procedure",), None), "procedure")
    if tree.get("procedure") is None or tree.get("tracks") is None:
        refuse(tree, "no `procedure` with `tracks`", "a procedure file")
    return procedure_of(tree)


def load_any(name: str | Path, *, variant: str | None = None, sets: Sequence[str] = ()) -> Scenario | Procedure:
    """A scenario or a bare procedure, whichever the file is."""
    path = _find(name, None, ("scenario", "procedure"), None)
    head = top_level(path, ("scenario", "procedure"))
    if "scenario" in head:
        return load(path, variant=variant, sets=sets)
    if sets or variant:
        raise WrongInput(None, "--set or --variant for a procedure", "a scenario")
    return load_procedure(path)
