"""A rational actor in the other engines: what is worth most to him in the state at hand, at central timing, remembered."""

from __future__ import annotations

from courtsim.case.clocks import DAY
from courtsim.choosers.kinds import Moment
from courtsim.engines.policy import Plan, Prospects, prospects_of
from courtsim.engines.tree import SETTING
from courtsim.errors import WrongInput
from courtsim.scenario.facts import Scenario


class Reason:
    """The best options of an actor by state.

    He knows the state of the case but for what is private to others, and reasons with central delays. Where the tree
    from the opening comes to the same state, its dates count; in a state that only chance in the delays brings about, he
    takes every other running clock as just started and what is hidden from him to be as likely as it was at the opening.
    """

    def __init__(self, scenario: Scenario, actor: str) -> None:
        self.scenario = scenario
        self.actor = actor
        self.prospects = prospects_of(scenario, [actor], [])
        self.masks = self.prospects.tree.masks
        self.forgotten = sum(q.all for key, q in self.masks.questions.items() if key[0] == "answer")
        hidden = [fact for fact, knows in scenario.private.items() if knows != actor]
        self.hidden = sum(self.masks.questions["fact", fact].all for fact in hidden)
        self.known: dict[tuple[int, int], str] = {}
        self._learn(self.prospects)

    def _learn(self, prospects: Prospects) -> None:
        """For each state the option that most of its likelihood chooses."""
        plan = Plan(prospects)
        votes: dict[tuple[int, int], dict[str, float]] = {}
        for n, place in enumerate(prospects.places):
            if place.fork.actor == self.actor and plan.known(n) in plan.choice:
                option = place.fork.codes[plan.choice[plan.known(n)]].option.name
                word = prospects.tree.settings[place.node[SETTING]].word
                found = votes.setdefault((place.step, word & ~self.hidden), {})
                found[option] = found.get(option, 0.0) + place.weight
        for key, options in votes.items():
            self.known.setdefault(key, max(options, key=lambda option: options[option]))

    def best(self, moment: Moment) -> str:
        """The option that is worth most at this moment."""
        step = self.masks.index[moment.step]
        word = self._as_in_trees(moment.word)
        key = (step, self.prospects.tree.relevance.canonical(word) & ~self.hidden)
        if key not in self.known:
            at = (self._may_be(word), int(moment.day) * DAY, step)
            self._learn(prospects_of(self.scenario, [self.actor], [], at=at))
        if key not in self.known:
            raise WrongInput(None, f"{self.actor} finds no way on from {moment.step}", "`courtsim check`")
        chosen = self.known[key]
        return chosen if chosen in moment.lawful else moment.lawful[0]

    def _may_be(self, word: int) -> list[tuple[float, int]]:
        """The state with everything that is hidden from the actor as it may be, and how likely that is."""
        if not self.hidden:
            return [(1.0, word)]
        likely: dict[int, float] = {}
        for root in self.prospects.tree.roots():
            there = word & ~self.hidden | root.word & self.hidden
            likely[there] = likely.get(there, 0.0) + root.p
        return [(p, there) for there, p in likely.items()]

    def _as_in_trees(self, word: int) -> int:
        """The state without the answers behind rulings, which trees keep as beliefs."""
        blank = sum(q.bit(None) for key, q in self.masks.questions.items() if key[0] == "answer")
        return word & ~self.forgotten | blank
