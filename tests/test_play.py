"""A case played from a seat: what is shown, what is asked, what is never shown, and what the roads not taken were worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from rich.console import Console

import courtsim
from courtsim.analysis.play import Choose, Game, Guess, Move, Page, Playing, Undo, seat_of, seed_from
from courtsim.analysis.record import unfinished
from courtsim.analysis.roads import Road, Roads, calibration, called, doubt_of, fork, hint, junctures
from courtsim.case.core import replay
from courtsim.case.events import CostIncurred
from courtsim.engines.midway import median_left
from courtsim.engines.tape import Tape
from courtsim.errors import NotAvailable, WrongInput
from courtsim.procedure.delays import Exponential, Lognormal, Triangular, Uniform
from courtsim.reports import playing as reports
from courtsim.scenario.facts import Odds, Scenario
from tests.small import court
from tests.test_advise import generated

# A court in which the defense alone knows whether the accused is nervous, and the prosecution decides what to offer.
BARGAIN = """
    tracks:
      case:
        start: open
        states:
          open: {label: Open}
          closed.pleaded: {label: Pleaded, final: true, convicted: true}
          closed.dropped: {label: Dropped, final: true}
          closed.convicted: {label: Convicted, final: true, convicted: true}
          closed.acquitted: {label: Acquitted, final: true}
      talk: {start: none, states: {none: {}, held: {label: Talks were held}}}
      bargain: {start: none, states: {none: {}, open: {}, refused: {}}}
    facts: {nervous: {values: [true, false], default: false}}
    steps:
      talk_to_state:
        by: defense
        when: {talk: none}
        after: {exponential: 5}
        options:
          conciliatory: {event: TalkedConciliatory, to: {talk: held}, effects: [{cost: {defense: 7}}]}
          firm: {event: TalkedFirm, to: {talk: held}}
      decide_offer:
        by: prosecution
        when: {talk: held, bargain: none}
        after: 5
        options:
          offer: {event: PleaOffered, to: {bargain: open}, rule: local practice}
          hold: {event: NothingOffered, to: {bargain: refused}}
          drop: {event: ChargesDropped, to: {case: closed.dropped}}
      answer_offer:
        by: defense
        when: {bargain: open}
        after: {uniform: [2, 9]}
        options:
          accept: {event: PleaAccepted, to: {case: closed.pleaded}}
          refuse: {event: PleaRefused, to: {bargain: refused}}
      time_expires: {by: clock, when: {case: open}, after: {deadline: 200}, event: TimeExpired, to: {case: closed.dropped}}
      return_verdict:
        by: jury
        when: {bargain: refused}
        after: {uniform: [20, 40]}
        options:
          convict: {event: Convicted, to: {case: closed.convicted}, effects: [{count: trial}]}
          acquit: {event: Acquitted, to: {case: closed.acquitted}, effects: [{count: trial}]}
