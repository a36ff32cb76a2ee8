"""Plain values to a `Scenario`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from courtsim.case.core import limits
from courtsim.case.opening import Charge, Exemption, Item, Offer, Search
from courtsim.errors import listed
from courtsim.files.procedures import LIMITS, procedure_names, sources
from courtsim.files.small import (
    check_rows,
    date,
    delay,
    fields,
    flag,
    mapping,
    number,
    one_of,
    refuse,
    scalar,
    sequence,
    shares,
    simple_delay,
    text,
    unknown,
    whole,
    yes,
)
from courtsim.files.yaml import Node
from courtsim.procedure.conditions import Clause, Value
from courtsim.procedure.delays import Delay, Fixed
from courtsim.procedure.law import Procedure, Step
from courtsim.scenario.facts import (
    ByEvidence,
    ByFindings,
    ByPerson,
    ByReason,
    ByRows,
    ByTable,
    Calendar,
    Certain,
    ChooserSpec,
    Conviction,
    Entry,
    FactOdds,
    FactSpec,
    Logistic,
    Odds,
    Row,
    Scenario,
    SentenceRow,
    TableRow,
)

KEYS = (
    "scenario", "procedure", "extends", "title", "summary", "starts", "calendar", "facts", "private", "switches", "charges",
    "searches", "evidence", "conviction", "offers", "choosers", "findings", "delays", "sentencing", "values", "costs",
    "beliefs", "variants", "expect", "sources", "script", "script_until", "resources", "caseload",
)  # fmt: skip
CHOOSERS = ("odds", "rows", "findings", "evidence", "rational", "person")
VALUES = (
    "conviction", "jail_day", "probation_day", "dollar", "community_service_hour", "day_pending", "day_in", "appearance",
    "trial", "published", "publicity", "term", "event", "final", "risk_aversion",
)  # fmt: skip
MARKS = ("verified", "recalled", "derived")
ENTRY = ("on", "step", "choose", "note", "by", "rule", "source", "mark", "about", "findings")


def middles(node: Node, path: str, found: dict[str, tuple[float, float, float]]) -> Node:
    """The tree with every range at its middle; the ranges go into *found* by their path."""
    if isinstance(node.value, dict):
        if set(node.value) == {"low", "mid", "high"}:
            low, mid, high = (number(node.value[key]) for key in ("low", "mid", "high"))
            if not low <= mid <= high:
                refuse(node, f"{low:g}, {mid:g}, {high:g}", "low, mid, high in that order")
            found[path] = (low, mid, high)
            return Node(mid, node.where)
        value = {key: middles(n, f"{path}.{key}" if path else key, found) for key, n in node.value.items()}
        return Node(value, node.where, node.keys)
    if isinstance(node.value, list):
        return Node([middles(n, f"{path}.{i}", found) for i, n in enumerate(node.value)], node.where)
    return node


def scenario_of(tree: Node, procedure: Procedure) -> Scenario:
    """The scenario that a merged tree states under its procedure. Raises WrongInput with the place."""
    ranges: dict[str, tuple[float, float, float]] = {}
    found = fields(middles(tree, "", ranges), KEYS, ("scenario", "procedure", "title", "starts"))
    return _Reader(found, tree, procedure).scenario(ranges)


class _Reader:
    def __init__(self, found: dict[str, Node], tree: Node, procedure: Procedure) -> None:
        self.found = found
        self.tree = tree
        self.procedure = procedure
        self.names = procedure_names(procedure)
        self.names.offers = tuple(self._entries("offers"))
        self.names.evidence = tuple(self._entries("evidence"))

    def _entries(self, key: str) -> dict[str, Node]:
        return mapping(self.found[key]) if key in self.found else {}

    def _known(self, key: str, what: str, names: Any) -> Iterator[tuple[str, Node]]:
        for name, node in self._entries(key).items():
            if name not in names:
                unknown(self.found[key].at(name), what, name, names)
            yield name, node

    def scenario(self, ranges: dict[str, tuple[float, float, float]]) -> Scenario:
        found, procedure = self.found, self.procedure
        charges = tuple(self._charge(node) for node in sequence(found["charges"])) if "charges" in found else ()
        self.charges = charges
        private = {fact: text(node) for fact, node in self._known("private", "fact", procedure.facts)}
        self.private = private
        self._refuse_private_law()
        scenario = Scenario(
            name=text(found["scenario"]),
            title=text(found["title"]),
            procedure=procedure,
            starts=date(found["starts"]),
            summary=text(found["summary"]) if "summary" in found else "",
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
            delays={name: delay(node, self.names) for name, node in self._known("delays", "step", procedure.steps)},
            sentencing=self._sentencing(),
            values={actor: self._values(node) for actor, node in self._entries("values").items()},
            costs=self._costs(),
            beliefs={
                actor: {path: scalar(n) for path, n in mapping(node).items()} for actor, node in self._entries("beliefs").items()
            },
            script=self._script(),
            script_until=date(found["script_until"]) if "script_until" in found else None,
            variants=tuple(self._entries("variants")),
            expect=tuple(plain(item) for item in sequence(found["expect"])) if "expect" in found else (),
            resources={name: plain(node) for name, node in self._entries("resources").items()},
            caseload={name: plain(node) for name, node in self._entries("caseload").items()},
            ranges=ranges,
            sources=sources(found.get("sources")),
        )
        self._refuse_circles(scenario)
        self._refuse_undecided(scenario)
        return scenario

    def _calendar(self) -> Calendar | None:
        node = self.found.get("calendar")
        if node is None:
            return None
        entries = {"base": node} if isinstance(node.value, str) else fields(node, ("base", "closed"))
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
        if isinstance(node.value, dict) and "odds" in node.value:
            table = fields(node, ("odds",))["odds"]
            by_word = {"true": True, "false": False} if any(isinstance(v, bool) for v in kind.values) else {}
            given = shares(table, None, "value")
            values: list[tuple[Value, float]] = []
            left = 1.0 - sum(share for share in given.values() if isinstance(share, float))
            for word, share in given.items():
                value: Value = by_word.get(word, word)
                if not kind.values:
                    value = _number_word(word, table)
                elif value not in kind.values:
                    unknown(table.at(word), f"value of {name}", word, map(str, kind.values))
                values.append((value, share if isinstance(share, float) else left))
            return FactOdds(tuple(values))
        if isinstance(node.value, dict):
            if kind.values:
                refuse(node, f"a delay for {name}", listed(map(str, kind.values)))
            return simple_delay(node)
        if kind.values:
            if not any(node.value == v and isinstance(node.value, bool) == isinstance(v, bool) for v in kind.values):
                unknown(node, f"value of {name}", node.value, map(str, kind.values))
            return scalar(node)
        return number(node)

    def _switch(self, name: str, node: Node) -> Value:
        if node.value not in self.procedure.switches[name].values:
            unknown(node, f"value of {name}", node.value, map(str, self.procedure.switches[name].values))
        return scalar(node)

    # -- charges and evidence

    def _charge(self, node: Node) -> Charge:
        found = fields(node, ("offense", "counts"), ("offense",))
        counts = whole(found["counts"], 1) if "counts" in found else 1
        return Charge(one_of(found["offense"], self.procedure.offenses, "offense"), counts)

    def _search(self, name: str, node: Node) -> Search:
        found = fields(node, ("kind", "label", "challenged", "from"))
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
        found = fields(node, ("label", "from", "from_either", "weight", "proves", "disclosable", "outside_scope", "exception"))
        known = [*self._entries("searches"), *self._entries("evidence")]
        exemption = None
        if "exception" in found:
            stated = fields(found["exception"], ("is", "when"), ("is",))
            when = self.names.condition(stated["when"]) if "when" in stated else ()
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
        found = fields(node, ("base", "table", "p"))
        if len(found) != 1:
            refuse(node, f"{len(found)} ways to convict", "base, table or p")
        if "base" in found:
            return Logistic(number(found["base"]))
        if "p" in found:
            return Certain(number(found["p"], 0, 1))
        rows = [fields(row, ("admitted", "p"), ("p",)) for row in sequence(found["table"])]
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
        found = fields(node, ("kind", "by", "when", "terms", "open_for", "open_until", "label"), ("kind",))
        if "open_for" in found and "open_until" in found:
            refuse(node.at("open_until"), "`open_until` beside `open_for`", "one of them")
        terms = mapping(found["terms"]) if "terms" in found else {}
        open_for = simple_delay(found["open_for"]) if "open_for" in found else None
        return Offer(
            name=name,
            kind=one_of(found["kind"], self.procedure.offer_kinds, "offer kind"),
            by=text(found["by"]) if "by" in found else "prosecution",
            when=self.names.condition(found["when"]) if "when" in found else (),
            terms=tuple((term, scalar(value)) for term, value in terms.items()),
            open_for=open_for,
            open_until=date(found["open_until"]) if "open_until" in found else None,
        )

    def _chooser(self, node: Node, step: Step, also: tuple[str, ...] = ()) -> ChooserSpec:
        found = fields(node, (*CHOOSERS, "else", *also))
        kinds = [key for key in CHOOSERS if key in found]
        if len(kinds) != 1:
            refuse(node, f"a chooser of {len(kinds)} kinds", listed(CHOOSERS))
        if "else" in found and kinds[0] != "person":
            refuse(node.at("else"), "`else` without `person`", "it says what to do when nobody plays")
        given = found[kinds[0]]
        match kinds[0]:
            case "odds":
                return Odds(tuple(shares(given, step.options, f"option of {step.name}").items()))  # type: ignore[arg-type]
            case "evidence":
                odds = shares(given, step.options, f"option of {step.name}", ("rest", "p"))
                if "p" not in odds.values():
                    refuse(given, "no `p`", "one option that takes the conviction probability")
                return ByEvidence(Odds(tuple(odds.items())))  # type: ignore[arg-type]
            case "findings":
                return ByFindings(one_of(given, self.procedure.tests, "test"))
            case "rational":
                return ByReason(text(given))
            case "person":
                return ByPerson(text(given), self._chooser(found["else"], step) if "else" in found else None)
        rows = [mapping(item) for item in sequence(given)]
        check_rows(given, rows)
        return ByRows(tuple(self._row(item, step) for item in given.items))

    def _row(self, node: Node, step: Step) -> Row:
        found = mapping(node)
        when = self.names.condition(found["when"]) if "when" in found else ()
        for part in when:
            if isinstance(part, Clause) and part.subject == "fact" and self.private.get(part.name, step.by) != step.by:
                refuse(found["when"], f"{step.by} does not know the private fact {part.name!r}", self.private[part.name])
        return Row(self._chooser(node, step, ("when",)), when)

    def _refuse_private_law(self) -> None:
        for step in self.procedure.steps.values():
            for part in step.when:
                if isinstance(part, Clause) and part.subject == "fact" and part.name in self.private:
                    where = self.found["private"].at(part.name)
                    refuse(where, f"a private fact that the `when` of {step.name} asks", "a fact that only choosers ask")

    def _refuse_undecided(self, scenario: Scenario) -> None:
        """A step with several options, all open without condition, and nobody who chooses."""
        for step in self.procedure.steps.values():
            if step.name in scenario.choosers or len(step.options) == 1:
                continue
            if sum(not option.when for option in step.options.values()) > 1:
                where = self.found["choosers"].where if "choosers" in self.found else self.tree.where
                refuse(where, f"nobody decides {step.name}: it has no chooser and no default", f"choosers.{step.name}")

    # -- findings, sentences, values

    def _findings(self, name: str, node: Node) -> dict[str, float]:
        test = self.procedure.tests[name]
        while test.reviews:
            test = self.procedure.tests[test.reviews]
        found: dict[str, float] = {}
        for question, given in mapping(node).items():
            if question not in test.questions:
                unknown(node.at(question), "question", question, test.questions)
            is_answer = isinstance(given.value, bool) or given.value in ("yes", "no")
            found[question] = float(yes(given)) if is_answer else number(given, 0, 1)
        return found

    def _sentencing(self) -> dict[Any, Any]:
        found: dict[str, Any] = {}
        for kind, node in self._known("sentencing", "kind of sentence", ("plea", "verdict", "diversion")):
            if isinstance(node.value, str):
                found[kind] = one_of(node, ("offer",), "sentence")
                continue
            rows = [fields(row, ("when", "withhold", *LIMITS)) for row in sequence(node)]
            check_rows(node, rows)
            found[kind] = tuple(self._sentence(row, kind) for row in rows)
        return found

    def _sentence(self, row: dict[str, Node], kind: str) -> SentenceRow:
        amounts: list[tuple[str, Delay]] = []
        charged = [(self.procedure.offenses[c.offense], c.counts) for c in self.charges]
        bounds = limits(charged)
        for part in LIMITS:
            if part not in row:
                continue
            given = simple_delay(row[part])
            limit = bounds[part]
            if isinstance(given.kind, Fixed) and kind != "diversion" and limit.max is not None:
                total = given.kind.days + limit.mandatory
                if total > limit.max:
                    refuse(row[part], f"{part} of {total:g}", f"at most the statute's {limit.max:g} for all counts")
            amounts.append((part, given))
        withheld = row.get("withhold")
        withhold = 0.0
        if withheld is not None:
            withhold = float(withheld.value) if isinstance(withheld.value, bool) else number(withheld, 0, 1)
        return SentenceRow(tuple(amounts), withhold, self.names.condition(row["when"]) if "when" in row else ())

    def _values(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, given in fields(node, VALUES).items():
            if key in ("day_in", "published", "term", "event", "final"):
                found[key] = {name: number(n) for name, n in mapping(given).items()}
                for name in found[key]:
                    self._check_valued(key, name, given)
            else:
                found[key] = number(given)
        return found

    def _check_valued(self, key: str, name: str, node: Node) -> None:
        procedure = self.procedure
        spine = procedure.tracks["case"].states
        known: dict[str, list[str]] = {
            "day_in": [f"{t}.{s}" for t, track in procedure.tracks.items() for s in track.states],
            "published": list(self._entries("evidence")),
            "final": [*spine, *(s.rpartition(".")[0] for s in spine if "." in s)],
        }
        if key in known and name not in known[key]:
            unknown(node.at(name), key, name, known[key])

    def _costs(self) -> dict[str, dict[str, float]]:
        options = [f"{s.name}.{o}" for s in self.procedure.steps.values() for o in s.options]
        return {
            name: {actor: number(n) for actor, n in mapping(node).items()}
            for name, node in self._known("costs", "option", options)
        }

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
        found = fields(node, ENTRY, ("on",))
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
            mark=one_of(found["mark"], MARKS, "mark") if "mark" in found else None,  # type: ignore[arg-type]
            about="about" in found and flag(found["about"]),
            findings=tuple((question, yes(given)) for question, given in answers.items()),
        )


def _number_word(word: str, table: Node) -> float:
    try:
        return float(word)
    except ValueError:
        refuse(table.at(word), f"{word!r}", "a number")


def plain(node: Node) -> Any:
    """The value without its places."""
    if isinstance(node.value, dict):
        return {key: plain(n) for key, n in node.value.items()}
    if isinstance(node.value, list):
        return [plain(n) for n in node.value]
    return node.value
