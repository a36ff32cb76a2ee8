"""A second, deliberately plain reading of the file format: the oracle of the engines.

It shares no code with courtsim and draws nothing: all luck is `Given`. Time is in whole ticks of 2**-24 day.
Not read: script, `extends`, variants, sentences, costs, publicity, waiting for a resource.
"""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import holidays
from ruamel.yaml import YAML

DAY = 1 << 24
NEVER = DAY << 30
Tree = dict[str, Any]


class Given(Protocol):  # by the name of the step and the number of its visit: 1, 2, ...
    def delay(self, step: str, visit: int) -> float: ...
    def hold(self, step: str, visit: int, resource: str) -> float: ...
    def choice(self, step: str, visit: int, lawful: list[str]) -> str: ...
    def answer(self, test: str, question: str, step: str, visit: int) -> bool: ...
    def fact(self, name: str) -> object: ...


class Stuck(Exception): ...


def fits(want: Any, has: Any) -> bool:
    """One value against the notation all conditions share; `has` may be a function that tests a name."""
    if isinstance(want, list):
        return any(fits(one, has) for one in want)
    if isinstance(want, dict) and "not" in want:
        return not fits(want["not"], has)
    if callable(has):
        return bool(has(want))
    if isinstance(want, dict):
        return bool(want.get("at_least", has) <= has <= want.get("at_most", has))
    return bool(want == has or (isinstance(has, str) and has.startswith(f"{want}.")))


