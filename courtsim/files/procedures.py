"""Plain values to a `Procedure`."""

from __future__ import annotations

from typing import Literal

from courtsim.errors import listed, nearest
from courtsim.files import keys
from courtsim.files.keys import LIMITS
from courtsim.files.small import (
    RESERVED,
    Names,
    date,
    delay,
    distinct,
    fields,
    flag,
    identifier,
    mapping,
    number,
    one_of,
    refuse,
    sequence,
    shown,
    text,
    texts,
    unknown,
    value_of,
    whole,
    yes,
)
from courtsim.files.sources import sources, warnings_of
from courtsim.files.yaml import Node
from courtsim.procedure.conditions import Condition, Value, matches_name
from courtsim.procedure.law import (
    DO,
    SPINE,
    AcceptOffer,
    Always,
    AmendCharge,
    Consequence,
    Cost,
    Count,
    Effect,
    Eventually,
    FactKind,
    Invariant,
    Latent,
    LegalTest,
    Limit,
    MakeOffer,
    Never,
    Offense,
    Option,
    Procedure,
    Publicity,
    Publish,
    Question,
    Requires,
    Restore,
    RuleRow,
    Sentence,
    Step,
    Suppress,
    Switch,
    Track,
    TrackState,
)

EFFECTS = (*keys.EFFECT, keys.ACCEPT)


def procedure_of(tree: Node) -> Procedure:
    """The procedure that a merged tree states. Raises WrongInput with the place."""
    found = fields(tree, keys.PROCEDURE)
    return _Reader(found, tree).procedure()


def procedure_names(procedure: Procedure) -> Names:
    """What conditions under this procedure may name, before a scenario adds its offers and evidence."""
    names = Names()
    names.states = {track.name: tuple(track.states) for track in procedure.tracks.values()}
    names.counters = procedure.counters
    names.conditions = tuple(procedure.conditions)
    names.facts = {fact.name: fact.values for fact in procedure.facts.values()}
    names.switches = {switch.name: switch.values for switch in procedure.switches.values()}
    names.offer_kinds = procedure.offer_kinds
    return names


