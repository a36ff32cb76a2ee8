"""Plain values to a `Scenario`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from courtsim.case.core import limits
from courtsim.case.opening import Charge, Exemption, Item, Offer, Search
from courtsim.errors import Where, listed, nearest
from courtsim.files import keys
from courtsim.files.arrivals import dates_of
from courtsim.files.keys import LIMITS
from courtsim.files.procedures import procedure_names
from courtsim.files.publicity import publicity
from courtsim.files.resources import resources_of
from courtsim.files.small import (
    EXACT,
    check_rows,
    date,
    delay,
    distribution,
    fields,
    flag,
    identifier,
    mapping,
    number,
    one_of,
    refuse,
    scalar,
    sequence,
    shares,
    shares_with_p,
    shown,
    simple_delay,
    text,
    unknown,
    value_named,
    value_of,
    whole,
    yes,
)
from courtsim.files.sources import sources, stray, stray_sources
from courtsim.files.yaml import Node
from courtsim.procedure.conditions import Clause, Condition, Named, Value, matches_name
from courtsim.procedure.delays import AnyDelay, Delay, DelayRows, Fixed
from courtsim.procedure.law import AmendCharge, LegalTest, Limit, Option, Procedure, Step
from courtsim.scenario.calendar import CourtDays
from courtsim.scenario.caseload import AT_MOST, HORIZON, PRECISION, Arrivals, Caseload, Replications
from courtsim.scenario.facts import (
    ByEvidence,
    ByFindings,
    ByPerson,
    ByReason,
    ByRows,
    ByTable,
    ByTruth,
    Calendar,
    Certain,
    ChooserSpec,
    Conviction,
    Entry,
    Expectation,
    FactOdds,
    FactSpec,
    Logistic,
    Odds,
    Row,
    Scenario,
    SentenceRow,
    TableRow,
)
from courtsim.scenario.outcome import TRUTH
from courtsim.scenario.publicity import Publicity

YEAR = dt.timedelta(days=365)  # so long after its date the law of a procedure is taken to be what it was

MEASURES = (
    "convicted", "days", *LIMITS, "publicity", "trial_held", "court_appearances", "offers_made", "continuances", "appealed",
)  # fmt: skip
# Mappings from names to numbers, by their key: three names that happen to be low, mid and high are no range.
NAMES_TO_NUMBERS = frozenset({"odds", "evidence", "mix", "terms", "day_in", "published", "term", "event", "final"})
AS_WRITTEN = frozenset({"variants", "expect", "sources"})  # what is read later, or not at all


def middles(node: Node, path: tuple[str, ...], found: dict[str, tuple[float, float, float]]) -> Node:
    """The tree with every range at its middle; the ranges go into *found* by their path."""
    if isinstance(node.value, dict):
        if _is_range(node, path):
            low, mid, high = (number(node.value[key]) for key in keys.RANGE)
            if not low <= mid <= high:
                refuse(node, f"{low:g}, {mid:g}, {high:g}", "low, mid, high in that order")
            _refuse_no_chance(node, path)
            found[".".join(path)] = (low, mid, high)
            return Node(node.value["mid"].value, node.where)
        if path[-1:] == ("odds",) and len(path) > 1:
            _refuse_too_likely(node)
        value = {key: n if not path and key in AS_WRITTEN else middles(n, (*path, key), found) for key, n in node.value.items()}
        return Node(value, node.where, node.keys)
    if isinstance(node.value, list):
        return Node([middles(n, (*path, str(i)), found) for i, n in enumerate(node.value)], node.where)
    return node


def _is_range(node: Node, path: tuple[str, ...]) -> bool:
    if node.mapping.keys() != keys.RANGE.keys() or len(path) < 2 or path[-1] in NAMES_TO_NUMBERS:
        return False
    if len(path) == 2 and path[0] in ("findings", "costs", "beliefs", "values"):
        return False
    return not any(isinstance(n.value, dict | list) for n in node.mapping.values())


def _refuse_no_chance(node: Node, path: tuple[str, ...]) -> None:
    """A range of a probability that leaves [0, 1]; where the probability is read, only the middle is seen."""
    if path[-1] in ("p", "withhold") or path[0] == "findings" or path[-2] == "odds":
        for end in keys.RANGE:
            number(node.mapping[end], 0, 1)


def _refuse_too_likely(node: Node) -> None:
    """Odds of which one range, at its high end, leaves the `rest` less than nothing.

    Without a `rest` the others keep their proportions while one of them moves.
    """
    if not any(share.value == "rest" for share in node.mapping.values()):
        return
    ranges = {name: share.mapping for name, share in node.mapping.items() if share.mapping.keys() == keys.RANGE.keys()}
    stated = {name: number(ends["mid"]) for name, ends in ranges.items()}
    stated |= {n: number(s) for n, s in node.mapping.items() if n not in ranges and s.value not in ("rest", "p")}
    for name, ends in ranges.items():
        total = math.fsum(stated.values()) - stated[name] + number(ends["high"])
        if total > 1 + EXACT:
            refuse(ends["high"], f"odds that sum to {total:g} at the high end of {name}", "at most 1, with one `rest`")


def scenario_of(tree: Node, procedure: Procedure) -> Scenario:
    """The scenario that a merged tree states under its procedure. Raises WrongInput with the place."""
    reader = _reader(tree, procedure)
    scenario = reader.scenario()
    reader.refuse_incomplete(scenario)
    return scenario


def try_defaults(defaults: Node, procedure: Procedure) -> None:
    """Reads a procedure's defaults as if they were a scenario; what they lack a scenario may still say."""
    own = {"scenario": procedure.name, "procedure": procedure.name, "title": procedure.title, "starts": "2000-01-01"}
    stated = {key: Node(value, defaults.where) for key, value in own.items()}
    _reader(Node(stated | defaults.mapping, defaults.where, defaults.keys), procedure).scenario()