"""


def bargain(folder: Path, talk: tuple[float, float] = (0.8, 0.2), accept: tuple[float, float] = (0.9, 0.4)) -> Scenario:
    """Chances with a nervous client and without."""

    def rows(yes: str, no: str, p: tuple[float, float]) -> str:
        return (
            f"{{rows: [{{when: {{fact: {{nervous: true}}}}, odds: {{{yes}: {p[0]}, {no}: rest}}}}, "
            f"{{odds: {{{yes}: {p[1]}, {no}: rest}}}}]}}"
        )

    return court(
        folder,
        BARGAIN,
        f"""
        facts: {{nervous: {{odds: {{true: 0.3, false: 0.7}}}}}}
        private: {{nervous: defense}}
        choosers:
          talk_to_state: {rows("conciliatory", "firm", talk)}
          decide_offer: {{odds: {{offer: 0.6, hold: 0.3, drop: 0.1}}}}
          answer_offer: {rows("accept", "refuse", accept)}
          return_verdict: {{odds: {{convict: 0.5, acquit: 0.5}}}}
        values:
          prosecution: {{conviction: 100, trial: -30}}
          defense: {{conviction: -100, dollar: -1}}
        """,
    )


def screen(scenario: Scenario, page: Page) -> str:
    console = Console(width=80, highlight=False, markup=False, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(reports.page(scenario, page, 0))
    return console.export_text()


def play(playing: Playing, answer: Callable[[Page], Move], moves: Sequence[Move] = ()) -> tuple[Move, ...]:
    """The moves of a whole game."""
    made = [*moves]
    while (page := playing.at(made).page).asks != "nothing":
        made.append(answer(page))
    return tuple(made)


def first(page: Page) -> Move:
    if page.asks == "guess":
        return Guess(page.step, page.visit, page.ways[0].option, 0.25, "a reason")
    return Choose(page.step, page.ways[0].option)


# -- what is shown


def test_a_page_shows_what_is_known_and_the_lawful_options_with_their_rules(tmp_path: Path) -> None:
    scenario = bargain(tmp_path)

    page = Playing(scenario, 4, "prosecution").at([]).page

    assert screen(scenario, page) == (
        "Date           Who           What, and under which rule\n"
        "2019-03-03     defense       Talked firm               \n"
        "\n"
        "2019-03-08, day 14. Your choice: decide offer\n"
        "  Standing  case: Open; talk: Talks were held                                   \n"
        "  Clock     time expires: 186 days left, runs to 2019-09-10                     \n"
        "  1 drop: Charges dropped.\n"
        "  2 hold: Nothing offered.\n"
        "  3 offer: Plea offered. [local practice]\n"
    )


def test_a_seat_knows_its_own_private_facts_and_costs_and_no_others(tmp_path: Path) -> None:
    scenario = bargain(tmp_path, talk=(1.0, 1.0))
    of_defense = Playing(scenario, 1, "defense").at([Choose("talk_to_state", "conciliatory")])
    of_prosecution = Playing(scenario, 1, "prosecution").at([])

    costs = [d for e in of_defense.page.docket for d in e.details if isinstance(d, CostIncurred)]
    assert costs == [CostIncurred("defense", 7)] and set(of_defense.page.alone) == {"nervous"}
    assert not [d for e in of_prosecution.page.docket for d in e.details if isinstance(d, CostIncurred)]
    assert of_prosecution.page.alone == {}


def test_the_offer_the_evidence_and_the_clocks_of_the_law_are_on_the_page() -> None:
    scenario = courtsim.load("jupiter-2019")
    playing = Playing(scenario, 3, "defense")
    page = playing.at([]).page
    while page.offer is None:
        page = playing.at(play_until(playing, "answer_offer")).page

    assert (
        page.offer.kind == "deferred_prosecution" and page.offer.ends is not None and page.offer.ends.isoformat() == "2019-04-05"
    )
    assert {limit.step: limit.date.isoformat() for limit in page.limits if limit.date} == {
        "offer_lapses": "2019-04-05",
        "demanded_time_expires": "2019-05-20",
    }
    assert [item.admissible for item in page.evidence] == [True] * 4


def play_until(playing: Playing, step: str) -> list[Move]:
    moves: list[Move] = []
    while (page := playing.at(moves).page).step != step:
        moves.append(first(page))
    return moves


# -- what is played


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    data=st.data(),
    name=st.sampled_from(["two-track", "small-example", "lesson-3-fruit-of-the-tree"]),
)
def test_the_same_seed_and_choices_give_the_docket_of_run_with_forced_choosers(seed: int, data: DataObject, name: str) -> None:
    scenario = courtsim.load(name)
    seat = data.draw(st.sampled_from(sorted({s.by for s in scenario.procedure.steps.values() if len(s.options) > 1} - {"clock"})))
    playing = Playing(scenario, seed, seat)
    moves = play(playing, lambda page: Choose(page.step, data.draw(st.sampled_from([way.option for way in page.ways]))))

    left = [move for move in moves if isinstance(move, Choose)]
    steps = {s.name for s in scenario.procedure.steps.values() if s.by == seat and len(s.options) > 1}
    forced = {s: lambda moment: left.pop(0).option if len(moment.lawful) > 1 else moment.lawful[0] for s in steps}
    ran = courtsim.simulate(scenario, seed=seed, choosers=forced).histories[0]
    walk = playing.at(moves).walk
    assert walk.happenings == ran.happenings
    assert replay(scenario.procedure, ran.stream) == ran.state


def test_an_undone_choice_is_asked_again_and_a_guess_stands() -> None:
    playing = Playing(courtsim.load("two-track"), 20190222, "defense", guessing=True)
    moves: list[Move] = [Choose("answer_offer", "reject"), Choose("move_to_suppress", "file")]
    ruling = playing.at(moves).page
    assert (ruling.asks, ruling.step, ruling.by) == ("guess", "rule_on_suppression", "judge")
    moves.append(Guess(ruling.step, ruling.visit, "grant", 0.3, "no minimization"))
    assert playing.at(moves).page.step == "continue_trial"

    moves.append(Undo())
    assert playing.at(moves).page.step == "move_to_suppress"
    moves.append(Choose("move_to_suppress", "file"))

    assert playing.at(moves).page.step == "continue_trial"  # the ruling has been seen: nobody is asked to guess it again
    scenario = playing.scenario
    guesses = called(Game(scenario, 20190222, "defense", True, moves=tuple(moves)), playing)
    assert [(g.step, g.came) for g in guesses] == [("rule_on_suppression", "grant")]


def test_an_answer_of_another_game_is_refused() -> None:
    playing = Playing(courtsim.load("two-track"), 20190222, "defense")
    with pytest.raises(
        WrongInput, match=r"answer 1 is move_to_suppress.file, but answer_offer is asked then; expected answer_offer"
    ):
        playing.at([Choose("move_to_suppress", "file")])
    with pytest.raises(WrongInput, match="never asked"):
        playing.at([Choose("answer_offer", "accept"), Choose("continue_trial", "ready")])


def test_a_person_chooser_asks_whoever_plays_and_else_decides_without(tmp_path: Path) -> None:
    law = """
        tracks: {case: {start: open, states: {open: {}, closed.a: {final: true}, closed.b: {final: true}}}}
        steps:
          speak:
            by: clerk
            when: {case: open}
            options: {a: {event: A, to: {case: closed.a}}, b: {event: B, to: {case: closed.b}}}
          appear: {by: defense, when: {case: open}, after: 9, event: Appeared, to: {case: closed.a}}
    """
    scenario = court(tmp_path, law, "choosers: {speak: {person: defense, else: {odds: {a: 0, b: 1}}}}")

    assert Playing(scenario, 1, seat_of(scenario, "defense")).at([]).page.step == "speak"
    assert courtsim.simulate(scenario).outcomes[0].disposition == "closed.b"
    with pytest.raises(WrongInput, match="'judge', who has nothing to choose in small-case; expected clerk or defense"):
        seat_of(scenario, "judge")


def test_where_nobody_else_is_stated_for_a_seat_its_options_count_as_equally_likely(tmp_path: Path) -> None:
    law = """
        tracks: {case: {start: open, states: {open: {}, later: {}, closed.a: {final: true}, closed.b: {final: true}}}}
        steps:
          go: {by: defense, when: {case: open}, after: 1, options: {on: {event: On, to: {case: later}}, out: {event: Out, to: {case: closed.a}}}}
          speak: {by: defense, when: {case: later}, after: 1, options: {a: {event: A, to: {case: closed.a}}, b: {event: B, to: {case: closed.b}}}}
    """
    scenario = court(
        tmp_path,
        law,
        "choosers: {go: {person: defense}, speak: {rows: [{when: {case: open}, odds: {a: 1, b: 0}}, {person: defense}]}}",
    )
    playing = Playing(scenario, 1, "defense")

    on, out = Roads(scenario, "defense").at(playing.at([]))

    assert playing.unstated == ("go", "speak")
    assert (on.dispositions, out.dispositions) == ({"closed.a": 0.5, "closed.b": 0.5}, {"closed.a": 1.0})
    assert on.value is None  # the scenario says nothing of values


# -- what the seat cannot know


class Otherwise(Tape):
    """The same luck but for one drawn fact."""

    def __init__(self, seed: int, begin: int, size: int, fact: str, u: float) -> None:
        super().__init__(seed, begin, size)
        self.fact, self.u = f"fact:{fact}", u

    def numbers(self, step: str, visit: int, purpose: str) -> list[float]:
        return [self.u] * len(self.cases) if purpose == self.fact else super().numbers(step, visit, purpose)


def twins(scenario: Scenario, seed: int, seat: str, fact: str) -> list[Playing]:
    """The same case with the first and with the last value of a drawn fact."""
    return [
        Playing(scenario, seed, seat, True, tape=lambda *a, u=u: Otherwise(*a, fact, u))  # type: ignore[misc]
        for u in (0.0, 0.999999)
    ]


def views(scenario: Scenario, playing: Playing, roads: Roads, seed: int, moves: Sequence[Move]) -> tuple[object, ...]:
    """Everything that a player can see at this point: page, screen, hint, and the player's part of the file."""
    stand = playing.at(moves)
    game = Game(scenario, seed, roads.seat, True, moves=tuple(moves))
    known: object = None
    if stand.page.asks != "nothing":
        known = roads.at(stand) if stand.page.asks == "choice" else roads.odds(stand)
    return stand.page, screen(scenario, stand.page), known, msgspec.json.encode(unfinished(game, playing))