class _Reader:
    def __init__(self, found: dict[str, Node], tree: Node) -> None:
        self.found = found
        self.tree = tree
        self.names = Names()
        self.steps: tuple[str, ...] = ()
        self.offenses: tuple[str, ...] = ()
        self.events: set[str] = set()

    def _entries(self, key: str) -> dict[str, Node]:
        return mapping(self.found[key]) if key in self.found else {}

    def procedure(self) -> Procedure:
        tracks = self._tracks()
        counters = {name: whole(cap, 0) for name, cap in self._entries("counters").items()}
        for key in ("tracks", "counters"):
            for name in self._entries(key):
                if name in RESERVED:
                    refuse(self.found[key].at(name), f"{name!r} as a name here", "a name that conditions do not reserve")
        for name in counters:
            if name in tracks:
                refuse(self.found["counters"].at(name), f"the counter {name!r}, which is a track too", "a name of its own")
        facts = {name: self._fact(name, node) for name, node in self._entries("facts").items()}
        switches = {name: self._switch(name, node) for name, node in self._entries("switches").items()}
        kinds = texts(self.found["offer_kinds"]) if "offer_kinds" in self.found else ()
        names = self.names
        names.states = {track.name: tuple(track.states) for track in tracks.values()}
        names.counters, names.offer_kinds = counters, kinds
        names.conditions = tuple(self._entries("conditions"))
        names.facts = {fact.name: fact.values for fact in facts.values()}
        names.switches = {switch.name: switch.values for switch in switches.values()}
        latent = self._latent(facts, tracks[SPINE]) if "latent" in self.found else None
        names.latent = latent.fact if latent else None
        conditions = {name: names.condition(node) for name, node in self._entries("conditions").items()}
        self._refuse_circles()
        offenses = {name: self._offense(name, node) for name, node in self._entries("offenses").items()}
        self.offenses = tuple(offenses)
        self.steps = tuple(self._entries("steps"))
        steps = {name: self._step(name, node) for name, node in self._entries("steps").items()}
        consequences = tuple(self._consequence(name, node) for name, node in self._entries("consequences").items())
        if "defaults" in self.found:
            fields(self.found["defaults"], keys.DEFAULTS)
        return Procedure(
            name=identifier(self.found["procedure"]),
            title=text(self.found["title"]),
            summary=text(self.found["summary"]) if "summary" in self.found else "",
            law_as_of=date(self.found["law_as_of"]),
            tracks=tracks,
            steps=steps,
            counters=counters,
            conditions=conditions,
            consequences=consequences,
            facts=facts,
            latent=latent,
            offer_kinds=kinds,
            switches=switches,
            tests=self._tests(),
            offenses=offenses,
            invariants={name: self._invariant(node) for name, node in self._entries("invariants").items()},
            glossary={name: text(node) for name, node in self._entries("glossary").items()},
            sources=sources(self.found.get("sources")),
            warnings=tuple(warnings_of(self.tree)),
        )

    def _refuse_circles(self) -> None:
        """A named condition that asks itself, by whatever way."""
        asks = {name: [str(i.value) for i in _is_nodes(node)] for name, node in self._entries("conditions").items()}
        for name in asks:
            seen, ahead = set[str](), list(asks[name])
            while ahead:
                one = ahead.pop()
                if one == name:
                    refuse(self.found["conditions"].at(name), f"condition {name!r} asks itself", "no circle")
                if one not in seen:
                    seen.add(one)
                    ahead += asks.get(one, [])

    def _tracks(self) -> dict[str, Track]:
        tracks: dict[str, Track] = {}
        for name, node in self._entries("tracks").items():
            found = fields(node, keys.TRACK)
            states = {state: self._state(name, state, n) for state, n in mapping(found["states"]).items()}
            tracks[name] = Track(name, one_of(found["start"], states, f"state of {name}"), states)
        if SPINE not in tracks:
            refuse(self.found["tracks"], "no track `case`", "the spine")
        if not any(state.final for state in tracks[SPINE].states.values()):
            refuse(self.found["tracks"].at(SPINE), "a spine without a final state", "a state with `final: true`")
        held = [name for name, track in tracks.items() if any(state.custody for state in track.states.values())]
        if len(held) > 1:
            refuse(self.found["tracks"].at(held[1]), f"`custody` on {held[1]} beside {held[0]}", "custody on one track")
        return tracks

    def _state(self, track: str, name: str, node: Node) -> TrackState:
        found = fields(node, keys.STATE)
        for key in ("final", "disposes", "convicted"):
            if key in found and track != SPINE:
                refuse(node.at(key), f"`{key}` on a state of {track}", "only `case` has it")
        marks = {key: flag(found[key]) for key in ("final", "disposes", "convicted", "custody") if key in found}
        return TrackState(name, text(found["label"]) if "label" in found else "", **marks)

    def _fact(self, name: str, node: Node) -> FactKind:
        found = fields(node, keys.FACT)
        if "values" not in found:
            least = number(found["at_least"]) if "at_least" in found else None
            return FactKind(name, (), number(found["default"], least) if "default" in found else least or 0.0, at_least=least)
        if "at_least" in found:
            refuse(node.at("at_least"), "`at_least` beside `values`", "one of them")
        values = distinct(found["values"])
        return FactKind(name, values, value_of(found["default"], values, name) if "default" in found else values[0])

    def _latent(self, facts: dict[str, FactKind], spine: Track) -> Latent:
        found = fields(self.found["latent"], keys.LATENT)
        fact = facts[one_of(found["fact"], facts, "fact")]
        if not fact.values:
            refuse(found["fact"], f"{fact.name!r}, which is a number", "a fact with values")
        guilty, innocent = (value_of(found[key], fact.values, fact.name) for key in ("guilty", "innocent"))
        if guilty == innocent:
            refuse(found["innocent"], f"{innocent!r} for guilty and innocent", "two values")
        if fact.default in (guilty, innocent):
            refuse(found["fact"], f"{fact.name!r}, which is {fact.default!r} by default", "a default that says neither")
        ends = {key: self._ends(found[key], spine) for key in ("pleaded", "convicted", "acquitted") if key in found}
        return Latent(fact.name, guilty, innocent, text(found["known_to"]), **ends)

    def _ends(self, node: Node, spine: Track) -> frozenset[str]:
        disposing = [state.name for state in spine.states.values() if state.final or state.disposes]
        ends: set[str] = set()
        for item in sequence(node):
            below = [state for state in disposing if matches_name(state, text(item))]
            if not below:
                unknown(item, "final or disposing state", text(item), disposing)
            ends.update(below)
        return frozenset(ends)

    def _switch(self, name: str, node: Node) -> Switch:
        found = fields(node, keys.SWITCH)
        return Switch(name, distinct(found["values"]), text(found["authority"]) if "authority" in found else None)

    # -- steps

    def _step(self, name: str, node: Node) -> Step:
        found = fields(node, keys.STEP)
        own = [key for key in found if key in keys.OPTION_OF_STEP]
        if "options" in found:
            if own:
                refuse(node.at(own[0]), f"{own[0]!r} beside `options`", "it belongs to one of the options")
            # By name: their order in the file has no meaning, so neither luck nor ties nor sums may go by it.
            options = {o: self._option(o, n) for o, n in sorted(mapping(found["options"]).items())}
            if not options:
                refuse(found["options"], "a step without options", "at least one")
        else:
            option = Node({key: found[key] for key in own}, node.where, node.keys)
            options = {DO: self._option(DO, option)}
        needs = mapping(found["needs"]) if "needs" in found else {}
        return Step(
            name=name,
            by=text(found["by"]),
            when=self.names.condition(found["when"]) if "when" in found else (),
            options=options,
            after=delay(found["after"] if "after" in found else Node(0, node.where), self.names, of_procedure=True),
            tolled_when=self.names.condition(found["tolled_when"]) if "tolled_when" in found else None,
            once=_once(found.get("once")),
            needs={resource: delay(held, self.names, of_procedure=True) for resource, held in needs.items()},
        )

    def _option(self, name: str, node: Node) -> Option:
        found = fields(node, keys.OPTION)
        to, adds = self._moves(found["to"]) if "to" in found else ((), ())
        restarts = sequence(found["restarts"]) if "restarts" in found else []
        self.events.add(text(found["event"]))
        return Option(
            name=name,
            event=text(found["event"]),
            says=text(found["says"]) if "says" in found else None,
            to=to,
            adds=adds,
            effects=tuple(self._effect(item) for item in sequence(found["effects"])) if "effects" in found else (),
            when=self.names.condition(found["when"]) if "when" in found else (),
            restarts=tuple(one_of(item, self.steps, "step") for item in restarts),
            rule=text(found["rule"]) if "rule" in found else None,
        )

    def _moves(self, node: Node) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, int], ...]]:
        to: list[tuple[str, str]] = []
        adds: list[tuple[str, int]] = []
        for name, target in mapping(node).items():
            if name in self.names.counters:
                adds.append((name, self._step_of(name, target)))
            elif name in self.names.states:
                to.append((name, one_of(target, self.names.states[name], f"state of {name}")))
            else:
                unknown(node.at(name), "track or counter", name, [*self.names.states, *self.names.counters])
        return tuple(to), tuple(adds)

    def _step_of(self, counter: str, node: Node) -> int:
        if node.value is None or isinstance(node.value, bool | str | list | dict):
            refuse(node, shown(node), f"a whole number, added to {counter}")
        return whole(node)

    def _effect(self, node: Node) -> Effect:
        if node.value == keys.ACCEPT:
            return AcceptOffer()
        if not isinstance(node.value, dict):
            if node.value in EFFECTS:
                refuse(node, f"the effect {node.value} without its argument", f"{{{node.value}: ...}}")
            refuse(node, f"unknown effect {shown(node)}", listed(EFFECTS), nearest(str(node.value), EFFECTS))
        for name in node.value:
            if name not in keys.EFFECT:
                unknown(node.at(name), "effect", name, EFFECTS)
        found = node.value
        if len(found) != 1:
            refuse(node, f"{len(found)} effects in one", "one effect an item")
        ((kind, given),) = found.items()
        match kind:
            case "offer":
                one_of(given, ("next",), "offer")
                return MakeOffer()
            case "suppress":
                what = one_of(given, ("challenged", "outside_scope"), "evidence to suppress")
                return Suppress("challenged" if what == "challenged" else "outside_scope")
            case "restore":
                one_of(given, ("challenged",), "evidence to restore")
                return Restore()
            case "sentence":
                one_of(given, ("plea", "verdict", "diversion"), "kind of sentence")
                return Sentence(given.value)  # type: ignore[arg-type]
            case "amend_charge":
                parts = fields(given, keys.AMEND)
                return AmendCharge(*(one_of(parts[key], self.offenses, "offense") for key in ("from", "to")))
            case "publish":
                one_of(given, ("disclosable",), "evidence to publish")
                return Publish()
            case "publicity":
                return Publicity(number(given))
            case "cost":
                return Cost(tuple((actor, number(dollars)) for actor, dollars in mapping(given).items()))
            case "count":
                one_of(given, ("appearance", "continuance", "trial", "appeal"), "measure to count")
                return Count(given.value)  # type: ignore[arg-type]
        refuse(given, shown(given), listed(EFFECTS))

    def _consequence(self, name: str, node: Node) -> Consequence:
        found = fields(node, keys.CONSEQUENCE)
        option = Node({key: n for key, n in found.items() if key != "when"}, node.where, node.keys)
        if name in self.steps:
            refuse(self.found["consequences"].at(name), f"{name!r} is a step too", "a name of its own")
        return Consequence(name, self.names.condition(found["when"]), self._option(DO, option))

    # -- the rest

    def _tests(self) -> dict[str, LegalTest]:
        tests = {name: self._test(name, node) for name, node in self._entries("tests").items()}
        for name, test in tests.items():
            below, seen = test, [name]
            while below.reviews:
                if below.reviews in seen:
                    where = self.found["tests"].mapping[name].mapping["reviews"]
                    refuse(where, f"a circle of `reviews`: {' -> '.join([*seen, below.reviews])}", "a test with questions")
                seen.append(below.reviews)
                below = tests[below.reviews]
            rulings = list(dict.fromkeys(row.then for row in below.rule))
            for ruling in test.outcomes:
                if ruling not in rulings:
                    node = self.found["tests"].mapping[name].mapping["outcomes"]
                    unknown(node.at(ruling), "ruling", ruling, rulings)
        return tests

    def _test(self, name: str, node: Node) -> LegalTest:
        found = fields(node, keys.TEST)
        outcomes = {ruling: text(n) for ruling, n in mapping(found["outcomes"]).items()} if "outcomes" in found else {}
        if "reviews" in found:
            for key in ("questions", "rule"):
                if key in found:
                    refuse(node.at(key), f"{key!r} beside `reviews`", "a test that reviews takes those of the test below")
            others = [other for other in self._entries("tests") if other != name]
            return LegalTest(name, reviews=one_of(found["reviews"], others, "test"), outcomes=outcomes)
        for key in ("questions", "rule"):
            if key not in found:
                refuse(node, f"the key {key!r} is missing", f"{key}: {keys.TEST[key].says}")
        questions = {q: self._question(q, n) for q, n in mapping(found["questions"]).items()}
        if "switch" in questions:
            refuse(found["questions"].at("switch"), "a question named 'switch'", "a name that rules do not reserve")
        rule = tuple(self._row(item, questions) for item in sequence(found["rule"]))
        if not rule:
            refuse(found["rule"], "an empty list", "at least one row")
        return LegalTest(name, questions, rule, None, outcomes)

    def _question(self, name: str, node: Node) -> Question:
        found = fields(node, keys.QUESTION)
        return Question(name, **{key: text(n) for key, n in found.items()})

    def _row(self, node: Node, questions: dict[str, Question]) -> RuleRow:
        found = fields(node, keys.RULE_ROW)
        answers: list[tuple[str, bool]] = []
        switches: list[tuple[str, Value]] = []
        asked = found.get("if")
        for name, given in (mapping(asked) if asked else {}).items():
            if name == "switch":
                for switch, value in mapping(given).items():
                    if switch not in self.names.switches:
                        unknown(given.at(switch), "switch", switch, self.names.switches)
                    switches.append((switch, value_of(value, self.names.switches[switch], switch)))
            elif name in questions:
                answers.append((name, yes(given)))
            else:
                assert asked is not None
                unknown(asked.at(name), "question", name, [*questions, "switch"])
        return RuleRow(text(found["then"]), tuple(answers), tuple(switches))

    def _offense(self, name: str, node: Node) -> Offense:
        found = fields(node, keys.OFFENSE)
        limits: dict[str, Limit] = {}
        for part in LIMITS:
            if part in found:
                bounds = fields(found[part], keys.LIMIT)
                limits[part] = limit = Limit(**{key: number(n, 0) for key, n in bounds.items()})
                if limit.max is not None and limit.mandatory > limit.max:
                    refuse(bounds["mandatory"], f"{limit.mandatory:g} as mandatory", f"at most the maximum, {limit.max:g}")
        return Offense(
            name,
            text(found["statute"]),
            text(found["degree"]) if "degree" in found else None,
            limits,
            texts(found["other"]) if "other" in found else (),
            texts(found["elements"]) if "elements" in found else (),
        )

    def _invariant(self, node: Node) -> Invariant:
        found = fields(node, keys.INVARIANT)

        def condition(key: str) -> Condition:
            return self.names.condition(found[key])

        for key in ("event", "after"):
            if key in found:
                one_of(found[key], sorted(self.events), "event")
        match sorted(found):
            case ["never"]:
                return Never(condition("never"))
            case ["event", "requires"]:
                return Requires(text(found["event"]), condition("requires"))
            case ["after", "always"]:
                return Always(text(found["after"]), condition("always"))
            case ["after", "eventually"]:
                return Eventually(text(found["after"]), condition("eventually"))
            case ["after", "eventually", "unless"]:
                return Eventually(text(found["after"]), condition("eventually"), condition("unless"))
        refuse(
            node,
            f"an invariant of {listed(found)}",
            "never; event, requires; after, always; after, eventually[, unless]",
        )


def _is_nodes(node: Node) -> list[Node]:
    asked = node.get("is")
    if asked is not None and asked.get("not") is not None:
        asked = asked.get("not")
    if asked is None:
        return []
    return asked.items if isinstance(asked.value, list) else [asked]


def _once(node: Node | None) -> Literal["never", "case", "visit"]:
    if node is None or node.value is False:
        return "never"
    if node.value is True:
        return "case"
    if node.value == "visit":
        return "visit"
    refuse(node, shown(node), "true, false or visit")
