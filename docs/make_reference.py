"""Writes docs/reference: commands from --help, file keys from the schema, events and measures from the code.

python docs/make_reference.py            # writes
python docs/make_reference.py --check    # exit code 1 where a file is not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

import courtsim
from courtsim.case.events import VERSION, Detail, Event
from courtsim.cli.commands import cli
from courtsim.files.load import list_shipped
from courtsim.files.schema import schema
from courtsim.procedure.law import (
    AcceptOffer,
    AmendCharge,
    Cost,
    Count,
    MakeOffer,
    Option,
    Publicity,
    Publish,
    Restore,
    Sentence,
    Suppress,
)
from courtsim.scenario.outcome import TRUTH

REFERENCE = Path(__file__).parent / "reference"
MEASURES = {
    "convicted": "1 where the state says so and adjudication was not withheld",
    "days": "days from the start of the scenario to the disposition",
    "jail_days": "days of jail in the sentence",
    "probation_days": "days of probation in the sentence",
    "fine": "dollars",
    "civil_penalty": "dollars",
    "community_service_hours": "hours",
    "publicity": "units, as the procedure's effects count them",
    "days_in_custody": "days held before the disposition, where the procedure marks states `custody`",
    "innocent": "1 where the accused is innocent; this and the next three only where a scenario states the truth",
    "false_plea": "1 where an innocent is judged on a plea of guilty or no contest",
    "wrongful_conviction": "1 where an innocent is judged on a verdict of guilty",
    "wrongful_acquittal": "1 where the guilty is acquitted",
    "trial_held": "1 where a trial began",
    "court_appearances": "how many",
    "offers_made": "how many",
    "continuances": "how many",
    "appealed": "1 where an appeal was taken",
    "days_in": "days in a state: `days_in.track.state`",
    "cost": "dollars of an actor: `cost.defense`",
    "value": "dollars to an actor: `value.defense`, and of that `.process` and `.sentence`",
}


def commands() -> str:
    context = click.Context(cli, info_name="courtsim")
    pages = [f"## courtsim {name}\n\n```text\n{_help(command, name, context)}\n```\n" for name, command in _all(cli, "")]
    codes = "Exit codes: 0 fine, 1 the answer is no, 2 wrong input, 3 the environment failed.\n"
    shell = 'Shell completion: `eval "$(_COURTSIM_COMPLETE=bash_source courtsim)"` in bash, `zsh_source` and `fish_source` likewise.\n'
    return "# Commands\n\n" + codes + "\n" + shell + "\n" + "\n".join(pages)


def _all(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name; those of a group follow it."""
    for name in sorted(group.commands):
        command = group.commands[name]
        yield f"{above}{name}", command
        if isinstance(command, click.Group):
            yield from _all(command, f"{above}{name} ")


def _help(command: click.Command, name: str, above: click.Context) -> str:
    with click.Context(command, info_name=name, parent=above, max_content_width=100, terminal_width=100) as context:
        return command.get_help(context)


def keys() -> str:
    parts = ["# File keys\n\nFrom the JSON Schemas that `courtsim schema procedure` and `courtsim schema scenario` print.\n"]
    for kind in ("procedure", "scenario"):
        parts.append(f"## {kind.capitalize()}\n\n| key | meaning |\n|---|---|\n" + "".join(_rows(schema(kind), "", 0)))
    return "\n".join(parts)


def _rows(shape: dict[str, Any], path: str, depth: int) -> Iterator[str]:
    """A row for each described key; below a mapping of names its key is shown as `<name>`."""
    for key, found in shape.get("properties", {}).items():
        here = f"{path}.{key}" if path else key
        if "description" in found:
            yield f"| `{here}` | {found['description']} |\n"
        if depth < 3:
            yield from _rows(found, here, depth + 1)
            inner = found.get("additionalProperties")
            if isinstance(inner, dict):
                yield from _rows(inner, f"{here}.<name>", depth + 1)
            if isinstance(found.get("items"), dict):
                yield from _rows(found["items"], f"{here}[]", depth + 1)


def events() -> str:
    parts = ["# Events and measures\n\n## Measures\n\n| measure | unit or meaning |\n|---|---|\n"]
    names = {name.split(".")[0] for name in courtsim.simulate("jupiter-2019").outcomes[0].measures} | {*TRUTH}
    parts += [f"| `{name}` | {MEASURES[name]} |\n" for name in sorted(names)]
    parts += _fields()
    for shipped in list_shipped():
        if shipped.kind == "procedure":
            law = courtsim.load_procedure(shipped.name)
            parts.append(f"\n## Events of {shipped.name}\n\n| event | step | by | rule | details |\n|---|---|---|---|---|\n")
            parts += [
                _event(option, f"{step.name}.{option.name}", step.by)
                for step in law.steps.values()
                for option in step.options.values()
            ]
            parts += [_event(c.option, c.name, "clock") for c in law.consequences]
    return "".join(parts)


def _fields() -> Iterator[str]:
    """The fields of an event and of each detail, from their types."""
    yield f"\n## Fields\n\nEvery event (version {VERSION}; older ones are lifted on reading):\n\n| field | type |\n|---|---|\n"
    for field in msgspec.structs.fields(Event):
        yield f"| `{field.encode_name}` | {'a list of the details below' if field.name == 'details' else _type(field.type)} |\n"
    yield "\nIts details, each with its `type`:\n\n| detail | fields |\n|---|---|\n"
    for detail in get_args(Detail):
        fields = ", ".join(f"`{f.encode_name}` {_type(f.type)}" for f in msgspec.structs.fields(detail))
        yield f"| `{detail.__struct_config__.tag}` | {fields} |\n"


def _type(kind: Any) -> str:
    words = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    return re.sub(r"\b(courtsim|datetime|typing)(\.\w+)*\.", "", words).replace("|", "or")


DETAILS = {
    MakeOffer: "offer_made",
    AcceptOffer: "offer_accepted",
    Suppress: "suppressed",
    Restore: "restored",
    Sentence: "sentenced",
    AmendCharge: "charge_amended",
    Publish: "published",
    Publicity: "publicity",
    Cost: "cost",
    Count: "counted",
}


def _event(option: Option, step: str, by: str) -> str:
    details = ", ".join(dict.fromkeys(f"`{DETAILS[type(effect)]}`" for effect in option.effects))
    return f"| `{option.event}` | `{step}` | {by} | {option.rule or ''} | {details} |\n"


PAGES = {"commands.md": commands, "keys.md": keys, "events.md": events}

if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(any((REFERENCE / name).read_text(encoding="utf-8") != page() for name, page in PAGES.items()))
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
