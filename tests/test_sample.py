"""The compiled engine gives the cases of the reference: the same events, dates, details and measures, case by case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial, reduce
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import courtsim
from courtsim.analysis.compare import plain_pairs
from courtsim.case.core import apply
from courtsim.case.history import History
from courtsim.choosers.kinds import Force
from courtsim.cli.commands import cli
from courtsim.engines.compiled import Compiled, InOption
from courtsim.engines.sample import Sampler, available
from courtsim.engines.sampled import Sampled, Span
from courtsim.engines.simulate import Bench, BrokenInvariant, TimingOf, histories
from courtsim.errors import NotAvailable, StuckCase
from courtsim.files.load import list_shipped
from courtsim.scenario.facts import Scenario
from courtsim.scenario.outcome import outcome
from tests.small import court
from tests.test_properties import scenario

SHIPPED = [s.name for s in list_shipped() if s.kind == "scenario" and courtsim.load(s.name).script == ()]
LARGE = ("jupiter-2019", "ordinary-first-charge", "two-track")
VARIANTS = [(name, variant) for name in LARGE for variant in courtsim.load(name).variants]


def same(
    loaded: Scenario, cases: int, seed: int = 11, timing: TimingOf = "drawn", choosers: Mapping[str, Force] | None = None
) -> None:
    reference = list(histories(loaded, cases, seed, timing=timing, choosers=choosers))
    for by_numba in (True, False):
        same_as(reference, Sampler(loaded, seed, timing, choosers, by_numba))


def same_as(reference: list[History], sampler: Sampler) -> None:
    loaded, cases = sampler.scenario, len(reference)
    for ours, theirs in zip(sampler.histories(cases), reference, strict=True):
        assert ours.happenings == theirs.happenings, f"case {ours.case}"
        assert ours.state == theirs.state
        assert ours.opening == theirs.opening
    outcomes = [outcome(loaded, history) for history in reference]
    place = 0
    for block in (sampler.block(Span(first, min(700, cases + 1 - first))) for first in range(1, cases + 1, 700)):
        for n in range(len(block)):
            theirs = outcomes[place + n]
            assert loaded.procedure.disposing()[block.disposition[n]] == theirs.disposition
            assert {name: values[n] for name, values in block.measures.items()} == theirs.measures
            assert {item for item, out in block.published.items() if out[n]} == set(theirs.published)
        place += len(block)
    assert place == cases


@pytest.mark.parametrize("name", LARGE)
def test_every_case_of_two_thousand_is_the_reference_s(name: str) -> None:
    same(courtsim.load(name), 2_000)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in LARGE])
def test_every_shipped_scenario_is_sampled_as_it_is_simulated(name: str) -> None:
    same(courtsim.load(name), 100)


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_every_variant_is_sampled_as_it_is_simulated(name: str, variant: str) -> None:
    same(courtsim.load(name, variant=variant), 60)


@pytest.mark.parametrize("which", range(40))
def test_generated_courts_are_sampled_as_they_are_simulated(which: int) -> None:
    same(scenario(which), 60)


@pytest.mark.parametrize("number", range(1, 17))
def test_conformance_courts_are_sampled_as_they_are_simulated(number: int) -> None:
    same(courtsim.load(Path(__file__).parent / "conformance" / f"{number:02}.yaml"), 60)


@pytest.mark.parametrize("loaded", [*LARGE, *range(6)], ids=str)
def test_a_clock_that_an_option_need_not_look_at_stops_for_sure_or_stays(loaded: str | int) -> None:
    found = courtsim.load(loaded) if isinstance(loaded, str) else scenario(loaded)
    compiled = Compiled(Bench(found), 11, central=False)
    masks, law, looked = compiled.masks, compiled.arrays().law, 0

    for history in histories(found, 40, 11):
        word = masks.start(dict(history.opening.facts))
        for n, (_, index, details) in enumerate(history.happenings):
            code, before = masks.options[index], word
            word = reduce(partial(apply, masks), details, masks.move(word, code))
            after = history.happenings[n + 1 :]
            alone = code.step_index >= 0 and (not after or masks.options[after[0][1]].step_index >= 0)
            word = masks.settled(word) if alone or not after or masks.options[after[0][1]].step_index >= 0 else word
            if not alone:
                continue
            row = law.options[index]
            looks = set(law.lists[row[InOption.LOOKS] : row[InOption.LOOKS_END], 0].tolist())
            for step in set(code.touches) - looks:
                enabled = [masks.enabled(masks.steps[step], each) for each in (before, word)]
                stops = int(law.stops[index, step >> 6]) >> (step & 63) & 1
                assert not enabled[1] if stops else enabled[0] == enabled[1], (code.step, code.option.name, step)
                looked += 1
    assert looked


def test_central_timing_is_the_same_too() -> None:
    same(courtsim.load("jupiter-2019"), 200, timing="central")


def test_few_cases_asked_the_core_and_none_was_left_to_the_reference() -> None:
    sampler = Sampler(courtsim.load("jupiter-2019"), 3)
    walked = sampler._walk(1, 4_000, log=False)

    assert not walked.status.any()
    assert sampler.compiled.answered < 400  # parts of states that answers depend on, not states


def test_a_run_sampled_in_blocks_of_any_size_is_the_run_simulated() -> None:
    run = courtsim.simulate("two-track", cases=1_000)
    found = courtsim.sample("two-track", cases=1_000)

    assert found.plain() == run.plain()


def test_beyond_what_is_kept_means_and_intervals_are_of_all_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courtsim.engines.sampled.KEPT", 500)
    sampler = Sampler(courtsim.load("two-track"), 5)
    many, all_of_them = Sampled(courtsim.load("two-track"), 5), []
    for block in (sampler.block(Span(first, 300)) for first in range(1, 3_001, 300)):
        many.add(block)
        all_of_them.append(block.measures["days"])
    days = np.concatenate(all_of_them)

    assert len(many) == 3_000 and sum(map(len, many.kept)) < 900
    assert many.measures["days"].mean == pytest.approx(days.mean(), rel=1e-12)
    half = 1.959963984540054 * days.std(ddof=1) / 3_000**0.5
    assert many.measures["days"].ci95 == pytest.approx((days.mean() - half, days.mean() + half), rel=1e-12)


@pytest.mark.skipif(not available(), reason="room is taken again by the compiled walk")
def test_blocks_that_are_kept_stay_as_they_are_and_the_room_of_others_is_taken_again() -> None:
    scenario = courtsim.load("two-track")
    spans_of = [Span(first, 300) for first in range(1, 2_101, 300)]
    fresh, sparing = Sampler(scenario, 5), Sampler(scenario, 5, kept=601)
    lasting = [fresh.block(span).measures["days_in.case.pretrial"] for span in spans_of]
    passing = []
    for span, expected in zip(spans_of, lasting, strict=True):
        passing.append(sparing.block(span).measures["days_in.case.pretrial"])
        assert (passing[-1] == expected).all()

    assert all((found == expected).all() for found, expected in zip(passing[:3], lasting[:3], strict=True))
    assert np.shares_memory(passing[-1], passing[-2]) and not np.shares_memory(passing[0], passing[1])
    assert not any(np.shares_memory(passing[2], other) for other in passing[3:])


def test_what_is_wrong_is_said_as_the_reference_says_it(tmp_path: Path) -> None:
    law = """
    tracks: {case: {start: open, states: {open: {}, odd: {}, shut: {final: true}}}}
    invariants: {never-odd: {never: {case: odd}}}
    steps:
      go:
        by: judge
        when: {case: open}
        after: 1
        options: {straight: {event: Went, to: {case: shut}}, aside: {event: Strayed, to: {case: odd}}}
    """
    stray = court(tmp_path, law, "choosers: {go: {odds: {straight: 0.9, aside: 0.1}}}")
    (tmp_path / "stuck").mkdir()
    without = "\n".join(line for line in law.splitlines() if "invariants" not in line)
    stuck = court(tmp_path / "stuck", without, "choosers: {go: {odds: {straight: 0.9, aside: 0.1}}}")

    with pytest.raises(BrokenInvariant, match="never-odd"):
        courtsim.sample(stray, cases=300)
    with pytest.raises(StuckCase, match="no step can happen any more"):
        courtsim.sample(stuck, cases=300)


def test_days_in_custody_end_with_the_disposition(tmp_path: Path) -> None:
    law = """
    tracks:
      case: {start: open, states: {open: {}, judged: {disposes: true}, over: {final: true}}}
      bond: {start: out, states: {out: {}, jailed: {custody: true}}}
    steps:
      arrest: {by: police, when: {case: open, bond: out}, after: {uniform: [1, 9]}, options: {go: {event: Held, to: {bond: jailed}}}}
      release: {by: clerk, when: {bond: jailed}, after: {uniform: [1, 9]}, options: {go: {event: Freed, to: {bond: out}}}}
      rule: {by: judge, when: {case: open}, after: {uniform: [5, 30]}, options: {go: {event: Ruled, to: {case: judged}}}}
      close: {by: clerk, when: {case: judged}, after: {uniform: [5, 9]}, options: {go: {event: Closed, to: {case: over}}}}
    """
    scenario = court(tmp_path, law)

    same(scenario, 500)
    block = Sampler(scenario, 11).block(Span(1, 500))
    assert (block.measures["days_in_custody"] < block.measures["days_in.bond.jailed"]).any()
    assert block.measures["days_in_custody"].any()


@pytest.mark.parametrize(("name", "step"), [("two-track", "answer_offer"), ("jupiter-2019", "answer_offer")])
def test_forced_options_are_sampled_as_they_are_simulated(name: str, step: str) -> None:
    for option in courtsim.load(name).procedure.steps[step].options:
        same(courtsim.load(name), 60, choosers={step: Force(option)})


def test_what_if_and_compare_answer_alike_with_either_engine() -> None:
    def answer(*command: str) -> list[object]:
        found = [CliRunner().invoke(cli, [*command, "--json", "--engine", engine]) for engine in ("simulate", "sample")]
        assert not any(result.exit_code for result in found), found[1].output
        return [json.loads(result.stdout) for result in found]

    assert len({str(found) for found in answer("what-if", "two-track", "minimized-warrant", "--cases", "1200")}) == 1
    assert len({str(found) for found in answer("compare", "two-track", "--at", "answer_offer", "--cases", "700")}) == 1


def test_pairs_beyond_what_is_kept_are_walked_again_to_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = plain_pairs(courtsim.what_if("two-track", "minimized-warrant", cases=20_000, engine="sample"))
    monkeypatch.setattr("courtsim.analysis.compare.KEPT", 1_000)
    again = plain_pairs(courtsim.what_if("two-track", "minimized-warrant", cases=20_000, engine="sample"))

    for part in ("differences", "disposition_differences", "moves", "explaining_case"):
        assert again[part] == whole[part]


def test_a_script_is_for_the_reference() -> None:
    with pytest.raises(NotAvailable, match="a script"):
        courtsim.sample("jupiter-2019-as-it-happened", cases=10)


def test_run_takes_the_engine_by_itself_and_the_answer_does_not_change() -> None:
    def answer(*more: str) -> dict[str, object]:
        result = CliRunner().invoke(cli, ["run", "two-track", "--cases", "1500", "--json", *more])
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.stdout)
        return found

    assert answer() == answer("--engine", "simulate") == answer("--engine", "sample")