def compare_until_they_part(scenario: Scenario, seed: int, seat: str, fact: str, data: DataObject) -> bool:
    """Plays twins alike and compares what is seen until their dockets differ; whether they ever do."""
    one, other = twins(scenario, seed, seat, fact)
    roads = Roads(scenario, seat)
    moves: list[Move] = []
    while True:
        stands = [playing.at(moves) for playing in (one, other)]
        dockets = [stand.page.docket for stand in stands]
        if dockets[0] != dockets[1]:
            return True
        assert views(scenario, one, roads, seed, moves) == views(scenario, other, roads, seed, moves)
        page = stands[0].page
        if page.asks == "nothing":
            return False
        if page.asks == "guess":
            moves.append(Guess(page.step, page.visit, page.ways[0].option, 0.5, "why"))
        else:
            moves.append(Choose(page.step, data.draw(st.sampled_from([way.option for way in page.ways]))))


chance = st.floats(0.05, 0.95).map(lambda p: round(p, 3))


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), talk=st.tuples(chance, chance), accept=st.tuples(chance, chance), data=st.data())
def test_cases_that_differ_in_a_hidden_fact_look_alike_until_the_event_it_changes(
    seed: int, talk: tuple[float, float], accept: tuple[float, float], data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario = bargain(tmp_path_factory.mktemp("court"), talk, accept)
    compare_until_they_part(scenario, seed, "prosecution", "nervous", data)


@settings(max_examples=30)
@given(seed=st.integers(0, 60), luck=st.integers(0, 1000), data=st.data())
def test_they_look_alike_in_generated_courts(
    seed: int, luck: int, data: DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario = generated(tmp_path_factory.mktemp("court"), seed)
    assume(scenario.private and any(s.by == "defense" for s in scenario.procedure.steps.values()))
    compare_until_they_part(scenario, luck, "defense", "secret", data)


@pytest.mark.parametrize(("name", "seat"), [("two-track", "judge"), ("small-example", "judge")])
@settings(max_examples=30)
@given(seed=st.integers(0, 1000), data=st.data())
def test_they_look_alike_in_shipped_scenarios(name: str, seat: str, seed: int, data: DataObject) -> None:
    compare_until_they_part(courtsim.load(name), seed, seat, "nervous", data)


def test_the_difference_does_show_once_it_changes_an_event_and_to_whom_knows_it(tmp_path: Path) -> None:
    """The comparison above can fail: these two cases part at the answer, and the defense sees the fact at once."""
    scenario = bargain(tmp_path, talk=(0.5, 0.5), accept=(1.0, 0.0))
    one, other = twins(scenario, 1, "prosecution", "nervous")
    assert one.at([]).page == other.at([]).page
    offered = [Choose("decide_offer", "offer")]
    if one.at(offered).page.asks == "guess":
        pytest.fail("an answer is no ruling")
    assert [e.name for e in one.at(offered).page.docket][-1] == "PleaAccepted"
    assert "PleaRefused" in [e.name for e in other.at(offered).page.docket]
    assert [p.at([]).page.alone for p in twins(scenario, 1, "defense", "nervous")] == [{"nervous": True}, {"nervous": False}]


def test_a_hint_is_refused_where_a_hidden_fact_is_stated_without_odds(tmp_path: Path) -> None:
    scenario = bargain(tmp_path)
    fixed = msgspec.structs.replace(scenario, facts={"nervous": True})
    playing = Playing(fixed, 4, "prosecution")
    with pytest.raises(NotAvailable, match="no odds for what this seat cannot know"):
        hint(Game(fixed, 4, "prosecution"), playing)

    *_, offer = Roads(fixed, "prosecution").at(playing.at([]))  # at the end, when nothing is secret any more
    assert offer.dispositions["closed.pleaded"] == pytest.approx(0.9)


# -- what the roads are worth


def test_a_hint_judges_the_hidden_by_what_has_happened(tmp_path: Path) -> None:
    """After a conciliatory word the client is nervous with 0.24 / (0.24 + 0.14); then an offer is taken with 0.716."""
    scenario = bargain(tmp_path)
    stand = next(
        s for seed in range(9) if (s := Playing(scenario, seed, "prosecution").at([])).page.docket[0].option == "conciliatory"
    )

    drop, hold, offer = Roads(scenario, "prosecution").at(stand)

    nervous = 0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.2)
    taken = nervous * 0.9 + (1 - nervous) * 0.4
    assert offer.dispositions["closed.pleaded"] == pytest.approx(taken)
    assert offer.value == pytest.approx(taken * 100 + (1 - taken) * (0.5 * 100 - 30))
    assert (hold.value, drop.value) == (pytest.approx(20), pytest.approx(0))


def by_hand(scenario: Scenario, state: str, secret: bool) -> dict[str, float]:
    """How a generated court ends from a state of its spine, walked by its odds."""
    if state.startswith("closed"):
        return {state: 1.0}
    step = next(s for s in scenario.procedure.steps.values() if dict_of(s.when)["case"] == state)
    ends: dict[str, float] = {}
    for option, p in odds_of(scenario, step.name, secret).items():
        for end, q in by_hand(scenario, dict(step.options[option].to)["case"], secret).items():
            ends[end] = ends.get(end, 0.0) + p * q
    return ends


def dict_of(condition: object) -> dict[str, str]:
    return {part.name: part.asked.values[0] for part in condition}  # type: ignore[attr-defined]


def odds_of(scenario: Scenario, step: str, secret: bool) -> dict[str, float]:
    spec = scenario.choosers[step]
    rows = getattr(spec, "rows", None)
    found = spec if rows is None else rows[0 if secret else 1].chooser
    assert isinstance(found, Odds)
    return {option: float(p) for option, p in found.shares}


@pytest.mark.parametrize("seed", range(60))
def test_roads_are_what_walking_the_court_by_hand_gives(seed: int, tmp_path: Path) -> None:
    scenario = generated(tmp_path, seed)
    if all(s.by != "defense" for s in scenario.procedure.steps.values()):
        return
    playing, roads = Playing(scenario, seed, "defense"), Roads(scenario, "defense", 1e-9)
    likely = {True: 0.4, False: 0.6} if scenario.private else {False: 1.0}
    moves: list[Move] = []
    while (stand := playing.at(moves)).page.asks != "nothing":
        weights = dict(likely)
        for event in stand.page.docket:
            if event.by == "judge":
                weights = {s: p * odds_of(scenario, event.step, s)[event.option] for s, p in weights.items()}
        total = sum(weights.values())
        for road in roads.at(stand):
            state = dict(scenario.procedure.steps[stand.page.step].options[road.option].to)["case"]
            expected: dict[str, float] = {}
            for secret, p in weights.items():
                for end, q in by_hand(scenario, state, secret).items():
                    expected[end] = expected.get(end, 0.0) + p / total * q
            assert road.dispositions == pytest.approx(expected)
        moves.append(first(stand.page))


@pytest.mark.parametrize(
    ("name", "seat"), [("lesson-1-shadow-of-trial", "defense"), ("lesson-2-trial-penalty", "defense"), ("kool-coal", "defendant")]
)
def test_the_options_of_the_first_choice_add_up_to_what_solve_says(name: str, seat: str) -> None:
    """Where every delay is fixed and everything is decided by odds or reason, the roads together are the whole tree."""
    scenario = courtsim.load(name)
    stand = Playing(scenario, 1, seat).at([])
    advised = courtsim.advise(scenario, seat).values.get(stand.page.step, {})
    for road in Roads(scenario, seat, 1e-9).at(stand):
        assert road.value == pytest.approx(advised[road.option])


@pytest.mark.parametrize("kind", [Uniform(3, 11), Triangular(1, 3, 14), Lognormal(20, 60), Exponential(9)])
@given(u=st.floats(0.01, 0.99))
def test_what_is_left_of_a_delay_is_the_median_of_the_rest(kind: Uniform, u: float) -> None:
    import numpy as np

    from courtsim.engines.tape import quantile

    elapsed = float(quantile(kind, np.array([u]))[0])
    middle = float(quantile(kind, np.array([(1 + u) / 2]))[0])
    assert median_left(kind, elapsed) == pytest.approx(middle - elapsed, rel=1e-6, abs=1e-6)
    assert median_left(Exponential(9), elapsed) == pytest.approx(9 * 0.6931471805599453, rel=1e-6)


def test_regret_and_the_fork_with_the_same_luck() -> None:
    """Lesson 5: the offer costs 20; to fight costs 3 and, with a chance of 0.6, an open plea at 45."""
    scenario = courtsim.load("lesson-5-knowing-first")
    playing = Playing(scenario, 2, "defense")
    moves = play(playing, lambda page: Choose(page.step, page.ways[-1].option))
    game = Game(scenario, 2, "defense", moves=moves)

    juncture = junctures(game, playing)[0]

    assert juncture.chosen == "fight"
    assert {road.option: road.value for road in juncture.roads} == {"accept": pytest.approx(-20), "fight": pytest.approx(-30)}
    assert juncture.regret == pytest.approx(10)
    (other,) = juncture.forks
    forced = {"decide_now": lambda moment: "accept"}
    ran = courtsim.simulate(scenario, seed=2, choosers=forced).outcomes[0]
    assert (other.option, other.disposition, other.value) == (
        "accept",
        ran.disposition,
        pytest.approx(ran.measures["value.defense"]),
    )


def test_a_difference_within_what_was_not_followed_is_none() -> None:
    """Roads that leave a thousandth unfollowed can tell 2,000 of a million dollars apart and not 1,900."""
    roads = [Road("a", {"x": 1.0}, -1_000_000, 1e-3), Road("b", {"x": 1.0}, -998_100, 0.0)]
    assert doubt_of(roads) == pytest.approx(2_000)

    scenario = courtsim.load("two-track")
    playing = Playing(scenario, 20190222, "defense")
    game = Game(
        scenario,
        20190222,
        "defense",
        moves=(Choose("answer_offer", "reject"), Choose("move_to_suppress", "file"), Choose("continue_trial", "continue")),
    )
    last = junctures(game, playing)[-1]
    assert (last.doubt, last.regret) == (0.0, pytest.approx(250, abs=10))  # nothing was left out: every dollar counts


def test_a_fork_keeps_later_answers_where_they_are_lawful_and_says_how_many() -> None:
    scenario = courtsim.load("two-track")
    playing = Playing(scenario, 20190222, "defense")
    choices = [("answer_offer", "reject"), ("move_to_suppress", "file"), ("continue_trial", "continue")]
    game = Game(scenario, 20190222, "defense", moves=tuple(Choose(*choice) for choice in choices))

    forgone = fork(game, playing, 1, "forgo")

    answers = dict([*choices[:1], ("move_to_suppress", "forgo"), *choices[2:]])
    forced = dict.fromkeys(answers, lambda moment: answers[moment.step])
    ran = courtsim.simulate(scenario, seed=20190222, choosers=forced).outcomes[0]
    assert (forgone.disposition, forgone.yours, forgone.others) == (ran.disposition, 1, 0)


def test_guesses_are_scored_by_hand(tmp_path: Path) -> None:
    """0.7 on what came: 0.09; the exact 0.5 scores 0.25 either way."""
    scenario = bargain(tmp_path)
    playing = Playing(scenario, 4, "prosecution", guessing=True)
    moves: list[Move] = [Choose("decide_offer", "hold")]
    page = playing.at(moves).page
    assert (page.asks, page.step) == ("guess", "return_verdict")
    moves.append(Guess("return_verdict", page.visit, "convict", 0.7, "a strong case"))

    (found,) = guesses = called(Game(scenario, 4, "prosecution", True, moves=tuple(moves)), playing)

    score = 0.09 if found.came == "convict" else 0.49
    assert (found.p, found.exact, found.brier, found.best) == (0.7, pytest.approx(0.5), pytest.approx(score), pytest.approx(0.25))
    mean = calibration(guesses)
    assert mean is not None and mean.distance == pytest.approx(0.04) and mean.brier == found.brier


def test_an_exact_chance_of_a_ruling_is_that_of_the_test() -> None:
    """standing 0.95, no minimization 0.95, no good faith 0.8: granted with 0.722."""
    scenario = courtsim.load("two-track")
    playing = Playing(scenario, 20190222, "defense", guessing=True)
    stand = playing.at([Choose("answer_offer", "reject"), Choose("move_to_suppress", "file")])
    assert Roads(scenario, "defense").odds(stand) == pytest.approx({"grant": 0.95 * 0.95 * 0.8, "deny": 1 - 0.722})


def test_an_id_makes_a_seed_of_its_own() -> None:
    assert seed_from("student 7") == seed_from(" student 7 ") == 340830422
    assert len({seed_from(f"s{n}") for n in range(1000)}) == 1000
    with pytest.raises(WrongInput, match="an empty ID"):
        seed_from("  ")
