"""Procedures and scenarios that know the YAML they were read from, and show it: what a failing test prints."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from courtsim.files.load import read_procedure, read_scenario
from courtsim.procedure.law import Procedure
from courtsim.scenario.facts import Scenario


class WrittenProcedure(Procedure, frozen=True, eq=False):
    """A procedure and its text, which is its `repr`."""

    text: str = ""

    def __repr__(self) -> str:
        return self.text


class WrittenScenario(Scenario, frozen=True, eq=False):
    """A scenario and its text, which is its `repr`; that of its procedure is `law.text`."""

    text: str = ""

    def __repr__(self) -> str:
        law = self.procedure.text if isinstance(self.procedure, WrittenProcedure) else f"# under {self.procedure.name}\n"
        return f"{law}---\n{self.text}"


def written_procedure(stated: Mapping[str, Any] | str) -> WrittenProcedure:
    """The procedure of a plain mapping or of YAML, read by the loader. Raises WrongInput with its places."""
    text = stated.lstrip("\n") if isinstance(stated, str) else yaml_of(stated)
    return WrittenProcedure(**asdict(read_procedure(text)), text=text)


def written_scenario(stated: Mapping[str, Any] | str, procedure: WrittenProcedure) -> WrittenScenario:
    """The scenario of a plain mapping or of YAML under a written procedure. Raises WrongInput with its places."""
    text = stated.lstrip("\n") if isinstance(stated, str) else yaml_of(stated)
    return WrittenScenario(**asdict(read_scenario(text, procedure.text, procedure)), text=text)


def yaml_of(stated: Mapping[str, Any]) -> str:
    """A plain mapping as YAML, keys in their order, what is small on one line."""
    from ruamel.yaml import YAML

    writer = YAML(typ="safe", pure=False)  # by libyaml, which also reads it
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.default_flow_style = None
    writer.width = 120
    out = io.StringIO()
    writer.dump(_plain(stated), out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Without shared parts, which YAML would write as anchors."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
