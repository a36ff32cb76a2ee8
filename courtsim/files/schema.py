"""The JSON Schemas of the two formats, printed from the tables by which the loader reads."""

from __future__ import annotations

from typing import Any, Literal

from courtsim.files import keys
from courtsim.files.keys import Shape, either, listed_as, mapping_of, named, ref, words

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: Literal["procedure", "scenario"]) -> dict[str, Any]:
    """The schema of one kind of file (JSON Schema 2020-12), with a description for every key."""
    table = keys.PROCEDURE if kind == "procedure" else keys.SCENARIO
    told = "the law of one kind of court" if kind == "procedure" else "the facts put before a procedure"
    whole: dict[str, Any] = {
        "$schema": DIALECT,
        "title": f"courtsim {kind}, format version 1",
        "description": f"A {kind}: {told}. What must exist elsewhere in the files is checked when they load.",
        **mapping_of(table),
        "$defs": dict(_shared(ranged=kind == "scenario")),
    }
    if "extends" in table:  # what the file that is extended states already
        whole["required"] = [kind]
        whole["anyOf"] = [{"required": ["extends"]}, {"required": [k for k, key in table.items() if key.required]}]
    return whole


def _shared(ranged: bool) -> dict[str, Shape]:
    """The shared definitions; in a scenario a number may be a range."""

    def number(**bounds: float) -> Shape:
        plain = {"type": "number", **bounds}
        return either(plain, ref("range")) if ranged else plain

    share = number(minimum=0, maximum=1)
    asked = either(
        keys.VALUE,
        listed_as(keys.VALUE, minItems=1),
        mapping_of(keys.BOUNDS),
        mapping_of(keys.NEGATION),
        mapping_of(keys.OFFER_LIKE),
    )
    condition = {**mapping_of(keys.CONDITION), "additionalProperties": ref("asked")}
    return {
        "number": number(),
        "amount": number(minimum=0),
        "share": share,
        "count": either({"type": "integer", "minimum": 1}, ref("range")) if ranged else {"type": "integer", "minimum": 1},
        "range": mapping_of(keys.RANGE),
        "answer": either(keys.FLAG, words("yes", "no")),
        "chance": either(share, keys.FLAG, words("yes", "no")),
        "odds": {**named(either(share, words("rest"))), "minProperties": 1},
        "evidence_odds": {**named(either(share, words("rest", "p"))), "minProperties": 1},
        "distribution": mapping_of(keys.DISTRIBUTION),
        "simple_delay": either(ref("amount"), mapping_of(keys.SIMPLE_DELAY)),
        "delay": either(ref("amount"), mapping_of(keys.SIMPLE_DELAY), mapping_of(keys.DELAY_ROWS)),
        "asked": asked,
        "condition": condition | {"description": "all of it must hold; track or counter to what it must be"},
        "chooser": mapping_of(keys.CHOOSER),
        "chooser_row": mapping_of(keys.CHOOSER_ROW),
        "source": either(keys.TEXT, mapping_of(keys.SOURCE_MARK)),
        "scenario_part": mapping_of(keys.CHANGE),
    }
