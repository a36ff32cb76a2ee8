"""Writes docs/validation.md: the ordinary first charge and two courts against published figures, misfits included.

python docs/make_validation.py            # simulates 10,000 cases and writes; the courts as docs/evidence/courts-*.json has them
python docs/make_validation.py --check    # exit code 1 where the file is not what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import sqrt
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import courts

import courtsim
from courtsim.case.history import History
from courtsim.engines.run import Run

CASES = 10_000
FROZEN = "bc16f2e"  # the commit in which the parameters stood before anything was compared
HEAD = f"""# Validation

## The ordinary first charge

{CASES:,} cases of `ordinary-first-charge`, default seed, against figures of `empirical-parameters.md`. The parameters stand
since commit `{FROZEN}`, before this table was first made; the law has been corrected since (arraignment after a written plea,
a defense motion that delays trial), the numbers have not been moved. Written by `docs/make_validation.py`.
A figure that was put into the scenario cannot validate it: such rows are called *input*. The rest compares one kind of case with
courts that have many kinds (other offenses, other years, other states), so a misfit is not yet an error and a fit no proof.

| figure | published | simulated (95%) | verdict |
|---|---|---|---|
"""
TAIL = """
What the misfits say. Trials are three times as frequent as in Palm Beach County: the change of plea before trial is an
assumption and set too low. Jurors sit more often than they should, because a
request for a non-jury trial is rare here and the State may refuse. Cases end too soon and the tail is too thin, as is usual: one
continuance, no failures to appear after arraignment, no queue for a judge. The order of the exits (plea before dismissal before
trial) comes out.
"""

Test = Callable[[History], bool]


def events(case: History) -> set[str]:
    return {event.name for event in case.events}


def pleads_at_arraignment(case: History) -> bool:
    return any(e.step == "plead_at_arraignment" and e.name.endswith("PleaTendered") for e in case.events)


def counsel(case: History) -> object:
    return dict(case.opening.facts)["counsel"]


def share(cases: list[History], test: Test) -> str:
    p = sum(map(test, cases)) / len(cases)
    return f"{p:.1%} ± {1.96 * sqrt(p * (1 - p) / len(cases)):.1%}"


def mean(numbers: list[float]) -> str:
    average = sum(numbers) / len(numbers)
    spread = sqrt(sum((n - average) ** 2 for n in numbers) / (len(numbers) - 1))
    return f"{average:.0f} ± {1.96 * spread / sqrt(len(numbers)):.0f}"


def table(run: Run) -> list[tuple[str, str, str, str]]:
    cases = list(run.histories)
    days = {h.case: o.measures["days"] for h, o in zip(run.histories, run.outcomes, strict=True)}
    charged = [c for c in cases if "InformationFiled" in events(c)]
    of = {who: [c for c in charged if counsel(c) == who] for who in ("none", "appointed", "private")}
    tried = [c for c in charged if events(c) & {"JurySworn", "NonJuryTrialBegan"}]
    jury = [c for c in tried if "JurySworn" in events(c)]
    found = [c for c in jury if events(c) & {"GuiltyVerdictReturned", "NotGuiltyVerdictReturned"}]
    pleaded = [days[c.case] for c in charged if "PleaAccepted" in events(c)]
    dropped = [days[c.case] for c in charged if "NolleProsequiFiled" in events(c)]
    return [
        ("counsel at arraignment: none / appointed / private", "66 / 21 / 13 %", " / ".join(share(charged, lambda c, w=w: counsel(c) == w) for w in of), "input"),
        ("plea at arraignment, no counsel", "80.2 %", share(of["none"], pleads_at_arraignment), "input; who pleads in writing or fails to appear shifts it"),
        ("plea at arraignment, private counsel", "60.9 %", share(of["private"], pleads_at_arraignment), "input; likewise"),
        ("plea at arraignment, all", "nearly 70 % (21 Florida counties, 2010)", share(charged, pleads_at_arraignment), "near; the part of appointed counsel was computed from it"),
        ("tried, of those charged", "2.0 % (Palm Beach 2011); 0.2 to 4.9 % elsewhere", share(charged, lambda c: c in tried), "misfit: too many"),
        ("jury, of those tried", "86 % (Palm Beach 2011)", share(tried, lambda c: c in jury), "misfit: too many"),
        ("convicted, of jury verdicts", "63 % of trials (Palm Beach 1991)", share(found, lambda c: "GuiltyVerdictReturned" in events(c)), "input"),
        ("acquitted, of all", "0.1 to 0.8 %; Collin County 2.4 to 2.8 %", share(cases, lambda c: c.state.case == "closed.acquitted"), "misfit with the first, fits the second"),
        ("days from referral to disposition, mean", "193 (136 courts, ECCM 2020)", mean(list(days.values())), "misfit: too soon"),
        ("closed within 180 days", "77 % (same)", share(cases, lambda c: days[c.case] <= 180), "misfit: tail too thin"),
        ("days to plea / nolle prosequi / trial", "61 / 65 / 78, the order (D.C. 1974)", f"{mean(pleaded)} / {mean(dropped)} / {mean([days[c.case] for c in tried])}", "order comes out"),
    ]  # fmt: skip


def written() -> str:
    run = courtsim.simulate("ordinary-first-charge", cases=CASES)
    return (
        HEAD
        + "\n".join(f"| {' | '.join(row)} |" for row in table(run))
        + "\n"
        + TAIL
        + "\n"
        + courts.calibrated()
        + "\n"
        + courts.compared()
    )


if __name__ == "__main__":
    target = Path(__file__).parent / "validation.md"
    if "--check" in sys.argv:
        sys.exit(target.read_text(encoding="utf-8") != written())
    target.write_text(written(), encoding="utf-8")