class Calendar:
    def __init__(self, scenario: Tree) -> None:
        self.starts = dt.date.fromisoformat(str(scenario["starts"]))
        written: Any = scenario.get("calendar")
        given = written if isinstance(written, dict) else {"base": written}
        self.closed = {self.number(day) for day in given.get("closed", [])}
        self.off = holidays.country_holidays(*given["base"].split("-")) if given.get("base") else None

    def number(self, date: object) -> int:
        return (dt.date.fromisoformat(str(date)) - self.starts).days

    def sits(self, day: int) -> bool:
        date = self.starts + dt.timedelta(days=day)
        return day not in self.closed and (self.off is None or (date.weekday() < 5 and date not in self.off))

    def roll(self, time: int) -> int:
        return time if time >= NEVER or self.sits(time // DAY) else self.roll((time // DAY + 1) * DAY)

    def later(self, time: int, length: int) -> int:
        """When `length` ticks of court days have passed: never the end of a day, but the next beginning."""
        time = self.roll(time)
        while (rest := DAY - time % DAY) <= length < NEVER:
            time, length = self.roll(time + rest), length - rest
        return time + length

    def court_time(self, time: int) -> int:
        """Ticks of court days in [0, time)."""
        return sum(min(time - day * DAY, DAY) for day in range(time // DAY + 1) if self.sits(day))

    def limit(self, trigger: int, n: int, stood: set[int], court_days: bool) -> int:
        """The last instant of a time limit of n days that stood still on some days."""
        counted = self.sits if court_days else lambda _day: True
        day, left = trigger, n + sum(map(counted, stood))
        while left > 0 or not self.sits(day):
            day += 1
            left -= counted(day)
        return (day + 1) * DAY - 1


@dataclass
class Clock:
    visit: int
    start: int
    delay: Tree
    left: int = 0  # at the start, then whenever it stands still
    raw: int = 0  # when it runs out
    due: int = 0  # the same, after `roll`
    since: int | None = None  # it has stood still since then
    stood: set[int] = field(default_factory=set)  # the days touched by standing still before that


class Reading:
    def __init__(self, law: Tree, case: Tree, given: Given) -> None:
        self.law, self.case, self.given, self.calendar = law, case, given, Calendar(case)
        self.steps: Tree = law["steps"]
        for rule in self.steps.values():
            rule.setdefault("options", {"do": {key: rule[key] for key in rule if key != "when"}})
        self.items: Tree = case.get("evidence", {})
        self.counters: Tree = law.get("counters", {})
        self.at = {n: t["start"] for n, t in law["tracks"].items()} | dict.fromkeys(self.counters, 0)
        facts = {n: fact["default"] for n, fact in law.get("facts", {}).items()} | case.get("facts", {})
        self.facts = {n: given.fact(n) if isinstance(fact, dict) else fact for n, fact in facts.items()}
        self.switches = {n: switch["values"][0] for n, switch in law.get("switches", {}).items()}
        self.switches |= case.get("switches", {})
        self.charges = [charge["offense"] for charge in case.get("charges", [])]
        self.offers: list[str] = []  # in the order they were made
        self.struck: set[str] = set()
        self.answers: dict[str, dict[str, bool]] = {}  # of the last ruling under each test
        self.now = 0
        self.log: list[tuple[float, str, str]] = []
        self.clocks: dict[str, Clock] = {}
        self.visits = dict.fromkeys(self.steps, 0)
        self.silent: set[str] = set()
        self.fresh: list[str] = []  # steps that start a new visit, if enabled, once the event has settled

    def holds(self, when: Tree | None) -> bool:
        return all(self.part(key, want) for key, want in (when or {}).items())

    def part(self, key: str, want: Any) -> bool:
        if key == "is":
            return fits(want, lambda name: self.holds(self.law["conditions"][name]))
        admitted = {item: item not in self.struck for item in self.items}
        named = {"fact": self.facts, "switch": self.switches, "admitted": admitted}
        if key in named:
            return all(fits(value, named[key][name]) for name, value in want.items())
        return fits(want, ({"offer": self.offer_is, "prima_facie": self.prima_facie()} | self.at)[key])

    def offer_is(self, want: Any) -> bool:
        if not self.offers or not isinstance(want, dict):
            return self.offers[-1:] == [want]
        offer = {"by": "prosecution"} | self.case["offers"][self.offers[-1]]
        return all(fits(value, offer[key]) for key, value in want.items())

    def prima_facie(self) -> bool:
        elements = self.law["offenses"][self.charges[0]].get("elements", []) if self.charges else []
        proofs = [{name for name, i in self.items.items() if e in i.get("proves", [])} for e in elements]
        return all(proof - self.struck for proof in proofs if proof)

    def lawful(self, step: str) -> list[str]:
        options = {name: o for name, o in self.steps[step]["options"].items() if self.holds(o.get("when"))}
        offers = [name for name, o in options.items() if {"offer": "next"} in o.get("effects", [])]
        return [name for name in options if name not in offers or self.next_offer(step)]

    def next_offer(self, step: str) -> list[str]:  # one or none
        left = [(name, o) for name, o in self.case.get("offers", {}).items() if name not in self.offers]
        own = [(name, o) for name, o in left if o.get("by", "prosecution") == self.steps[step]["by"]]
        return [name for name, o in own if self.holds(o.get("when"))][:1]

    def choose(self, step: str, visit: int, lawful: list[str]) -> str:
        chooser = self.case.get("choosers", {}).get(step, {})
        if "rows" in chooser:
            chooser = next(row for row in chooser["rows"] if self.holds(row.get("when")))
        if "findings" in chooser:
            return lawful[lawful.index(self.rule(chooser["findings"], step, visit))]  # fails if unlawful
        return lawful[0] if len(lawful) == 1 else self.given.choice(step, visit, lawful)

    def rule(self, test: str, step: str, visit: int) -> str:
        law = self.law["tests"][test]
        below = self.law["tests"][law.get("reviews", test)]
        yes = {q: self.given.answer(test, q, step, visit) for q in below["questions"]}
        if "reviews" in law:
            yes = {q: was != yes[q] for q, was in self.answers[law["reviews"]].items()}
        self.answers[test] = yes
        for row in below["rule"]:
            asked = {"switch": {}} | row.get("if", {})
            switches = self.holds({"switch": asked.pop("switch")})
            if switches and all(yes[q] == (want in ("yes", True)) for q, want in asked.items()):
                return str(law.get("outcomes", {}).get(row["then"], row["then"]))
        raise ValueError(f"{test}: no row of the rule holds")

    def apply(self, name: str, option: str, body: Tree) -> None:
        effects = body.get("effects", [])
        fallen = self.fallen()  # effects ask their conditions before the event changes anything
        self.offers += self.next_offer(name) if {"offer": "next"} in effects else []
        for key, to in body.get("to", {}).items():
            counted = key in self.counters
            self.at[key] = min(self.counters[key], max(0, self.at[key] + to)) if counted else to
        for effect in effects:
            if effect == {"suppress": "challenged"}:
                self.struck |= fallen
            elif effect == {"suppress": "outside_scope"}:
                self.struck |= {item for item in fallen if self.items[item].get("outside_scope")}
            elif effect == {"restore": "challenged"}:
                self.struck = set()  # nothing else is ever struck
            elif "amend_charge" in effect:
                change = effect["amend_charge"]
                self.charges = [change["to"] if c == change["from"] else c for c in self.charges]
        self.log.append((self.now / DAY, name, option))

    def fallen(self) -> set[str]:
        """The evidence that falls with the searches marked `challenged`."""
        sources: Tree = self.case.get("searches", {}) | self.items
        kept = {n for n, s in sources.items() if "exception" in s and self.holds(s["exception"].get("when"))}
        fallen = {name for name, source in sources.items() if source.get("challenged")}
        for _ in sources:  # as often as the longest chain may need
            some = {name for name, s in sources.items() if fallen & {*s.get("from", [])}}
            every = {name for name, s in sources.items() if {*(s.get("from_either") or [""])} <= fallen}
            fallen |= (some | every) - kept
        return fallen & self.items.keys()

    def follow(self) -> None:
        """The consequences of an event, each at most once, from the first again after each."""
        rest = dict(self.law.get("consequences", {}))
        while found := [name for name, body in rest.items() if self.holds(body.get("when"))]:
            self.apply(found[0], "do", rest.pop(found[0]))

    def resolve(self, written: Any) -> Tree:
        """The delay behind rows and behind the offer; what is `known` needs no luck."""
        delay: Tree = written if isinstance(written, dict) else {"fixed": written}
        flags = {key: delay[key] for key in ("court_days", "roll") if key in delay}
        if "rows" in delay:
            row = next(row for row in delay["rows"] if self.holds(row.get("when")))
            return flags | self.resolve(row["after"])
        if "until" in delay:
            return flags | {"day": self.calendar.number(delay["until"])}
        if "offer" in delay:
            offer = self.case["offers"][self.offers[-1]] if self.offers else {}
            if delay["offer"] == "open_for" and "open_until" in offer:
                return flags | {"day": self.calendar.number(offer["open_until"]) + 1 - 1 / DAY}
            found = self.resolve((offer | offer.get("terms", {})).get(delay["offer"], NEVER // DAY))
            return flags | {"known" if key == "fixed" else key: value for key, value in found.items()}
        return delay

    def begin(self, step: str) -> Clock:
        self.visits[step] += 1
        delay = self.resolve(self.case.get("delays", {}).get(step, self.steps[step]["after"]))
        until_end = delay.get("day", 0) % 1 != 0  # of an offer: the end of a day, whenever its visit begins
        past = "deadline" not in delay and not until_end and (self.now + 1) % DAY == 0  # begins with the next day
        clock = Clock(self.visits[step], self.now + past, delay)
        if "day" in delay:
            clock.left = round(max(0, delay["day"] * DAY - clock.start))
        elif "deadline" not in delay:
            days = delay["known"] if "known" in delay else self.given.delay(step, clock.visit)
            clock.left = round(days * DAY)
        self.run(clock, clock.start)
        return clock

    def run(self, clock: Clock, now: int) -> None:  # start or resume
        delay, court_days = clock.delay, clock.delay.get("court_days", False)
        if clock.since is not None and now > clock.since:
            clock.stood |= {*range(clock.since // DAY, (now - 1) // DAY + 1)}
        clock.since = None
        clock.raw = self.calendar.later(now, clock.left) if court_days else now + clock.left
        if "deadline" in delay:
            clock.raw = self.calendar.limit(clock.start // DAY, delay["deadline"], clock.stood, court_days)
        clock.due = self.calendar.roll(clock.raw) if delay.get("roll") else clock.raw

    def stop(self, clock: Clock) -> None:
        clock.since, clock.left = self.now, max(0, clock.raw - self.now)
        if "deadline" in clock.delay and not clock.left:
            clock.delay = {"known": 0}  # a limit that has run out has nothing left
        elif clock.delay.get("court_days") and 0 < clock.left < NEVER // 2:
            clock.left = self.calendar.court_time(clock.raw) - self.calendar.court_time(self.now)

    def settle(self) -> None:
        for step, rule in self.steps.items():
            enabled = self.holds(rule.get("when"))
            self.silent -= {step} if rule.get("once") == "visit" and not enabled else set()
            if not enabled or step in self.silent:
                self.clocks.pop(step, None)
                continue
            if step not in self.clocks or step in self.fresh:
                self.clocks[step] = self.begin(step)
            clock = self.clocks[step]
            tolled = "tolled_when" in rule and self.holds(rule["tolled_when"])
            if tolled and clock.since is None:
                self.stop(clock)
            elif not tolled and clock.since is not None:
                self.run(clock, self.now)

    def happen(self) -> None:
        running = [step for step in self.steps if step in self.clocks and self.clocks[step].since is None]
        dues = {step: self.clocks[step].due for step in running if self.lawful(step)}
        step = min(dues, key=dues.__getitem__, default="")  # the first in the file's order on a tie
        if dues.get(step, NEVER) >= NEVER // 2:
            raise Stuck(f"day {self.now / DAY}: {self.at}")
        visit, rule, self.now = self.clocks[step].visit, self.steps[step], max(self.now, dues[step])
        held = [round(self.given.hold(step, visit, resource) * DAY) for resource in rule.get("needs", {})]
        self.now = max([self.calendar.later(self.now, length) for length in held], default=self.now)
        option = self.choose(step, visit, self.lawful(step))
        body = rule["options"][option]
        self.silent |= {step} if rule.get("once") else set()
        self.fresh = [step, *body.get("restarts", [])]
        self.apply(step, option, body)


def read(procedure_file: Path, scenario_file: Path, given: Given) -> list[tuple[float, str, str]]:
    """All events of one case after its opening: (day, step or consequence, option)."""
    yaml = YAML(typ="safe", pure=True)
    case = Reading(yaml.load(procedure_file), yaml.load(scenario_file), given)
    case.follow()
    while not (case.law["tracks"]["case"]["states"][case.at["case"]] or {}).get("final"):
        case.settle()
        case.happen()
        case.follow()
    return case.log
