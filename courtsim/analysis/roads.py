"""What the roads not taken were worth: exactly, from the moment of each choice, and in the fork with the same luck.

Exactly means: what follows is decided as the scenario decides it, at central timing from that moment on, and judged on
what the seat could know then. A fork is the same case, luck and all, with one answer changed; the player's later answers
are kept wherever the same step asks again and they are lawful there, elsewhere the scenario decides.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from courtsim.analysis.play import Choose, Game, Guess, Playing, Stand, Undo, docket_of, standing, with_deputy
from courtsim.case.history import History
from courtsim.choosers.kinds import Choice, Chooser, Luck, Moment
from courtsim.engines.midway import begun, chances
from courtsim.engines.policy import certainty_equivalent
from courtsim.engines.relevance import Relevance
from courtsim.engines.simulate import Bench, Walk
from courtsim.engines.solve import Solved, onward
from courtsim.engines.tree import Tree
from courtsim.errors import NotAvailable
from courtsim.scenario.facts import FactOdds, Scenario
from courtsim.scenario.outcome import Outcome, outcome

WITHIN = 3e-3  # probability that may stay unfollowed: shares and dollars are shown with two digits


class Road(Struct, frozen=True):
    """What an option was worth: how likely each end of the case was after it, and dollars by the seat's values.

    Attributes:
        value: expected dollars (the certainty equivalent, where the seat is averse to risk and the tree small enough to
            know); None where the scenario states no values for the seat.
        truncated: the probability that was not followed.
    """

    option: str
    dispositions: Mapping[str, float]
    value: float | None
    truncated: float = 0.0


class Fork(Struct, frozen=True):
    """How the same case ended, with the same luck, after another option.

    Attributes:
        yours: how many of the player's later answers still applied.
        others: how many questions of the seat the scenario decided instead.
    """

    option: str
    disposition: str
    value: float | None
    yours: int
    others: int


class Juncture(Struct, frozen=True):
    """One choice of the player, and what each option was worth there.

    Attributes:
        regret: dollars by which the best option was worth more than the one chosen; 0 where the difference is within
        doubt: dollars by which what was not followed of the tree could move it; None without values.
        why_not: why there are no exact numbers, if there are none.
    """

    step: str
    date: dt.date
    day: float
    chosen: str
    roads: tuple[Road, ...] = ()
    regret: float | None = None
    doubt: float = 0.0
    forks: tuple[Fork, ...] = ()
    why_not: str = ""


class Called(Struct, frozen=True):
    """A guess and what came of it.

    Attributes:
        p: what the player said, and
        exact: the probability by the scenario's own odds at that moment, that the step ends in `option`.
        came: what it ended in.
        brier: (p - outcome) squared, the outcome being 1 or 0 (Brier 1950); less is better.
        best: the same of the exact probability.
    """

    step: str
    date: dt.date
    option: str
    p: float
    reason: str
    exact: float
    came: str
    brier: float
    best: float


class Calibration(Struct, frozen=True):
    """All guesses of a game: mean Brier scores of the player and of the exact odds, and how far apart the two are."""

    brier: float
    best: float
    distance: float  # mean of (p - exact) squared


class Roads:
    """The exact futures of a scenario for one seat; its tree serves all questions of a game.

    Args:
        scenario: as it is, or as the seat believes it to be.
    """

    def __init__(self, scenario: Scenario, seat: str, within: float = WITHIN) -> None:
        self.scenario, _ = with_deputy(scenario, seat)
        self.seat = seat
        self.within = within
        bench = Bench(self.scenario)
        days = {("track", state.partition(".")[0]) for stated in scenario.values.values() for state in stated.get("day_in", {})}
        self.tree = Tree(bench, Relevance(bench, days, days, sums=True))
        self.hidden = frozenset(fact for fact in hidden_from(seat, scenario) if isinstance(scenario.facts.get(fact), FactOdds))

    def at(self, stand: Stand, progress: Callable[[int], None] | None = None) -> tuple[Road, ...]:
        """What each lawful option is worth at the question at which a game stands.

        Hidden facts are weighed by their odds; one that is stated without odds is taken as it is.

        Raises:
            NotAvailable: inside a script.
            WrongInput: the tree is too large.
        """
        found = []
        for way in stand.page.ways:
            solved = onward(self.tree, begun(stand.walk, self.tree, stand.page.step, way.option, self.hidden), within=self.within)
            ends = {end: p for end, p in solved.dispositions.items() if p > 0}
            followed = math.fsum(ends.values()) or 1.0
            shares = {end: p / followed for end, p in ends.items()}
            found.append(Road(way.option, shares, self._value(solved), solved.truncated))
            if progress is not None:
                progress(1)
        return tuple(found)

    def odds(self, stand: Stand) -> dict[str, float]:
        """How likely each outcome of the step is at which a game stands, by the scenario's odds and what the seat knows."""
        return chances(stand.walk, self.tree, stand.page.step, self.hidden)

    def _value(self, solved: Solved) -> float | None:
        name = f"value.{self.seat}"
        aversion = float(self.scenario.values.get(self.seat, {}).get("risk_aversion", 0.0))
        if aversion and name in solved.distributions:
            return certainty_equivalent([(p, value) for value, p in solved.distributions[name]], aversion)
        return solved.measures.get(name)


