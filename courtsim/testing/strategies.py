"""Strategies for Hypothesis: delays, conditions, procedures, scenarios, commands, ways and histories.

What is drawn is well-formed by construction: it loads, no case gets stuck, every case ends. It shrinks to little: the least
procedure has one step, the least way none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from courtsim.analysis.paths import unusual
from courtsim.case.core import lawful
from courtsim.case.events import Command, Event
from courtsim.case.history import History
from courtsim.case.state import CaseState
from courtsim.engines.simulate import histories as simulated
from courtsim.procedure.law import CLOCK, SPINE, Procedure
from courtsim.scenario.facts import Scenario
from courtsim.testing.following import Course
from courtsim.testing.reading import reading_of
from courtsim.testing.written import WrittenProcedure, WrittenScenario, written_procedure, written_scenario

Plain: TypeAlias = dict[str, Any]

ACTORS = ("judge", "defense", "prosecution", "clerk", CLOCK)
NAMES = ("confer", "inspect", "depose", "notify", "report", "petition")
OPTIONS = ("allow", "refuse", "waive")
LONGEST = 30  # moves of a way
LAST_DAY = 90  # of a drawn procedure: then its clerk closes the case


# -- delays and conditions


def quarters(least: float, most: float) -> SearchStrategy[float]:
    """Multiples of a quarter day: ties between clocks are wanted."""
    return st.integers(round(least * 4), round(most * 4)).map(lambda n: n // 4 if n % 4 == 0 else n / 4)


@st.composite
def delays(draw: DrawFn, least: float = 0.25, most: float = 30.0) -> Any:
    """A delay as files write it, plain; days from *least* to about *most*, never 0 where *least* is above it."""
    low, high = sorted((draw(quarters(least, most)), draw(quarters(least, most))))
    if low == high:
        return draw(st.sampled_from([low, {"fixed": low}]))
    kinds: list[Plain] = [
        {"fixed": low},
        {"uniform": [low, high]},
        {"triangular": [low, low, high]},
        {"exponential": high},
        {"empirical": [low, high, high]},
        {"deadline": int(high) + 1},
    ]
    if low > 0:
        kinds.append({"median": low, "p90": high})
    kind = draw(st.sampled_from(kinds))
    flag = draw(st.sampled_from(["", "", "court_days", *([] if "deadline" in kind else ["roll"])]))
    return kind | ({flag: True} if flag else {})


class Vocabulary:
    """What conditions may name."""

    def __init__(self) -> None:
        self.tracks: dict[str, list[str]] = {}
        self.counters: dict[str, int] = {}
        self.facts: dict[str, tuple[Any, ...]] = {}
        self.switches: dict[str, tuple[Any, ...]] = {}
        self.named: list[str] = []
        self.kinds: list[str] = []
        self.proves = False
        self.offers: list[str] = []
        self.items: list[str] = []

    def condition(self) -> SearchStrategy[Plain]:
        """One or two clauses about what is named here."""
        clauses: list[SearchStrategy[Plain]] = [self._state(track) for track in self.tracks if track != SPINE]
        clauses += [self._counter(counter, cap) for counter, cap in self.counters.items()]
        clauses += [self._fact(fact, values) for fact, values in self.facts.items()]
        clauses += [
            st.sampled_from(values).map(lambda value, name=switch: {"switch": {name: value}})  # type: ignore[misc]
            for switch, values in self.switches.items()
        ]
        if self.named:
            clauses.append(st.sampled_from(self.named).map(lambda name: {"is": name}))
        if self.kinds:
            kind = st.sampled_from(self.kinds).map(lambda kind: {"kind": kind})
            clauses.append(st.one_of(kind, kind.map(lambda like: {"not": like})).map(lambda like: {"offer": like}))
        if self.offers:
            clauses.append(st.sampled_from(self.offers).map(lambda name: {"offer": name}))
        if self.items:
            item = st.tuples(st.sampled_from(self.items), st.booleans())
            clauses.append(item.map(lambda asked: {"admitted": {asked[0]: asked[1]}}))
        if self.proves:
            clauses.append(st.booleans().map(lambda proved: {"prima_facie": proved}))
        clauses.append(self._state(SPINE))
        one = st.one_of(clauses)
        return st.one_of(one, st.tuples(one, one).map(lambda two: {**two[0], **two[1]}))

    def _state(self, track: str) -> SearchStrategy[Plain]:
        states = st.sampled_from(self.tracks[track])
        several = st.lists(states, min_size=1, max_size=2, unique=True)
        asked: SearchStrategy[Any] = st.one_of(states, several, states.map(lambda state: {"not": state}))
        return asked.map(lambda want: {track: want})

    def _counter(self, counter: str, cap: int) -> SearchStrategy[Plain]:
        bounds: list[Any] = [0, {"at_least": 1}, {"at_most": cap - 1}, {"not": cap}]
        return st.sampled_from(bounds).map(lambda bound: {counter: bound})

    def _fact(self, fact: str, values: tuple[Any, ...]) -> SearchStrategy[Plain]:
        wanted = [*values, {"not": values[0]}] if values else [0, {"at_least": 1}, {"at_most": 2}]
        return st.sampled_from(wanted).map(lambda want: {"fact": {fact: want}})


def conditions(law: Procedure | Scenario) -> SearchStrategy[Plain]:
    """A condition as files write it, plain, about what the law names; under a scenario about its offers and evidence too."""
    procedure = law.procedure if isinstance(law, Scenario) else law
    words = Vocabulary()
    words.tracks = {track.name: _prefixes(track.states) for track in procedure.tracks.values()}
    words.counters = dict(procedure.counters)
    words.facts = {fact.name: fact.values for fact in procedure.facts.values()}
    words.switches = {switch.name: switch.values for switch in procedure.switches.values()}
    words.named = list(procedure.conditions)
    words.kinds = list(procedure.offer_kinds)
    words.proves = any(offense.elements for offense in procedure.offenses.values())
    if isinstance(law, Scenario):
        words.offers = list(law.offers)
        words.items = list(law.evidence)
    return words.condition()


def _prefixes(states: Mapping[str, object]) -> list[str]:
    """The states and the dotted names above them."""
    return list(dict.fromkeys(name for state in states for name in (state.partition(".")[0], state)))


# -- procedures


class _Draft:
    """A procedure in the making."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        self.words = Vocabulary()
        self.tree: Plain = {"procedure": "drawn", "title": "A drawn court", "law_as_of": dt.date(2019, 1, 1)}
        self.steps: Plain = {}
        self.side: list[str] = []
        self.ended = 0

    def some(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def coin(self) -> bool:
        return self.draw(st.booleans())

    def made(self) -> Plain:
        self._tracks()
        self._vocabulary()
        if self.coin():
            self._offers()
        if self.coin():
            self._motion()
        for name in NAMES[: self.draw(st.integers(0, 3))]:
            self._step(name)
        self._end()
        self.tree["steps"] = self.steps
        if self.coin():
            self._consequence()
        return self.tree

    def _tracks(self) -> None:
        spine: Plain = {"open": {}}
        if self.coin():
            spine["later"] = {}
        spine |= {"closed.dropped": {"final": True}, "closed.decided": {"final": True, "convicted": True}}
        tracks: Plain = {SPINE: {"start": "open", "states": spine}}
        self.open = [state for state in spine if not state.startswith("closed")]
        self.words.tracks[SPINE] = [*self.open, "closed"]
        for name, states in (("bond", ["none", "set", "posted.cash", "posted.surety"]), ("papers", ["none", "open", "done"])):
            if self.coin():
                kept = states[: self.draw(st.integers(2, len(states)))]
                tracks[name] = {"start": kept[0], "states": {state: {} for state in kept}}
                self.words.tracks[name] = kept
                self.side.append(name)
        self.tree["tracks"] = tracks

    def _vocabulary(self) -> None:
        words = self.words
        if self.coin():
            words.counters = {"tries": self.draw(st.integers(1, 3))}
            self.tree["counters"] = dict(words.counters)
        if self.coin():
            words.facts = {"counsel": ("none", "private"), "priors": ()}
            self.tree["facts"] = {"counsel": {"values": ["none", "private"], "default": "private"}, "priors": {"default": 0}}
        if self.coin():
            words.switches = {"doctrine": ("strict", "loose")}
            self.tree["switches"] = {"doctrine": {"values": ["strict", "loose"], "authority": "drawn"}}
        if self.coin() and (self.side or words.counters or words.facts):
            self.tree["conditions"] = {"quiet": self.draw(words.condition())}
            words.named = ["quiet"]

    def _move(self) -> Plain:
        """Where an option of no particular meaning leads."""
        to: Plain = {}
        if self.side and self.coin():
            track = self.some(*self.side)
            to[track] = self.some(*self.words.tracks[track])
        if self.words.counters and self.coin():
            to["tries"] = self.some(1, -1)
        if len(self.open) > 1 and self.coin():
            to[SPINE] = self.some(*self.open)
        return to

    def _option(self, step: str, name: str, to: Plain, effects: list[Any] | None = None) -> Plain:
        body: Plain = {"event": "".join(word.capitalize() for word in (*step.split("_"), *name.split("_")))}
        body |= {"to": to} if to else {}
        return body | ({"effects": effects} if effects else {})

    def _step(self, name: str) -> None:
        options: Plain = {}
        for option in OPTIONS[: self.draw(st.integers(1, 3))]:
            options[option] = self._option(name, option, self._move())
            if self.coin() and len(options) > 1:
                options[option]["when"] = self.draw(self.words.condition())
        step: Plain = {"by": self.some(*ACTORS), "when": self._when(), "after": self.draw(delays())}
        once = self.some(None, True, "visit")
        step |= {"once": once} if once else {}
        if self.coin():
            step["tolled_when"] = self.draw(self.words.condition())
        if self.coin():
            step["needs"] = {"judge": self.draw(quarters(0.25, 2))}
        if self.steps and self.coin():
            options[OPTIONS[0]]["restarts"] = [self.some(*self.steps)]
        self.steps[name] = step | {"options": options}

    def _when(self) -> Plain:
        """A condition that fails once the case is closed."""
        asked = self.draw(self.words.condition()) if self.coin() else {}
        return {**asked, SPINE: self.some(*self.open, {"not": "closed"})}

    def _offers(self) -> None:
        """The prosecution may offer, the defense answers, the offer lapses."""
        states = ["none", "offered", "rejected", "lapsed"]
        self.tree["tracks"]["plea"] = {"start": "none", "states": {state: {} for state in states}}
        self.words.tracks["plea"] = states
        self.words.kinds = ["plea", "diversion"]
        self.tree["offer_kinds"] = ["plea", "diversion"]
        again = self.some(["none"], ["none", "rejected", "lapsed"])
        offer = self._option("offer", "offer", {"plea": "offered"}, [{"offer": "next"}])
        self.steps["make_offer"] = {
            "by": "prosecution",
            "when": {SPINE: {"not": "closed"}, "plea": again},
            "after": self.draw(delays()),
            "options": {"offer": offer},
        }
        accept = self._option("offer", "accepted", {"plea": "none", SPINE: "closed.decided"}, ["accept_offer"])
        self.steps["answer_offer"] = {
            "by": "defense",
            "when": {"plea": "offered"},
            "after": self.draw(delays()),
            "options": {"accept": accept, "reject": self._option("offer", "rejected", {"plea": "rejected"})},
        }
        self.steps["offer_lapses"] = {
            "by": CLOCK,
            "when": {"plea": "offered"},
            "after": {"offer": "open_for"},
            "options": {"lapse": self._option("offer", "lapsed", {"plea": "lapsed"})},
        }

    def _motion(self) -> None:
        """A motion to suppress, decided by a legal test; the evidence that falls may leave an element unproved."""
        states = ["none", "pending", "granted", "denied"]
        self.tree["tracks"]["motion"] = {"start": "none", "states": {state: {} for state in states}}
        self.words.tracks["motion"] = states
        self.tree["tests"] = {
            "suppression": {
                "questions": {"standing": {"ask": "Standing"}, "cause": {"ask": "Probable cause"}},
                "rule": [{"if": {"standing": "no"}, "then": "deny"}, {"if": {"cause": "no"}, "then": "grant"}, {"then": "deny"}],
            }
        }
        self.tree["offenses"] = {"theft": {"statute": "drawn", "elements": ["act"], "jail_days": {"max": 60}}}
        self.words.proves = self.coin()
        move = self._option("motion", "filed", {"motion": "pending"})
        self.steps["move_to_suppress"] = {
            "by": "defense",
            "when": {SPINE: {"not": "closed"}, "motion": "none"},
            "after": self.draw(delays()),
            "options": {"file": move},
        }
        grant = self._option("motion", "granted", {"motion": "granted"}, [{"suppress": "challenged"}])
        self.steps["rule_on_motion"] = {
            "by": "judge",
            "when": {SPINE: {"not": "closed"}, "motion": "pending"},
            "after": self.draw(delays()),
            "options": {"grant": grant, "deny": self._option("motion", "denied", {"motion": "denied"})},
        }

    def _end(self) -> None:
        """What closes every case on its last day, whatever has happened; perhaps a trial before."""
        if "tests" in self.tree and self.coin():
            sentence = [{"sentence": "verdict"}, {"count": "trial"}]
            self.steps["try_case"] = {
                "by": "jury",
                "when": {SPINE: {"not": "closed"}, "motion": {"not": "pending"}},
                "after": self.draw(delays(10, 60)),
                "options": {
                    "convict": self._option("case", "convicted", {SPINE: "closed.decided"}, sentence),
                    "acquit": self._option("case", "acquitted", {SPINE: "closed.dropped"}, [{"count": "trial"}]),
                },
            }
            if self.words.proves:
                self.steps["try_case"]["options"]["convict"]["when"] = {"prima_facie": True}
        close = self._option("case", "closed", {SPINE: "closed.dropped"})
        self.steps["close"] = {
            "by": "clerk",
            "when": {SPINE: {"not": "closed"}},
            "after": {"fixed": LAST_DAY},
            "options": {"drop": close},
        }

    def _consequence(self) -> None:
        """One that never moves the spine: after the closing event it would open the case again."""
        to = self._move()
        to.pop(SPINE, None)
        if to:
            self.tree["consequences"] = {"follows": {"when": self.draw(self.words.condition()), "to": to, "event": "Followed"}}


@st.composite
def procedures(draw: DrawFn) -> WrittenProcedure:
    """A procedure: tracks, counters, facts, switches, offers, a legal test, evidence that may fall, consequences, tolling, holds.

    Its last step, `close`, ends every case on day 90, so no case gets stuck or goes on for ever. Its `repr` is its YAML.
    """
    return written_procedure(_Draft(draw).made())


# -- scenarios


@st.composite
def scenarios(draw: DrawFn, procedure: Procedure | None = None) -> Scenario:
    """A scenario under a written procedure (None: a drawn one): odds, findings, offers, evidence, facts drawn or fixed."""
    law = draw(procedures()) if procedure is None else procedure
    if not isinstance(law, WrittenProcedure):
        raise TypeError("a scenario is drawn under a procedure of `procedures` or `written_procedure`, which knows its YAML")
    return _scenario(draw, law)


def _scenario(draw: DrawFn, law: WrittenProcedure) -> WrittenScenario:
    tree: Plain = {"scenario": "drawn-case", "procedure": law.name, "title": "A drawn case"}
    tree["starts"] = dt.date(2019, 1, 1) + dt.timedelta(days=draw(st.integers(0, 364)))
    if draw(st.booleans()):
        tree["calendar"] = "US-FL"
    facts = {name: draw(_fact(kind.values)) for name, kind in law.facts.items() if draw(st.booleans())}
    switches = {name: draw(st.sampled_from(switch.values)) for name, switch in law.switches.items() if draw(st.booleans())}
    tree |= {"facts": facts} if facts else {}
    tree |= {"switches": switches} if switches else {}
    if law.offenses:
        offense = draw(st.sampled_from(list(law.offenses.values())))
        tree["charges"] = [{"offense": offense.name}]
        tree["searches"] = {"warrant": {"kind": "warrant", "challenged": True}}
        item: Plain = {"from": ["warrant"], "weight": draw(quarters(0, 3)), "proves": list(offense.elements[:1])}
        tree["evidence"] = {"video": item, "witness": {"weight": 1.0}}
        tree["conviction"] = {"base": draw(quarters(-2, 1))}
        tree["sentencing"] = {"verdict": [{"jail_days": draw(st.integers(0, 60))}]}
    if law.offer_kinds:
        tree["offers"] = {f"offer-{n + 1}": draw(_offer(law)) for n in range(draw(st.integers(1, 3)))}
    words = conditions(law)
    choosers = {
        step.name: draw(_chooser(tuple(step.options), words, law))
        for step in law.steps.values()
        if len(step.options) > 1 and step.by != CLOCK
    }
    for step in law.steps.values():
        if len(step.options) > 1 and step.by == CLOCK:
            choosers[step.name] = draw(_odds(tuple(step.options)))
    tree |= {"choosers": choosers} if choosers else {}
    if law.tests:
        tree["findings"] = {
            test.name: {question: draw(st.sampled_from([0.5, 0.25, True, False])) for question in test.questions}
            for test in law.tests.values()
            if test.questions
        }
    return written_scenario(tree, law)


def _fact(values: tuple[Any, ...]) -> SearchStrategy[Any]:
    if not values:
        return st.one_of(st.integers(0, 3), st.just({"uniform": [0, 3]}))
    drawn = {"odds": {value: 1 / len(values) for value in values}}
    return st.one_of(st.sampled_from(values), st.just(drawn))


def _offer(law: Procedure) -> SearchStrategy[Plain]:
    made = st.fixed_dictionaries(
        {"kind": st.sampled_from(law.offer_kinds), "terms": st.just({"fine": 100})},
        optional={"open_for": st.one_of(quarters(1, 30), st.just({"deadline": 10})), "when": conditions(law)},
    )
    return made.map(dict)


def _odds(options: tuple[str, ...]) -> SearchStrategy[Plain]:
    """Every option has a chance, so whatever is lawful can be chosen."""
    weights = st.lists(st.integers(1, 4), min_size=len(options), max_size=len(options))
    return weights.map(lambda given: {"odds": {o: n / sum(given) for o, n in zip(options, given, strict=True)}})


def _chooser(options: tuple[str, ...], words: SearchStrategy[Plain], law: Procedure) -> SearchStrategy[Plain]:
    odds = _odds(options)
    kinds: list[SearchStrategy[Plain]] = [odds]
    if options == ("convict", "acquit"):
        kinds.append(st.just({"evidence": {"convict": "p", "acquit": "rest"}}))
    if set(options) == {"grant", "deny"} and law.tests:
        kinds.append(st.just({"findings": next(iter(law.tests))}))
    rows = st.tuples(words, odds, odds).map(lambda row: {"rows": [{"when": row[0], **row[1]}, row[2]]})
    return st.one_of(*kinds, rows)


# -- states, commands, ways, histories


def lawful_commands(state: CaseState) -> SearchStrategy[Command]:
    """A command that `decide` accepts in this state. Nothing can be drawn where nothing is lawful."""
    return st.sampled_from([_command(state, *name) for name in lawful(state)]) if lawful(state) else st.nothing()


def unlawful_commands(state: CaseState) -> SearchStrategy[Command]:
    """A command that `decide` refuses in this state: an option whose time it is not, or one that no law has."""
    allowed = set(lawful(state))
    refused = [name for name in state.masks.option_codes if name not in allowed]
    known = {step for step, _ in state.masks.option_codes}
    invented = [(step, "no_such_option") for step in sorted(known)[:3]] + [("no_such_step", "do")]
    return st.sampled_from([_command(state, *name) for name in [*refused, *invented]])


def commands(state: CaseState) -> SearchStrategy[Command]:
    """Lawful and unlawful ones."""
    return st.one_of(lawful_commands(state), unlawful_commands(state))


def _command(state: CaseState, step: str, option: str) -> Command:
    return Command(step=step, option=option, date=state.opening.starts)


@st.composite
def ways(draw: DrawFn, law: Scenario | Procedure) -> Course:
    """A lawful way through a procedure or a scenario, from the start, as `check` walks; `follow(law, way)` goes it."""
    reading = reading_of(law)
    start = draw(st.sampled_from(reading.openings))
    path: list[str] = []
    word = start.word
    for _ in range(draw(st.integers(0, LONGEST))):
        moves = reading.moves(word)
        if not moves:
            break
        move = draw(st.sampled_from(moves))
        path += move.names
        word = move.word
    return Course(tuple(path), *unusual(reading, start))


def histories(scenario: Scenario) -> SearchStrategy[History]:
    """A case of the scenario as the reference engine simulates it, clocks and chance included."""
    return st.integers(1, 10_000).map(lambda seed: next(iter(simulated(scenario, 1, seed))))


def streams(scenario: Scenario) -> SearchStrategy[tuple[Event, ...]]:
    """The event stream of such a case, `CaseOpened` first."""
    return histories(scenario).map(lambda history: history.stream)
