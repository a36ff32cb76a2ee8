"""Courts that queueing theory knows, against theory and against Ciw.

Theory: Kleinrock, Queueing Systems 1 (1975): M/M/c, M/G/1, priorities (Cobham 1954), open networks (Jackson 1957). A mean
must lie within four of its standard errors for each of five seeds of twenty replications; over all of them the 95% half-width of
the stay is under 5% of it. `python -m tests.prove.queues` asks for that of every seed by itself.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from courtsim.analysis.caseload import Report, report
from courtsim.analysis.steady import Figure, figure, student
from courtsim.engines.caseload import Court
from courtsim.scenario.facts import Scenario
from tests.queues import one_hearing, stays_by_rank, two_hearings

SEEDS = (11, 12, 13, 14, 15)


def near(found: Figure, theory: float) -> bool:
    error = found.half / student(19)  # of twenty replications
    return abs(found.mean - theory) < 4 * error


def reports(scenario: Scenario) -> list[Report]:
    court = Court(scenario)
    return [report(court, seed) for seed in SEEDS]


def precise(found: list[Report], stay: float) -> bool:
    return figure([lived.figures["days_to_disposition.mean"] for each in found for lived in each.replications]).half < 0.05 * stay


def check(scenario: Scenario, wait: float, stay: float, busy: float) -> None:
    found = reports(scenario)
    for each in found:
        assert near(each.figures["wait.judge.mean"], wait)
        assert near(each.figures["days_to_disposition.mean"], stay)
        assert near(each.figures["utilization.judge"], busy)
    assert precise(found, stay)


def test_one_judge_and_random_hearings(tmp_path: Path) -> None:
    check(one_hearing(tmp_path, 1.0, "{exponential: 0.5}", days=550), wait=0.5, stay=1.0, busy=0.5)


def test_three_judges_and_random_hearings(tmp_path: Path) -> None:
    load = 1.8
    erlang = load**3 / 6 / (1 - load / 3)
    waits = erlang / (1 + load + load**2 / 2 + erlang)  # Erlang C
    check(one_hearing(tmp_path, 1.8, "{exponential: 1}", judges=3, days=350), waits / 1.2, waits / 1.2 + 1, 0.6)


def test_one_judge_and_hearings_of_one_length(tmp_path: Path) -> None:
    check(one_hearing(tmp_path, 1.0, "0.6", days=400), wait=0.6 * 0.6 / (2 * 0.4), stay=0.6 + 0.45, busy=0.6)


def test_those_in_custody_go_first(tmp_path: Path) -> None:
    """Non-preemptive priority: W_1 = R / (1 - r_1), W_2 = W_1 / (1 - r_1 - r_2), R = lambda E[S^2] / 2."""
    scenario = one_hearing(tmp_path, 1.0, "{exponential: 0.6}", days=500, more="facts: {rank: {odds: {1: 0.4, 2: 0.6}}}")
    rest = 0.6**2  # lambda E[S^2] / 2 of an exponential
    first = rest / (1 - 0.4 * 0.6)
    for seed in SEEDS:
        found = [stays_by_rank(scenario, seed, n) for n in range(20)]
        assert near(figure([each[1] for each in found]), first + 0.6)
        assert near(figure([each[2] for each in found]), first / (1 - 0.6) + 0.6)


def test_a_judge_and_a_clerk_who_sends_some_back(tmp_path: Path) -> None:
    found = reports(two_hearings(tmp_path, days=550))
    for each in found:
        for node in ("judge", "clerk"):
            assert near(each.figures[f"queue.{node}"], 0.4 * 0.4 / 0.6)  # rho^2 / (1 - rho)
            assert near(each.figures[f"utilization.{node}"], 0.4)
        assert near(each.figures["days_to_disposition.mean"], 2 * (0.4 / 0.6) / 0.5)
    assert precise(found, 2 * (0.4 / 0.6) / 0.5)


def test_ciw_finds_the_same(tmp_path: Path) -> None:
    ciw = pytest.importorskip("ciw")

    def theirs(capacity: list[int], arrivals: list, services: list, routing: list[list[float]]) -> Figure:
        """Mean stay in the whole network of those that came after day 50, as in ours."""
        means = []
        for seed in range(20):
            ciw.seed(seed)
            network = ciw.create_network(
                arrival_distributions=arrivals, service_distributions=services, number_of_servers=capacity, routing=routing
            )
            simulation = ciw.Simulation(network)
            simulation.simulate_until_max_time(550)
            stays: dict[int, list[float]] = {}
            for record in simulation.get_all_records():
                stays.setdefault(record.id_number, []).extend([record.arrival_date, record.exit_date])
            gone = {individual.id_number for individual in simulation.nodes[-1].all_individuals}
            ended = [(min(s), max(s)) for n, s in stays.items() if n in gone]
            means.append(math.fsum(b - a for a, b in ended if a > 50) / sum(a > 50 for a, _ in ended))
        return figure(means)

    exponential = ciw.dists.Exponential
    pairs = [
        (one_hearing(tmp_path, 1.0, "{exponential: 0.5}", days=550), ([1], [exponential(1)], [exponential(2)], [[0.0]])),
        (
            one_hearing(tmp_path, 1.8, "{exponential: 1}", judges=3, days=550),
            ([3], [exponential(1.8)], [exponential(1)], [[0.0]]),
        ),
        (one_hearing(tmp_path, 1.0, "0.6", days=550), ([1], [exponential(1)], [ciw.dists.Deterministic(0.6)], [[0.0]])),
        (
            two_hearings(tmp_path, days=550),
            ([1, 1], [exponential(0.5), None], [exponential(1 / 0.6)] * 2, [[0.0, 1.0], [0.25, 0.0]]),
        ),
    ]
    for scenario, network in pairs:
        ours, other = report(Court(scenario), 21).figures["days_to_disposition.mean"], theirs(*network)
        error = math.hypot(ours.half, other.half) / student(19)
        assert abs(ours.mean - other.mean) < 4 * error


def test_delay_is_convex_in_load(tmp_path: Path) -> None:
    waits = []
    for load in (0.2, 0.4, 0.6, 0.8):
        found = report(Court(one_hearing(tmp_path, load, "{exponential: 1}", days=550)), 31)
        waits.append(found.figures["wait.judge.mean"].mean)

    steps = [after - before for before, after in pairwise(waits)]
    assert 0 < steps[0] < steps[1] < steps[2]