def _reader(tree: Node, procedure: Procedure) -> _Reader:
    ranges: dict[str, tuple[float, float, float]] = {}
    found = fields(middles(tree, (), ranges), keys.SCENARIO)
    return _Reader(found, tree, procedure, ranges)


class _Reader:
    def __init__(
        self, found: dict[str, Node], tree: Node, procedure: Procedure, ranges: dict[str, tuple[float, float, float]]
    ) -> None:
        self.found = found
        self.tree = tree
        self.procedure = procedure
        self.ranges = ranges
        self.names = procedure_names(procedure)
        self.names.offers = tuple(self._entries("offers"))
        self.names.evidence = tuple(self._entries("evidence"))
        self.actors = _actors(procedure, self._entries("values"))

    def _entries(self, key: str) -> dict[str, Node]:
        return mapping(self.found[key]) if key in self.found else {}

    def _known(self, key: str, what: str, names: Any) -> Iterator[tuple[str, Node]]:
        for name, node in self._entries(key).items():
            if name not in names:
                unknown(self.found[key].at(name), what, name, names)
            yield name, node

    def scenario(self) -> Scenario:
        found, procedure = self.found, self.procedure
        charges = tuple(self._charge(node) for node in sequence(found["charges"])) if "charges" in found else ()
        if "charges" in found and not charges:
            refuse(found["charges"], "an empty list", "at least one charge")
        self.bounds = _bounds(procedure, charges)
        private = {fact: one_of(node, self.actors, "actor") for fact, node in self._known("private", "fact", procedure.facts)}
        latent = procedure.latent
        self.private = private | ({latent.fact: latent.known_to} if latent else {})  # who may ask; the truth is never public
        self._refuse_private_law()
        resources, lawyers = resources_of(found["resources"], procedure, self._public) if "resources" in found else ({}, {})
        scenario = Scenario(
            name=identifier(found["scenario"]),
            title=text(found["title"]),
            procedure=procedure,
            starts=date(found["starts"]),
            summary=text(found["summary"]) if "summary" in found else "",
            documented="documented" in found and flag(found["documented"]),
            calendar=self._calendar(),
            facts={name: self._fact(name, node) for name, node in self._known("facts", "fact", procedure.facts)},
            private=private,
            switches={name: self._switch(name, node) for name, node in self._known("switches", "switch", procedure.switches)},
            charges=charges,
            searches={name: self._search(name, node) for name, node in self._entries("searches").items()},
            evidence={name: self._item(name, node) for name, node in self._entries("evidence").items()},
            conviction=self._conviction(),
            offers={name: self._offer(name, node) for name, node in self._entries("offers").items()},
            choosers={
                name: self._chooser(node, procedure.steps[name])
                for name, node in self._known("choosers", "step", procedure.steps)
            },
            findings={name: self._findings(name, node) for name, node in self._known("findings", "test", procedure.tests)},
            delays={name: self._delay(node) for name, node in self._known("delays", "step", procedure.steps)},
            sentencing=self._sentencing(),
            values={actor: self._values(node) for actor, node in self._entries("values").items()},
            costs=self._costs(),
            beliefs={actor: self._beliefs(node) for actor, node in self._known("beliefs", "actor", self.actors)},
            script=self._script(),
            script_until=date(found["script_until"]) if "script_until" in found else None,
            variants=self._variants(),
            expect=tuple(self._expected(node) for node in sequence(found["expect"])) if "expect" in found else (),
            resources=resources,
            lawyers=lawyers,
            caseload=self._caseload(),
            ranges=self.ranges,
            sources=sources(found.get("sources")),
        )
        self._refuse_circles(scenario)
        scenario = self._with_truth(scenario)
        return replace(scenario, warnings=tuple(self._warnings(scenario)))

    def _warnings(self, scenario: Scenario) -> Iterator[str]:
        yield from stray_sources(self.tree)
        law = scenario.procedure.law_as_of
        if not dt.timedelta(0) <= scenario.starts - law <= YEAR:
            yield (
                f"{self.found['starts'].where}: starts on {scenario.starts}; the law of {scenario.procedure.name} is that of "
                f"{law} and may have been another one then"
            )
        court = CourtDays(scenario.starts, scenario.calendar)
        for node, entry in zip(self._list(self.found, "script"), scenario.script, strict=True):
            if entry.step is not None and not court.sits((entry.on - scenario.starts).days):
                yield f"{node.mapping['on'].where}: {entry.step} on {entry.on}, a day without court"

    def _calendar(self) -> Calendar | None:
        node = self.found.get("calendar")
        if node is None:
            return None
        entries = {"base": node} if isinstance(node.value, str) else fields(node, keys.CALENDAR)
        base = text(entries["base"]) if "base" in entries else None
        if base is not None:
            from courtsim.scenario.calendar import public_holidays

            try:
                public_holidays(base)
            except NotImplementedError:
                refuse(entries["base"], f"the calendar {base!r}", "a country or part of one as US-FL")
        closed = tuple(date(item) for item in sequence(entries["closed"])) if "closed" in entries else ()
        return Calendar(base, closed)

    def _fact(self, name: str, node: Node) -> FactSpec:
        kind = self.procedure.facts[name]
        if isinstance(node.value, dict):
            found = fields(node, keys.DRAWN_FACT)
            if "odds" in found:
                other = [key for key in found if key != "odds"]
                if other:
                    refuse(node.at(other[0]), f"{other[0]!r} beside 'odds'", "one of them")
                return self._fact_odds(name, found["odds"])
            if kind.values:
                refuse(node, f"a distribution for {name}", f"odds, or one of {listed(map(str, kind.values))}")
            return distribution(node)
        return value_of(node, kind.values, name) if kind.values else number(node, kind.at_least)

    def _fact_odds(self, name: str, node: Node) -> FactOdds:
        given = shares(node, None, "value")
        left = max(0.0, 1.0 - sum(share for share in given.values() if not isinstance(share, str)))
        values = self.procedure.facts[name].values
        found: list[tuple[Value, float]] = []
        for word, share in given.items():
            value = value_named(word, node.at(word), values, name)
            if any(value == known and isinstance(value, bool) == isinstance(known, bool) for known, _ in found):
                refuse(node.at(word), f"the value {word!r} again", "each value once")
            found.append((value, left if isinstance(share, str) else share))
        # Luck goes by the order of the law's values, or of numbers: that of the keys of `odds` means nothing.
        found.sort(key=lambda entry: values.index(entry[0]) if values else entry[0])
        return FactOdds(tuple(found))

    def _with_truth(self, scenario: Scenario) -> Scenario:
        """The scenario with its latent fact private to whom the law says; refused where it cannot be stated so."""
        latent = self.procedure.latent
        if latent is None:
            return scenario
        known = scenario.private.get(latent.fact, latent.known_to)
        if known != latent.known_to:
            found = f"{latent.fact!r} as known to {known}"
            refuse(self.found["private"].mapping[latent.fact], found, f"{latent.known_to}, as the procedure says")
        stated, truths = scenario.facts.get(latent.fact), scenario.truths
        if stated is not None and scenario.documented and stated != self.procedure.facts[latent.fact].default:
            node = self.found["facts"].mapping[latent.fact]
            refuse(node, f"{latent.fact!r} stated in a documented case", "no word on it: the record holds no finding")
        if isinstance(stated, FactOdds) and not set(truths) <= {latent.guilty, latent.innocent}:
            node = self.found["facts"].mapping[latent.fact]
            refuse(node, f"odds for {latent.fact!r} beside {latent.guilty} and {latent.innocent}", "these two, or no odds")
        if isinstance(scenario.conviction, ByTruth):
            given = [value for value, _ in scenario.conviction.given]
            if missing := [value for value in truths or (self.procedure.facts[latent.fact].default,) if value not in given]:
                node = self.found["conviction"].mapping["truth"]
                refuse(node, f"no conviction chance where {latent.fact} is {missing[0]}", f"{missing[0]}: {{p: 0.6}}")
        private = {fact: knows for fact, knows in scenario.private.items() if fact != latent.fact}
        return replace(scenario, private=private | ({latent.fact: known} if truths else {}))

    def _switch(self, name: str, node: Node) -> Value:
        return value_of(node, self.procedure.switches[name].values, name)

    # -- charges and evidence

    def _charge(self, node: Node) -> Charge:
        found = fields(node, keys.CHARGE)
        counts = whole(found["counts"], 1) if "counts" in found else 1
        return Charge(one_of(found["offense"], self.procedure.offenses, "offense"), counts)

    def _search(self, name: str, node: Node) -> Search:
        found = fields(node, keys.SEARCH)
        return Search(
            name,
            text(found["kind"]) if "kind" in found else "",
            text(found["label"]) if "label" in found else "",
            "challenged" in found and flag(found["challenged"]),
            tuple(one_of(n, self._entries("evidence"), "item of evidence") for n in self._list(found, "from")),
        )

    def _list(self, found: dict[str, Node], key: str) -> list[Node]:
        return sequence(found[key]) if key in found else []

    def _item(self, name: str, node: Node) -> Item:
        found = fields(node, keys.ITEM)
        if name in self._entries("searches"):
            refuse(self.found["evidence"].at(name), f"{name!r}, which is a search too", "a name of its own")
        known = [*self._entries("searches"), *self._entries("evidence")]
        exemption = None
        if "exception" in found:
            stated = fields(found["exception"], keys.EXCEPTION)
            when = self._public(stated["when"]) if "when" in stated else ()
            exemption = Exemption(text(stated["is"]), when)
        elements = sorted({e for o in self.procedure.offenses.values() for e in o.elements})
        return Item(
            name=name,
            label=text(found["label"]) if "label" in found else "",
            sources=tuple(one_of(n, known, "search or item") for n in self._list(found, "from")),
            either=tuple(one_of(n, known, "search or item") for n in self._list(found, "from_either")),
            weight=number(found["weight"]) if "weight" in found else 0.0,
            proves=tuple(one_of(n, elements, "element") for n in self._list(found, "proves")),
            disclosable="disclosable" in found and flag(found["disclosable"]),
            outside_scope="outside_scope" in found and flag(found["outside_scope"]),
            exemption=exemption,
        )

    def _refuse_circles(self, scenario: Scenario) -> None:
        """Evidence that derives from itself."""
        above = {s.name: s.sources for s in scenario.searches.values()}
        above |= {i.name: (*i.sources, *i.either) for i in scenario.evidence.values()}
        for name in scenario.evidence:
            ahead, seen = list(above[name]), set[str]()
            while ahead:
                one = ahead.pop()
                if one == name:
                    refuse(self.found["evidence"].at(name), f"{name!r} derives from itself", "no circle")
                if one not in seen:
                    seen.add(one)
                    ahead += above[one]

    def _conviction(self) -> Conviction | None:
        node = self.found.get("conviction")
        if node is None:
            return None
        found = fields(node, keys.CONVICTION)
        if len(found) != 1:
            refuse(node, f"{len(found)} ways to convict", "one of base, table, p and truth")
        return self._by_truth(found["truth"]) if "truth" in found else self._convicted(found)

    def _by_truth(self, node: Node) -> ByTruth:
        latent = self.procedure.latent
        if latent is None:
            refuse(node, f"`truth` under {self.procedure.name}, which has no `latent` fact", "base, table or p")
        values = self.procedure.facts[latent.fact].values
        given = []
        for word, stated in mapping(node).items():
            found = fields(stated, keys.CONVICTED)
            if len(found) != 1:
                refuse(stated, f"{len(found)} ways to convict", "one of base, table and p")
            given.append((value_named(word, node.at(word), values, latent.fact), self._convicted(found)))
        return ByTruth(tuple(given))

    def _convicted(self, found: dict[str, Node]) -> Logistic | ByTable | Certain:
        if "base" in found:
            return Logistic(number(found["base"]))
        if "p" in found:
            return Certain(number(found["p"], 0, 1))
        rows = [fields(row, keys.TABLE_ROW) for row in sequence(found["table"])]
        if not rows:
            refuse(found["table"], "an empty list", "at least one row")
        return ByTable(
            tuple(
                TableRow(
                    number(row["p"], 0, 1),
                    tuple(one_of(n, self._entries("evidence"), "item of evidence") for n in self._list(row, "admitted")),
                )
                for row in rows
            )
        )

    # -- offers and choosers

    def _offer(self, name: str, node: Node) -> Offer:
        found = fields(node, keys.OFFER)
        if "open_for" in found and "open_until" in found:
            refuse(node.at("open_until"), "`open_until` beside `open_for`", "one of them")
        kind = one_of(found["kind"], self.procedure.offer_kinds, "offer kind")
        return Offer(
            name=name,
            kind=kind,
            by=one_of(found["by"], self.actors, "actor") if "by" in found else "prosecution",
            when=self._public(found["when"]) if "when" in found else (),
            terms=self._terms(found["terms"], kind) if "terms" in found else (),
            open_for=simple_delay(found["open_for"]) if "open_for" in found else None,
            open_until=date(found["open_until"]) if "open_until" in found else None,
        )

    def _terms(self, node: Node, kind: str) -> tuple[tuple[str, Value], ...]:
        terms: list[tuple[str, Value]] = []
        for name, given in mapping(node).items():
            if name in LIMITS:
                number(given, 0)
                if kind != "diversion":  # the terms of a contract, no sentence of a court
                    self._refuse_above(name, float(number(given)), given)
            elif name == "withhold":
                flag(given)
            terms.append((name, scalar(given)))
        return tuple(terms)

    def _refuse_above(self, part: str, amount: float, node: Node) -> None:
        """A fixed amount that no charge of the case allows."""
        totals = [(amount + limit.mandatory, limit.max) for limit in (bounds[part] for bounds in self.bounds)]
        if all(most is not None and total > most for total, most in totals):
            total, most = totals[0]
            refuse(node, f"{part} of {total:g}", f"at most the statute's {most:g} for all counts")

    def _chooser(self, node: Node, step: Step, table: keys.Keys = keys.CHOOSER) -> ChooserSpec:
        found = fields(node, table)
        kinds = [key for key in found if key in keys.CHOOSER_KINDS]
        if len(kinds) > 1:
            refuse(node.at(kinds[1]), f"{kinds[1]!r} beside {kinds[0]!r}", "one of them")
        if not kinds:
            refuse(node, "a chooser of no kind", listed(keys.CHOOSER_KINDS))
        if "else" in found and kinds[0] != "person":
            refuse(node.at("else"), "`else` without `person`", "it says what to do when nobody plays")
        given = found[kinds[0]]
        match kinds[0]:
            case "odds":
                return Odds(tuple(shares(given, step.options, f"option of {step.name}").items()))
            case "evidence":
                odds = shares_with_p(given, step.options, f"option of {step.name}")
                return ByEvidence(Odds(tuple(odds.items())))
            case "findings":
                return self._by_findings(given, step)
            case "rational":
                return ByReason(one_of(given, self.actors, "actor"))
            case "person":
                otherwise = self._chooser(found["else"], step) if "else" in found else None
                return ByPerson(one_of(given, self.actors, "actor"), otherwise)
        rows = [mapping(item) for item in sequence(given)]
        check_rows(given, rows)
        return ByRows(tuple(self._row(item, step) for item in given.items))

    def _by_findings(self, node: Node, step: Step) -> ByFindings:
        name = one_of(node, self.procedure.tests, "test")
        test, ruled = self.procedure.tests[name], self._ruled(name)
        for ruling in dict.fromkeys(row.then for row in ruled.rule):
            option = test.outcomes.get(ruling, ruling)
            if option not in step.options:
                refuse(node, f"the test {name!r}, whose ruling {ruling!r} names no option of {step.name}", listed(step.options))
        return ByFindings(name)

    def _ruled(self, name: str) -> LegalTest:
        """The test whose rule is applied: on review, the one below."""
        test = self.procedure.tests[name]
        while test.reviews:
            test = self.procedure.tests[test.reviews]
        return test

    def _row(self, node: Node, step: Step) -> Row:
        found = mapping(node)
        when = self.names.condition(found["when"]) if "when" in found else ()
        for fact in self._private_in(when):
            if self.private[fact] != step.by:
                refuse(
                    found["when"],
                    f"the private fact {fact!r}, which {step.by} does not know",
                    f"a chooser of {self.private[fact]}",
                )
        return Row(self._chooser(node, step, keys.CHOOSER_ROW), when)

    def _public(self, node: Node) -> Condition:
        """A condition that no private fact decides."""
        condition = self.names.condition(node)
        for fact in self._private_in(condition):
            refuse(node, f"the private fact {fact!r} outside of the choosers of {self.private[fact]}", "what all may know")
        return condition

    def _private_in(self, condition: Condition) -> Iterator[str]:
        for part in condition:
            if isinstance(part, Clause) and part.subject == "fact" and part.name in self.private:
                yield part.name
            if isinstance(part, Named):
                for name in part.names:
                    yield from self._private_in(self.procedure.conditions[name])

    def _delay(self, node: Node) -> AnyDelay:
        found = delay(node, self.names)
        if isinstance(found, DelayRows):
            for row in node.mapping["rows"].items:
                if "when" in row.mapping:
                    self._public(row.mapping["when"])
        return found

    def _refuse_private_law(self) -> None:
        for step in self.procedure.steps.values():
            for fact in self._private_in(step.when):
                where = self.found["private"].at(fact)
                refuse(where, f"a private fact that the `when` of {step.name} asks", "a fact that only choosers ask")

    def refuse_incomplete(self, scenario: Scenario) -> None:
        """What choosers need and nobody says: answers, a way to convict, a choice; and beliefs about nothing.

        Raises:
            WrongInput: at the chooser, or at `choosers` where there is none.
        """
        for node in self._entries("choosers").values():
            for kind, given in _kinds(node):
                if kind == "evidence" and scenario.conviction is None:
                    refuse(
                        given, "odds of evidence in a scenario without `conviction`", "conviction: {p: 0.6}, a base or a table"
                    )
                if kind == "findings":
                    test = text(given)
                    for question in self._ruled(test).questions:
                        if question not in scenario.findings.get(test, {}):
                            found = f"the test {test!r}, whose question {question!r} nobody answers"
                            refuse(given, found, f"findings.{test}.{question}")
        self._refuse_stray_beliefs()
        self._refuse_undecided(scenario)

    def _refuse_undecided(self, scenario: Scenario) -> None:
        """A step with several options, all open without condition, and nobody who chooses."""
        for step in self.procedure.steps.values():
            if step.name in scenario.choosers or len(step.options) == 1:
                continue
            if sum(not option.when for option in step.options.values()) > 1:
                where = self.tree.at("choosers")
                refuse(where, f"nobody decides {step.name}: it has no chooser and no default", f"choosers.{step.name}")

    # -- findings, sentences, values

    def _findings(self, name: str, node: Node) -> dict[str, float]:
        test = self._ruled(name)
        found: dict[str, float] = {}
        for question, given in mapping(node).items():
            if question not in test.questions:
                unknown(node.at(question), "question", question, test.questions)
            is_answer = isinstance(given.value, bool) or given.value in ("yes", "no")
            found[question] = float(yes(given)) if is_answer else number(given, 0, 1)
        return found

    def _sentencing(self) -> dict[Any, Any]:
        found: dict[str, Any] = {}
        for kind, node in self._known("sentencing", "kind of sentence", keys.SENTENCING):
            if isinstance(node.value, str):
                found[kind] = one_of(node, ("offer",), "sentence")
                continue
            if not isinstance(node.value, list):
                refuse(node, shown(node), "`offer`, or a list of rows")
            rows = [fields(row, keys.SENTENCE_ROW) for row in sequence(node)]
            check_rows(node, rows)
            found[kind] = tuple(self._sentence(row, kind) for row in rows)
        return found

    def _sentence(self, row: dict[str, Node], kind: str) -> SentenceRow:
        amounts: list[tuple[str, Delay]] = []
        for part in LIMITS:
            if part not in row:
                continue
            given = distribution(row[part])
            if isinstance(given.kind, Fixed) and kind != "diversion":
                self._refuse_above(part, given.kind.days, row[part])
            amounts.append((part, given))
        withheld = row.get("withhold")
        withhold = 0.0
        if withheld is not None:
            withhold = float(withheld.value) if isinstance(withheld.value, bool) else number(withheld, 0, 1)
        return SentenceRow(tuple(amounts), withhold, self._public(row["when"]) if "when" in row else ())

    def _values(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, given in fields(node, keys.VALUES).items():
            if key in ("day_in", "published", "term", "event", "final"):
                found[key] = {name: number(n) for name, n in mapping(given).items()}
                for name in found[key]:
                    self._check_valued(key, name, given)
            else:
                found[key] = number(given)
        return found

    def _check_valued(self, key: str, name: str, node: Node) -> None:
        known: dict[str, tuple[str, list[str]]] = {
            "day_in": ("state", self._states()),
            "published": ("item of evidence", list(self._entries("evidence"))),
            "event": ("event", self._events()),
        }
        if key == "final":
            self._check_final(node.at(name), name)
        elif key in known and name not in known[key][1]:
            unknown(node.at(name), known[key][0], name, known[key][1])

    def _check_final(self, where: Where, name: str) -> None:
        ends = self.procedure.disposing()
        if not any(matches_name(state, name) for state in ends):
            unknown(where, "final state", name, ends)

    def _states(self) -> list[str]:
        return [f"{name}.{state}" for name, track in self.procedure.tracks.items() for state in track.states]

    def _events(self) -> list[str]:
        return list(dict.fromkeys(option.event for option in _options(self.procedure)))

    def _step_options(self) -> list[str]:
        return [f"{s.name}.{o}" for s in self.procedure.steps.values() for o in s.options]

    def _costs(self) -> dict[str, dict[str, float]]:
        options = self._step_options() + [f"{c.name}.{c.option.name}" for c in self.procedure.consequences]
        return {
            name: {actor: number(n) for actor, n in mapping(node).items()}
            for name, node in self._known("costs", "option", options)
        }

    def _beliefs(self, node: Node) -> dict[str, Value]:
        return {path: scalar(given) for path, given in mapping(node).items()}

    def _refuse_stray_beliefs(self) -> None:
        """A belief is about something of this scenario."""
        for node in self._entries("beliefs").values():
            for path in mapping(node):
                astray = stray(self.tree, path) if path != "conviction.p" else None
                if astray is not None:
                    found = f"the path {path!r}, which leads nowhere at {astray.part!r}"
                    refuse(node.at(path), found, listed(astray.known), nearest(astray.part, astray.known))

    # -- what later commands read

    def _variants(self) -> tuple[str, ...]:
        for node in self._entries("variants").values():
            fields(node, keys.CHANGE)
        return tuple(self._entries("variants"))

    def _expected(self, node: Node) -> Expectation:
        found = fields(node, keys.EXPECTED)
        if not found.keys() - {"given"}:
            refuse(node, "an expectation of nothing", f"one of {listed(key for key in keys.EXPECTED if key != 'given')}")
        steps, options = list(self.procedure.steps), self._step_options()
        if "given" in found:
            fields(found["given"], keys.CHANGE)
        dated: list[tuple[str, dt.date]] = []
        for event, day in mapping(found["dated"]).items() if "dated" in found else ():
            if event not in self._events():
                unknown(found["dated"].at(event), "event", event, self._events())
            dated.append((event, date(day)))
        solved = self._solved(found["solve"]) if "solve" in found else {}
        return Expectation(
            after=tuple(one_of(item, options, "option") for item in self._list(found, "after")),
            lawful=tuple(one_of(item, [*steps, *options], "step") for item in self._list(found, "lawful")),
            not_lawful=tuple(one_of(item, [*steps, *options], "step") for item in self._list(found, "not_lawful")),
            dated=tuple(dated),
            **solved,
        )

    def _solved(self, node: Node) -> dict[str, tuple[tuple[str, float], ...]]:
        solved: dict[str, tuple[tuple[str, float], ...]] = {}
        for key, table in fields(node, keys.SOLVED).items():
            numbers: list[tuple[str, float]] = []
            for name, given in mapping(table).items():
                numbers.append((name, number(given)))
                if key == "dispositions":
                    self._check_final(table.at(name), name)
                elif key == "reached" and not any(matches_name(state, name) for state in self._states()):
                    unknown(table.at(name), "state", name, self._states())
                elif key == "measures" and name not in self._measures():
                    unknown(table.at(name), "measure", name, self._measures())
            solved[key] = tuple(numbers)
        return solved

    def _measures(self) -> list[str]:
        values = [f"value.{actor}{part}" for actor in self.actors for part in ("", ".process", ".sentence")]
        costs = [f"cost.{actor}" for actor in self.actors]
        held = ["days_in_custody"] if self.procedure.custody() else []
        truth = TRUTH if self.procedure.latent else ()
        return [*MEASURES, *held, *truth, *costs, *values, *(f"days_in.{state}" for state in self._states())]

    def _caseload(self) -> Caseload | None:
        node = self.found.get("caseload")
        if node is None:
            return None
        found = fields(node, keys.CASELOAD)
        if "arrivals" not in found:
            refuse(node, "a caseload without arrivals", "`arrivals: {per_day: 4}` or `arrivals: {file: arrivals.csv}`")
        horizon = number(found["horizon_days"], 1) if "horizon_days" in found else HORIZON
        warm_up = None
        if "warm_up_days" in found and found["warm_up_days"].value != "auto":
            warm_up = number(found["warm_up_days"], 0)
            if warm_up >= horizon:
                refuse(found["warm_up_days"], f"a warm-up of {warm_up:g} days", f"less than the horizon of {horizon:g}")
        arrivals = self._arrivals(found["arrivals"])
        if "publicity" in found and arrivals.dates:
            refuse(found["publicity"], "a crowd behind cases filed on stated dates", "arrivals `per_day`")
        return Caseload(
            arrivals=arrivals,
            mix=_mix(found["mix"]) if "mix" in found else (),
            horizon_days=horizon,
            warm_up_days=warm_up,
            replications=_replications(found["replications"]) if "replications" in found else Replications(),
            active=self._public(found["active"]) if "active" in found else (),
            publicity=self._publicity(found["publicity"], horizon) if "publicity" in found else None,
        )

    def _publicity(self, node: Node, horizon: float) -> Publicity:
        sourced = mapping(self.found["sources"]) if "sources" in self.found else ()
        return publicity(node, self.procedure, date(self.found["starts"]), horizon, sourced)

    def _arrivals(self, node: Node) -> Arrivals:
        found = fields(node, keys.ARRIVALS)
        if ("per_day" in found) == ("file" in found):
            refuse(node, "arrivals with both" if found else "arrivals with neither", "`per_day` or `file`")
        if "file" in found:
            for key in ("by_month", "by_year", "weekdays_only"):
                if key in found:
                    refuse(found[key], f"`{key}` beside a file, which has its dates", "`per_day`, or the file alone")
            return Arrivals(dates=dates_of(found["file"], date(self.found["starts"])))
        months = tuple(number(month, 0) for month in self._list(found, "by_month"))
        if "by_month" in found and len(months) != 12:
            refuse(found["by_month"], f"{len(months)} numbers", "12 numbers, one a month")
        per_day = number(found["per_day"], 0)
        if not per_day or (months and not any(months)):
            refuse(node, "arrivals of no cases at all", "more than 0 a day")
        years = _by_year(found["by_year"]) if "by_year" in found else ()
        return Arrivals(per_day, months, years, "weekdays_only" in found and flag(found["weekdays_only"]))

    # -- the script

    def _script(self) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        last: dt.date | None = None
        for node in sequence(self.found["script"]) if "script" in self.found else []:
            entry = self._entry(node)
            if entry.step is not None:
                if entry.on < date(self.found["starts"]):
                    refuse(
                        node.get("on") or node,
                        f"a step on {entry.on}, before the case starts",
                        "a note, or a later date",
                    )
                if last is not None and entry.on < last:
                    refuse(node.get("on") or node, f"{entry.on} after {last}", "dates that do not decrease")
                last = entry.on
            entries.append(entry)
        return tuple(entries)

    def _entry(self, node: Node) -> Entry:
        found = fields(node, keys.ENTRY)
        if ("step" in found) == ("note" in found):
            refuse(
                node,
                "an entry that is both step and note" if "step" in found else "neither step nor note",
                "one of them",
            )
        step = one_of(found["step"], self.procedure.steps, "step") if "step" in found else None
        choose = None
        if "choose" in found:
            if step is None:
                refuse(node.at("choose"), "a note that chooses", "a step")
            choose = one_of(found["choose"], self.procedure.steps[step].options, f"option of {step}")
        answers = mapping(found["findings"]) if "findings" in found else {}
        questions = {q for t in self.procedure.tests.values() for q in t.questions}
        for question in answers:
            if question not in questions:
                unknown(found["findings"].at(question), "question", question, sorted(questions))
        return Entry(
            on=date(found["on"]),
            step=step,
            choose=choose,
            note=text(found["note"]) if "note" in found else None,
            by=text(found["by"]) if "by" in found else None,
            rule=text(found["rule"]) if "rule" in found else None,
            source=text(found["source"]) if "source" in found else None,
            mark=one_of(found["mark"], keys.MARKS, "mark") if "mark" in found else None,  # type: ignore[arg-type]
            about="about" in found and flag(found["about"]),
            findings=tuple((question, yes(given)) for question, given in answers.items()),
        )


def _mix(node: Node) -> tuple[tuple[str, float], ...]:
    stated = shares(node, None, "scenario")
    rest = 1 - math.fsum(share for share in stated.values() if not isinstance(share, str))
    return tuple((name, rest if isinstance(share, str) else share) for name, share in stated.items())


def _by_year(node: Node) -> tuple[tuple[int, float], ...]:
    """The factors of the years, in the order of time."""
    found = []
    for name, factor in mapping(node).items():
        if not (name.isascii() and name.isdigit() and len(name) == 4):
            refuse(factor, f"the year {name!r}", "a year as 2015")
        found.append((int(name), number(factor, 0)))
    return tuple(sorted(found))


def _replications(node: Node) -> Replications:
    if not isinstance(node.value, dict):
        return Replications(None, whole(node, 2))
    parts = fields(node, keys.REPLICATIONS)
    precision = number(parts["precision"], 0) if "precision" in parts else PRECISION
    if not precision:
        refuse(parts["precision"], "a precision of 0, which no number of replications reaches", "as 0.05")
    return Replications(precision, whole(parts["at_most"], 2) if "at_most" in parts else AT_MOST)


def _kinds(chooser: Node) -> Iterator[tuple[str, Node]]:
    """Every kind of chooser in a chooser, those of its rows and of `else` included."""
    for key, node in chooser.mapping.items():
        if key == "rows":
            for row in node.items:
                yield from _kinds(row)
        elif key == "else":
            yield from _kinds(node)
        elif key != "when":
            yield key, node


def _options(procedure: Procedure) -> Iterator[Option]:
    for step in procedure.steps.values():
        yield from step.options.values()
    for consequence in procedure.consequences:
        yield consequence.option


def _actors(procedure: Procedure, valued: Iterable[str]) -> list[str]:
    """Everyone who acts under the procedure, and those to whom outcomes are worth something."""
    return list(dict.fromkeys([*(step.by for step in procedure.steps.values()), *valued]))


def _bounds(procedure: Procedure, charges: Iterable[Charge]) -> list[dict[str, Limit]]:
    """What the statutes allow for all counts: as charged, and as every amendment of the procedure would have it."""
    amended = [e for option in _options(procedure) for e in option.effects if isinstance(e, AmendCharge)]
    charged = [(c.offense, c.counts) for c in charges]
    cases = [charged]
    cases += [[(e.to_offense if name == e.from_offense else name, n) for name, n in charged] for e in amended]
    return [limits([(procedure.offenses[name], n) for name, n in case]) for case in cases]
