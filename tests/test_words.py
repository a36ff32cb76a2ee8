"""No page of a case without a judgment of guilt says more than was found: the words of tests/law/words.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

import courtsim
from courtsim.cli.commands import cli

ROOT = Path(__file__).parent.parent
WORDS = YAML(typ="safe").load((ROOT / "tests" / "law" / "words.yaml").read_text())
SCENARIOS = ["jupiter-2019", "jupiter-2019-as-it-happened", "ordinary-first-charge"]
TEXTS = ("title", "summary", "says", "label", "note", "ask", "assumed", "recalled")


def wrong_words(text: str) -> list[str]:
    """What stands in a text and may not, with what to say instead."""
    unquoted = re.sub(r'"[^"]*" \[[^\]]*\]', "", re.sub(r"\s+", " ", text))
    return [
        f"{entry['not']!r}: say {entry['use']!r}"
        for entry in WORDS
        if re.search(rf"\b{re.escape(entry['not'])}s?\b", unquoted, re.IGNORECASE)
    ]


def texts(tree: Any) -> Iterator[str]:
    """The words for people in a file: values under the keys that hold them, never keys."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        if key in (*TEXTS, "glossary", "sources") and isinstance(value, str):
            yield value
        elif key in ("glossary", "sources"):
            yield from (v if isinstance(v, str) else next(iter(v.values())) for v in value.values() if v)
        else:
            yield from texts(value)
    for item in tree if isinstance(tree, list) else ():
        yield from texts(item)


@pytest.mark.parametrize("kind", ["run", "why", "show", "sources"])
def test_nothing_that_is_printed_of_the_documented_case_says_more_than_was_found(kind: str) -> None:
    name = "jupiter-2019-as-it-happened"
    arguments = {
        "run": ["run", name],
        "why": ["run", "jupiter-2019", "--cases", "50"],
        "show": ["show", name],
        "sources": ["show", name, "--sources"],
    }
    printed = CliRunner().invoke(cli, arguments[kind]).stdout

    assert printed and wrong_words(printed) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_docket_of_a_case_without_a_judgment_says_more(name: str) -> None:
    run = courtsim.simulate(name, cases=200)
    open_cases = [h for h, o in zip(run.histories, run.outcomes, strict=True) if not o.measures["convicted"]]

    assert open_cases
    assert {word for h in open_cases for e in h.events for word in wrong_words(e.says or e.name)} == set()


@pytest.mark.parametrize(
    "path", [*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "courtsim" / "procedures").glob("*.yaml")], ids=lambda p: p.stem
)
def test_no_shipped_file_says_more(path: Path) -> None:
    found = list(texts(YAML(typ="safe").load(path.read_text())))

    assert found and [wrong for text in found for wrong in wrong_words(text)] == []


@pytest.mark.parametrize("command", [None, *cli.commands])
def test_no_help_says_more(command: str | None) -> None:
    printed = CliRunner().invoke(cli, [*([command] if command else []), "--help"]).stdout

    assert "example" in printed and wrong_words(printed) == []


def test_a_planted_word_is_caught_and_a_key_or_a_sourced_quotation_is_not() -> None:
    planted = {"steps": {"sting": {"says": "The suspect was busted."}}, "notes": [{"note": "He was exonerated."}]}

    assert [w.split(":")[0] for text in texts(planted) for w in wrong_words(text)] == ["'busted'", "'exonerated'"]
    assert wrong_words('One paper wrote "a loophole" [T4].') == []
    assert wrong_words("An interesting list, distinguished") == []