def hidden_from(seat: str, scenario: Scenario) -> list[str]:
    """The facts that are private to others."""
    return [fact for fact, knows in scenario.private.items() if knows != seat]


def hint(game: Game, playing: Playing, progress: Callable[[int], None] | None = None) -> tuple[Road, ...]:
    """What each option is worth by what the seat knows and believes; later choices as the scenario makes them.

    Raises:
        NotAvailable: nothing is asked, or the scenario does not say enough.
    """
    stand = playing.at(game.moves)
    if stand.page.asks != "choice":
        raise NotAvailable("a hint is for a choice of your own")
    stated = [game.scenario.facts.get(fact) for fact in hidden_from(game.seat, game.scenario)]
    if any(spec is not None and not isinstance(spec, FactOdds) for spec in stated):
        raise NotAvailable("no hint: the scenario states no odds for what this seat cannot know")
    return Roads(game.scenario.believed.get(game.seat, game.scenario), game.seat).at(stand, progress)


def junctures(game: Game, playing: Playing, progress: Callable[[int], None] | None = None) -> tuple[Juncture, ...]:
    """Every choice that stands, with what its options were worth. *progress* is called with the number of options done."""
    roads = Roads(game.scenario, game.seat)
    choices, guesses = game.choices, game.guesses
    found: list[Juncture] = []
    for n, choice in enumerate(choices):
        stand = playing.at([*guesses, *choices[:n]])
        worth: tuple[Road, ...] = ()
        why_not = ""
        try:
            worth = roads.at(stand, progress)
        except NotAvailable as fault:
            why_not = str(fault)
        forks = tuple(fork(game, playing, n, way.option) for way in stand.page.ways if way.option != choice.option)
        doubt = doubt_of(worth)
        regret = _regret(worth, choice.option, doubt)
        found.append(Juncture(choice.step, stand.page.date, stand.page.day, choice.option, worth, regret, doubt, forks, why_not))
    return tuple(found)


def doubt_of(worth: Sequence[Road]) -> float:
    """Dollars within which two options cannot be told apart: what was not followed of either, were it worth twice as much."""
    values = [abs(road.value) for road in worth if road.value is not None]
    return 2 * max(values) * max(road.truncated for road in worth) if values else 0.0


def _regret(worth: Sequence[Road], chosen: str, doubt: float) -> float | None:
    values = {road.option: road.value for road in worth if road.value is not None}
    if chosen not in values:
        return None
    found = max(values.values()) - values[chosen]
    return found if found > doubt else 0.0


def fork(game: Game, playing: Playing, n: int, option: str) -> Fork:
    """The same case with the same luck, choice number *n* (from 0) being *option* instead."""
    before, later = list(game.choices[:n]), list(game.choices[n + 1 :])
    changed = False
    yours = others = 0

    def answer(moment: Moment, luck: Luck, own: Chooser) -> Choice:
        nonlocal changed, yours, others
        if before:
            return Choice(before.pop(0).option)
        if not changed:
            changed = True
            return Choice(option)
        same = next((choice for choice in later if choice.step == moment.step), None)
        if same is not None:
            later.remove(same)
            if same.option in moment.lawful:
                yours += 1
                return Choice(same.option)
        others += 1
        return own.choose(moment, luck)

    ended = ending(playing.scenario, playing.follow(answer).walk)
    value = ended.measures.get(f"value.{game.seat}")
    return Fork(option, ended.disposition, None if value is None else float(value), yours, others)


def ending(scenario: Scenario, walk: Walk) -> Outcome:
    """How a case that has been walked to its end came out."""
    return outcome(scenario, History(walk.masks, walk.opening, walk.case, walk.happenings, walk.word))


def called(game: Game, playing: Playing) -> tuple[Called, ...]:
    """Every guess that was made, also on a course that was later undone, with the odds of its moment and what came of it."""
    roads = Roads(game.scenario, game.seat)
    made = [(game.moves[:n], move) for n, move in enumerate(game.moves) if isinstance(move, Guess)]
    return tuple(_called(roads, playing, before, guess) for before, guess in made)


def _called(roads: Roads, playing: Playing, before: Sequence[Choose | Guess | Undo], guess: Guess) -> Called:
    stand = playing.at(before)
    exact = roads.odds(stand).get(guess.option, 0.0)
    happened = len(stand.walk.happenings)
    earlier = [move for move in before if isinstance(move, Guess)]
    after = playing.at([*earlier, guess, *standing(before)])
    came = docket_of(after.walk)[happened].option
    truth = float(came == guess.option)
    return Called(
        step=guess.step,
        date=stand.page.date,
        option=guess.option,
        p=guess.p,
        reason=guess.reason,
        exact=exact,
        came=came,
        brier=(guess.p - truth) ** 2,
        best=(exact - truth) ** 2,
    )


def calibration(guesses: Sequence[Called]) -> Calibration | None:
    """The scores of all guesses; None where there are none."""
    if not guesses:
        return None
    n = len(guesses)
    return Calibration(
        brier=math.fsum(guess.brier for guess in guesses) / n,
        best=math.fsum(guess.best for guess in guesses) / n,
        distance=math.fsum((guess.p - guess.exact) ** 2 for guess in guesses) / n,
    )
