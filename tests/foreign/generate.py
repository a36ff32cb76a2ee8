"""Random but valid procedures and scenarios of no court, to hold the engines against `reading.py`.

`write(seed, folder)` writes one pair; `FEATURES` says what a pair contains, so that a test can assert that a
few hundred seeds together cover the format. The files are JSON, which is YAML.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Tree = dict[str, Any]
Predicate = Callable[[Tree, Tree], bool]

OPEN = ["charged", "pretrial.early", "pretrial.late"]
TRACKS = {
    "bond": ["none", "set", "posted.cash", "posted.surety", "revoked"],
    "discovery": ["none", "open", "done.full", "done.part"],
}
ACTORS = ["judge", "prosecution", "defense", "clerk", "clock"]
GENERIC = [
    "confer",
    "inspect",
    "depose",
    "postpone",
    "notify",
    "hear",
    "report",
    "petition",
    "brief",
    "stipulate",
]
OPTIONS = ["allow", "refuse", "waive", "reserve"]
SCOPE_PROCEDURE, SCOPE_SCENARIO = "procedure", "scenario"


def camel(*names: str) -> str:
    return "".join(part.capitalize() for name in names for part in name.replace("-", "_").split("_"))


class Maker:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        rng = self.rng
        self.by_quarters = self.chance(0.35)  # all times on the grid of quarter days, so that many coincide
        self.with_offers = self.chance(0.7)
        self.with_motion = self.chance(0.7)
        self.with_evidence = self.with_motion or self.chance(0.4)
        self.with_appeal = self.with_motion and self.chance(0.65)
        self.with_judged = self.chance(0.5)
        self.with_facts = self.chance(0.7)
        self.with_switches = self.chance(0.6)
        self.with_is = self.chance(0.5)
        self.with_counters = self.chance(0.75)
        self.starts = dt.date(2019, 1, 7) + dt.timedelta(days=rng.randrange(360))
        self.states: dict[str, list[str]] = {"case": [*OPEN, *(["judged"] if self.with_judged else [])]}
        if self.with_offers:
            self.states["plea"] = ["none", "offered", "rejected", "lapsed", "settled"]
        if self.with_motion:
            self.states["motion"] = ["none", "pending", "granted.full", "granted.part", "denied", "reversed"]
        names = [*TRACKS]
        rng.shuffle(names)
        for name in names[: rng.randint(1, 2)]:
            self.states[name] = TRACKS[name]
        self.free = [name for name in self.states if name in TRACKS]  # tracks any step may move
        self.counters: Tree = {}
        if self.with_counters:
            self.counters = {"tries": rng.randint(2, 4)} | ({"delays_granted": 3} if self.chance(0.3) else {})
        self.steps: Tree = {}
        self.choosers: Tree = {}
        self.delays: Tree = {}

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def quarter(self, low: float, high: float) -> float:
        """A multiple of a quarter day, often a whole one: ties are wanted."""
        if self.chance(0.5):
            return self.rng.randint(math.ceil(low), max(math.ceil(low), int(high)))
        return self.rng.randint(round(low * 4), round(high * 4)) / 4

    # Delays

    def distribution(self, low: float, high: float) -> Tree:
        """None of them is 0, but with a chance too small to be met."""
        rng = self.rng
        least, most = self.quarter(low, (low + high) / 2), self.quarter((low + high) / 2, high)
        most = max(most, least + 1)
        kinds: list[Tree] = [
            {"fixed": self.quarter(low, high)},
            {"fixed": self.quarter(low, high)},
            {"uniform": [least, most]},
            {"triangular": [least, (least + most) / 2, most]},
            {"exponential": most},
            {"median": most, "p90": most * 2},
            {"normal": [most + 4, 0.5]},
            {"empirical": [self.quarter(low, high) for _ in range(rng.randint(2, 5))]},
        ]
        return rng.choice([kinds[0], kinds[0], kinds[-1]] if self.by_quarters else kinds)

    def flags(self, delay: Tree) -> Tree:
        if self.chance(0.15):
            return delay | {"court_days": True}
        return delay | {"roll": True} if self.chance(0.18) else delay

    def deadline(self) -> Tree:
        return {"deadline": self.rng.randint(1, 15)} | ({"court_days": True} if self.chance(0.3) else {})

    def delay(self, once: bool, scope: str, rows: bool = True, high: float = 16) -> Any:
        rng = self.rng
        low = 0.25 if self.chance(0.2) else 2.0
        kind = rng.random()
        if kind < 0.17:
            return self.deadline()
        if kind < 0.27 and rows:
            first = self.deadline() if self.chance(0.3) else self.distribution(low, high)
            row = {"when": self.condition(scope), "after": first}
            tree: Tree = {"rows": [row, {"after": self.quarter(low, high)}]}
            return self.flags(tree) if "deadline" not in first else tree
        if once and kind < 0.38:
            return self.flags({"until": str(self.starts + dt.timedelta(days=rng.randint(-3, 40)))})
        if once and kind < 0.47:
            return 0
        if once and kind < 0.53 and not self.by_quarters:
            return {"normal": [3, 4]}
        return self.quarter(low, high) if self.chance(0.15) else self.flags(self.distribution(low, high))

    # Conditions

    def track_atom(self, track: str) -> Tree:
        rng, states = self.rng, self.states[track]
        kind = rng.random()
        if kind < 0.3:
            return {track: rng.choice(states).split(".")[0]}
        if kind < 0.5:
            return {track: rng.choice(states)}
        if kind < 0.75:
            return {track: rng.sample(states, rng.randint(2, 3))}
        if kind < 0.9:
            return {track: {"not": rng.choice(states)}}
        return {track: {"not": rng.sample(states, 2)}}

    def atoms(self, scope: str) -> Iterator[tuple[float, Callable[[], Tree]]]:
        rng = self.rng
        for track in self.states:
            yield (0.6 if track == "case" else 2.0), lambda track=track: self.track_atom(track)  # type: ignore[misc]
        for counter, cap in self.counters.items():
            bounds = [rng.randint(0, 1), {"at_least": 1}, {"at_most": cap - 1}, {"not": cap}]
            yield 1.0, lambda counter=counter, bounds=bounds: {counter: rng.choice(bounds)}  # type: ignore[misc]
        if self.with_facts:
            counsel = rng.choice(["none", ["appointed", "private"], {"not": "private"}])
            priors = rng.choice([{"at_least": 1}, {"at_most": 1}, 0, {"not": {"at_least": 2}}])
            yield 1.0, lambda: {"fact": rng.choice([{"counsel": counsel}, {"priors": priors}])}
        if self.with_switches:
            yield 1.0, lambda: {"switch": {"doctrine": rng.choice(["strict", {"not": "strict"}, "loose"])}}
        if self.with_is:
            yield 1.5, lambda: {"is": rng.choice(["quiet", "busy", {"not": "busy"}])}
        if self.with_offers and scope == SCOPE_PROCEDURE:
            kinds = [
                {"kind": "plea"},
                {"kind": "diversion"},
                {"by": "defense"},
                {"kind": "plea", "by": "prosecution"},
            ]
            offer = rng.choice([*kinds, {"not": {"kind": "diversion"}}])
            yield 1.0, lambda: {"offer": offer}
        if self.with_offers and scope == SCOPE_SCENARIO:
            yield 1.5, lambda: {"offer": rng.choice(["first", "second", {"not": "first"}])}
        if self.with_evidence and scope == SCOPE_SCENARIO:
            yield 1.5, lambda: {"admitted": {rng.choice(["video", "statement"]): self.chance(0.5)}}
        if self.with_evidence and scope == SCOPE_PROCEDURE:
            yield 0.8, lambda: {"prima_facie": self.chance(0.7)}

    def condition(self, scope: str) -> Tree:
        weights, atoms = zip(*self.atoms(scope), strict=True)
        found: Tree = {}
        for atom in self.rng.choices(atoms, weights, k=2 if self.chance(0.2) else 1):
            found |= atom()
        return found

    # Steps

    def option(self, step: str, name: str, to: Tree | None = None, effects: list[Any] | None = None) -> Tree:
        body: Tree = {"event": camel(step, name)}
        if to:
            body["to"] = to
        if effects:
            body["effects"] = effects
        return body

    def move(self) -> Tree:
        """What an option of no particular meaning changes."""
        rng = self.rng
        to: Tree = {}
        if self.chance(0.8):
            track = rng.choice(self.free)
            to[track] = rng.choice(self.states[track])
        if self.counters and self.chance(0.4):
            to[rng.choice([*self.counters])] = rng.choice([1, 1, 2, -1])
        if self.chance(0.2):
            to["case"] = rng.choice(OPEN)
        if self.with_offers and self.chance(0.08):
            to["plea"] = "none"
        if self.with_motion and self.chance(0.08):
            to["motion"] = rng.choice(["none", "pending"])
        if self.chance(0.05):
            to["case"] = "closed.dismissed"
        return to

    def add(self, name: str, by: str, when: Tree, options: Tree, after: Any, once: Any = None) -> Tree:
        step: Tree = {"by": by, "when": when, "after": after}
        if once:
            step["once"] = once
        only = next(iter(options.values()))
        if len(options) == 1 and "when" not in only and self.chance(0.5):
            step |= only | {"event": camel(name, "done")}
        else:
            step["options"] = options
        self.steps[name] = step
        return step

    def hold(self, step: Tree) -> None:
        if self.chance(0.3):
            judges: list[Any] = [0.25, 0.5, {"fixed": 1}]
            rooms: list[Any] = [0.5, 2, {"empirical": [0.25, 1.5]}]
            if not self.by_quarters:
                judges += [{"uniform": [0.25, 3]}, {"uniform": [0, 1]}]
                rooms += [{"uniform": [0.5, 2]}]
            judge, room = self.rng.choice(judges), self.rng.choice(rooms)
            both: Tree = {"judge": judge, "courtroom": room}
            one: Tree = {"judge": judge} if self.chance(0.7) else {"courtroom": room}
            step["needs"] = both if self.chance(0.4) else one

    def toll(self, step: Tree, p: float) -> None:
        if not self.chance(p):
            return
        track = self.rng.choice([track for track in self.states if track != "case"])
        pausing = {"plea": "offered", "motion": "pending", "bond": ["set", "posted"], "discovery": "open"}
        step["tolled_when"] = {track: pausing[track]} if self.chance(0.7) else self.condition(SCOPE_PROCEDURE)

    def generic(self, name: str) -> None:
        rng = self.rng
        once = rng.choice([True, True, "visit", None, None])
        options = {}
        for option in rng.sample(OPTIONS, rng.randint(1, 3)):
            options[option] = self.option(name, option, self.move())
            if self.chance(0.25):
                options[option]["when"] = self.condition(SCOPE_PROCEDURE)
        cases: list[Tree] = [
            {"case": {"not": "closed"}},
            {"case": ["charged", "pretrial"]},
            {"case": "pretrial"},
        ]
        open_states = rng.choice(cases)
        when = {**self.condition(SCOPE_PROCEDURE), **open_states} if self.chance(0.6) else open_states
        step = self.add(name, rng.choice(ACTORS), when, options, self.delay(once is True, SCOPE_PROCEDURE), once)
        self.toll(step, 0.4)
        self.hold(step)
        if self.chance(0.15):
            self.delays[name] = self.delay(once is True, SCOPE_SCENARIO)

    def backbone(self) -> None:
        options = {"appear": self.option("arraign", "appear", {"case": "pretrial.early"})}
        if self.chance(0.4):
            options["skip"] = self.option("arraign", "skip", {"case": "pretrial.late"} | {self.free[0]: "none"})
        step = self.add("arraign", "judge", {"case": "charged"}, options, self.delay(False, SCOPE_PROCEDURE, high=8))
        self.hold(step)
        verdict = "judged" if self.with_judged else "closed.convicted"
        options = {
            "convict": self.option("try_case", "convict", {"case": verdict}),
            "acquit": self.option("try_case", "acquit", {"case": "closed.acquitted"}),
        }
        if self.counters and self.chance(0.6):
            options["hang"] = self.option("try_case", "hang", {"tries": 1})
        after = self.distribution(30, 90) if self.chance(0.7) else {"deadline": self.rng.randint(30, 75)}
        step = self.add("try_case", "jury", {"case": "pretrial"}, options, self.flags(after))
        self.toll(step, 0.7)
        self.hold(step)
        if self.with_judged:
            close = {"close": self.option("wind_up", "close", {"case": "closed.convicted"})}
            if self.chance(0.5):
                close["reopen"] = self.option("wind_up", "reopen", {"case": "pretrial.late"})
                close["reopen"]["when"] = self.condition(SCOPE_PROCEDURE)
            self.add("wind_up", "clerk", {"case": "judged"}, close, {"fixed": self.quarter(10, 40)})

    def offer_steps(self) -> None:
        rng = self.rng
        make = {"offer": self.option("offer_plea", "offer", {"plea": "offered"}, [{"offer": "next"}])}
        if self.chance(0.4):
            make["hold_back"] = self.option("offer_plea", "hold_back", self.move())
        when: Tree = {"case": ["charged", "pretrial"], "plea": ["none", "rejected", "lapsed"]}
        self.add("offer_plea", "prosecution", when, make, self.delay(False, SCOPE_PROCEDURE, high=8))
        effects: list[Any] = ["accept_offer"]
        answer = {
            "accept": self.option("answer_offer", "accept", {"plea": "settled", "case": "closed.pleaded"}, effects),
            "reject": self.option("answer_offer", "reject", {"plea": "rejected"}),
        }
        if self.chance(0.5):
            answer["enroll"] = self.option("answer_offer", "enroll", {"plea": "settled"}, effects)
            answer["enroll"]["when"] = {"offer": {"kind": "diversion"}}
        if self.chance(0.4):
            answer["accept"]["when"] = self.condition(SCOPE_PROCEDURE)
        step = self.add("answer_offer", "defense", {"plea": "offered"}, answer, self.delay(False, SCOPE_PROCEDURE))
        self.toll(step, 0.15)
        lapse = {"lapse": self.option("offer_lapses", "lapse", {"plea": "lapsed"})}
        step = self.add("offer_lapses", "clock", {"plea": "offered"}, lapse, {"offer": "open_for"})
        if self.with_motion and self.chance(0.4):
            step["tolled_when"] = {"motion": "pending"}
        if self.chance(0.5):
            counter = {"propose": self.option("counter", "propose", {"plea": "offered"}, [{"offer": "next"}])}
            if self.chance(0.5):
                counter["propose"]["restarts"] = ["offer_lapses"]
            when = {"plea": rng.choice([["offered", "rejected"], ["rejected", "lapsed"]])}
            self.add("counter", "defense", when, counter, self.distribution(2, 10))
        if self.chance(0.45):
            cool = {"cool": self.option("cool_off", "cool", self.move())}
            after = self.flags({"offer": rng.choice(["program_days", "probation_days"])})
            self.add("cool_off", "clock", {"plea": ["rejected", "settled"]}, cool, after, rng.choice([True, None]))

    def motion_steps(self) -> None:
        rng = self.rng
        file = {"file": self.option("move_to_suppress", "file", {"motion": "pending"})}
        if self.chance(0.5):
            file["forgo"] = self.option("move_to_suppress", "forgo", self.move())
        when = {
            "case": ["charged", "pretrial"],
            "motion": rng.choice(["none", ["none", "denied"], {"not": "pending"}]),
        }
        after = self.delay(False, SCOPE_PROCEDURE, high=6)
        self.add("move_to_suppress", "defense", when, file, after, rng.choice([True, True, "visit", None]))
        rule = {
            "grant": ({"motion": "granted.full"}, [{"suppress": "challenged"}]),
            "limit": ({"motion": "granted.part"}, [{"suppress": "outside_scope"}]),
            "deny": ({"motion": "denied"}, []),
        }
        options = {name: self.option("rule_on_motion", name, to, effects) for name, (to, effects) in rule.items()}
        step = self.add("rule_on_motion", "judge", {"motion": "pending"}, options, self.distribution(3, 20))
        self.hold(step)
        self.choosers["rule_on_motion"] = {"findings": "suppression"}
        if self.with_appeal:
            options = {
                "affirm": self.option("review", "affirm", self.move()),
                "reverse": self.option("review", "reverse", {"motion": "reversed"}, [{"restore": "challenged"}]),
                "limit": self.option("review", "limit", {"motion": "granted.part"}, [{"suppress": "outside_scope"}]),
            }
            once = rng.choice([True, "visit"])
            after = self.flags(self.distribution(2, 12))
            when = {"motion": ["granted", "denied"]}
            self.add("review", "appellate_court", when, options, after, once)
            self.choosers["review"] = {"findings": "suppression_on_appeal"}

    def restarts(self) -> None:
        for name, step in self.steps.items():
            others = [other for other in self.steps if other not in (name, "give_up")]
            for option in step.get("options", {"do": step}).values():
                if "restarts" not in option and self.chance(0.15):
                    option["restarts"] = self.rng.sample(others, self.rng.randint(1, 2))

    def consequences(self) -> Tree:
        rng = self.rng
        found: Tree = {}
        for name in ["bond-follows", "file-moves", "count-on"][: rng.randint(0, 3)]:
            track = rng.choice(self.free)
            here, there = rng.sample(self.states[track], 2)
            to: Tree = {track: there}
            if self.counters and self.chance(0.3):
                to["tries"] = 1
            when = {**self.condition(SCOPE_PROCEDURE), track: here}
            if self.chance(0.3):
                when = {track: here}
            found[name] = {"when": when, "to": to, "event": camel(name), "rule": "local practice"}
        if self.chance(0.25):
            track = rng.choice(self.free)
            found["opening"] = {
                "when": {track: "none"},
                "to": {track: self.states[track][1]},
                "event": "Opening",
            }
        if self.chance(0.2):
            when = {"case": "closed", self.free[0]: {"not": "none"}}
            found["released"] = {"when": when, "to": {self.free[0]: "none"}, "event": "Released"}
        if self.with_evidence and self.chance(0.25):
            when = {"case": "pretrial.late", "prima_facie": False}
            found["dismissal"] = {"when": when, "to": {"case": "closed.dismissed"}, "event": "Dismissal"}
        return found

    # The scenario's side

    def odds(self, options: list[str]) -> Tree:
        """Every option has a chance, whatever is lawful."""
        parts = [self.rng.randint(1, 4) for _ in options]
        odds: Tree = {name: part / sum(parts) for name, part in zip(options, parts, strict=True)}
        if self.chance(0.5):
            odds[self.rng.choice(options)] = "rest"
        return odds

    def choose(self) -> None:
        for name, step in self.steps.items():
            options = [*step.get("options", {})]
            if len(options) < 2 or name in self.choosers:
                continue
            bound = any("when" in option for option in step["options"].values())
            if self.with_evidence and not bound and self.chance(0.8 if name == "try_case" else 0.15):
                p: Tree = {options[0]: "p", options[-1]: "rest"}
                self.choosers[name] = {"evidence": p | ({options[1]: 0.25} if len(options) == 3 else {})}
            elif self.chance(0.4):
                row = {"when": self.condition(SCOPE_SCENARIO), "odds": self.odds(options)}
                self.choosers[name] = {"rows": [row, {"odds": self.odds(options)}]}
            else:
                self.choosers[name] = {"odds": self.odds(options)}

    def offers(self) -> Tree:
        rng = self.rng
        found: Tree = {}
        for name in ["first", "second", "third", "fourth"][: rng.randint(2, 4)]:
            offer: Tree = {"kind": "diversion" if self.chance(0.4) else "plea"}
            if self.chance(0.4):
                offer["by"] = "defense" if self.chance(0.8) else "prosecution"
            if self.chance(0.45):
                offer["when"] = self.condition(SCOPE_SCENARIO)
            offer["terms"] = {"probation_days": rng.randint(3, 12), "program_days": self.quarter(2, 8)}
            until = str(self.starts + dt.timedelta(days=rng.randint(5, 45)))
            kinds: list[Tree] = [
                {"open_for": self.quarter(3, 15)},
                {"open_for": {"fixed": self.quarter(3, 15)} | ({"roll": True} if self.chance(0.5) else {})},
                {"open_for": self.deadline()},
                {"open_for": self.deadline()},
                {"open_until": until},
                {"open_until": until},
                {},
            ]
            found[name] = offer | rng.choice(kinds)
        return found

    def evidence(self) -> tuple[Tree, Tree]:
        searches: Tree = {
            "cameras": {"kind": "warrant", "challenged": True},
            "stop": {"kind": "stop", "from": ["video"]},
            "house": {"kind": "warrant"},
        }
        if self.chance(0.3):
            searches["house"]["challenged"] = True
        items: Tree = {
            "video": {"from": ["cameras"], "weight": 2.0, "proves": ["act"]},
            "statement": {"from": ["stop"], "weight": 1.0, "proves": ["identity"]},
        }
        if self.chance(0.6):
            items["records"] = {"from": ["house"], "weight": 0.5, "proves": ["act", "taking"]}
        if self.chance(0.5):
            items["tip"] = {"from_either": ["house", "statement"], "weight": 0.25, "proves": ["identity"]}
        if self.chance(0.5):
            items["ledger"] = {"from": self.rng.choice([["video"], ["statement", "house"]]), "weight": 0.5}
        if self.chance(0.3):
            items["witness"] = {"weight": 0.75, "proves": ["identity"]}
        for name, item in items.items():
            if self.chance(0.4):
                item["outside_scope"] = True
            if name != "witness" and self.chance(0.25):
                item["exception"] = {"is": "independent source"}
                if self.chance(0.7):
                    item["exception"]["when"] = self.condition(SCOPE_SCENARIO)
        return searches, items

    def tests(self) -> Tree:
        first: Tree = {"minimized": "no"}
        if self.with_switches:
            first["switch"] = {"doctrine": self.rng.choice(["strict", "loose"])}
        rows = [
            {"if": {"standing": "no"}, "then": "deny"},
            {"if": first, "then": "grant"},
            {"if": {"minimized": self.rng.choice(["no", False]), "good_faith": "no"}, "then": "limit"},
            {"if": {"good_faith": True, "standing": "yes"}, "then": "deny"},
            {"then": self.rng.choice(["deny", "grant"])},
        ]
        asks = {
            "standing": "Is there standing?",
            "minimized": "Was it minimized?",
            "good_faith": "In good faith?",
        }
        tests: Tree = {"suppression": {"questions": {q: {"ask": ask} for q, ask in asks.items()}, "rule": rows}}
        if self.with_appeal:
            outcomes = {"grant": "affirm", "deny": "reverse"} | ({} if self.chance(0.6) else {"limit": "affirm"})
            tests["suppression_on_appeal"] = {"reviews": "suppression", "outcomes": outcomes}
        return tests

    def findings(self) -> Tree:
        def one(low: float, high: float) -> Any:
            p = round(self.rng.uniform(low, high), 3)
            return p if self.chance(0.8) else {"low": p / 2, "mid": p, "high": (1 + p) / 2}

        fixed = self.rng.choice(["yes", True]) if self.chance(0.3) else one(0.7, 0.95)
        found = {"suppression": {"standing": fixed, "minimized": one(0.1, 0.6), "good_faith": one(0.2, 0.8)}}
        if self.with_appeal:
            below = found["suppression"]
            found["suppression_on_appeal"] = {question: one(0.1, 0.6) for question in below}
        return found

    # The two files

    def procedure(self) -> Tree:
        finals: Tree = {f"closed.{how}": {"final": True} for how in ("dismissed", "convicted", "acquitted")}
        finals |= {f"closed.{how}": {"final": True} for how in ("pleaded", "timeout")}
        tracks: Tree = {}
        for name, states in self.states.items():
            tracks[name] = {"start": states[0], "states": {state: {} for state in states}}
        tracks["case"]["states"] |= finals
        if self.with_judged:
            tracks["case"]["states"]["judged"] = {"disposes": True}
        self.build_steps()
        law: Tree = {
            "procedure": f"foreign-{self.seed}",
            "title": f"Generated {self.seed}, of no court",
            "law_as_of": "2019-01-01",
            "tracks": tracks,
            "steps": self.steps,
            "offenses": {
                "theft": {
                    "statute": "of no state",
                    "degree": "first-degree misdemeanor",
                    "elements": ["act", "identity", "taking"],
                },
                "trespass": {
                    "statute": "of no state",
                    "degree": "second-degree misdemeanor",
                    "elements": ["identity"],
                },
            },
        }
        if self.counters:
            law["counters"] = self.counters
        if self.with_facts:
            counsel = {"values": ["none", "appointed", "private"], "default": "none"}
            law["facts"] = {"counsel": counsel, "priors": {"default": 1}}
        if self.with_switches:
            law["switches"] = {"doctrine": {"values": ["strict", "loose"], "authority": "local practice"}}
        if self.with_is:
            quiet = {track: self.states[track][0] for track in self.free}
            law["conditions"] = {"quiet": quiet, "busy": self.track_atom(self.free[-1])}
        if self.with_offers:
            law["offer_kinds"] = ["plea", "diversion"]
        if self.with_motion:
            law["tests"] = self.tests()
        if consequences := self.consequences():
            law["consequences"] = consequences
        return law

    def build_steps(self) -> None:
        self.backbone()
        if self.with_offers:
            self.offer_steps()
        if self.with_motion:
            self.motion_steps()
        room = 13 - len(self.steps)
        for name in self.rng.sample(GENERIC, max(2, min(room, self.rng.randint(2, 6)))):
            self.generic(name)
        if self.with_evidence and self.chance(0.35) and len(self.steps) < 13:
            options = {"amend": self.option("amend", "amend", None, [self.amendment()])}
            self.add("amend", "prosecution", {"case": "pretrial"}, options, self.distribution(1, 15), True)
        self.restarts()
        names = [*self.steps]
        self.rng.shuffle(names)
        self.steps = {name: self.steps[name] for name in names}
        self.steps["give_up"] = {
            "by": "clock",
            "when": {"case": {"not": "closed"}},
            "after": {"fixed": 150},
            "once": True,
            "options": {"end": {"event": "TimeRanOut", "to": {"case": "closed.timeout"}}},
        }

    def amendment(self) -> Tree:
        return {"amend_charge": {"from": "theft", "to": "trespass"}}

    def scenario(self) -> Tree:
        rng = self.rng
        self.choose()
        case: Tree = {
            "scenario": f"foreign-{self.seed}-case",
            "procedure": f"{self.seed:02d}.procedure.yaml",
            "title": f"Generated {self.seed}, of no court",
            "starts": str(self.starts),
            "charges": [{"offense": "theft", "counts": 1}],
            "choosers": self.choosers,
        }
        closed = [str(self.starts + dt.timedelta(days=rng.randrange(60))) for _ in range(rng.randint(2, 8))]
        calendars = [None, "US-FL", "US-FL", {"base": "US-FL", "closed": sorted(set(closed))}]
        if calendar := rng.choice(calendars):
            case["calendar"] = calendar
        if self.delays:
            case["delays"] = self.delays
        if self.with_facts:
            drawn = {"odds": {"none": 0.25, "appointed": 0.25, "private": 0.5}}
            case["facts"] = {"counsel": drawn if self.chance(0.5) else rng.choice(["none", "private"])}
            if self.chance(0.6):
                case["facts"]["priors"] = rng.randint(0, 3)
        if self.with_switches and self.chance(0.7):
            case["switches"] = {"doctrine": rng.choice(["strict", "loose"])}
        if self.with_offers:
            case["offers"] = self.offers()
        if self.with_evidence:
            case["searches"], case["evidence"] = self.evidence()
            case["conviction"] = {"base": -0.5} if self.chance(0.7) else {"p": 0.6}
        if self.with_motion:
            case["findings"] = self.findings()
        return case


def write(seed: int, folder: Path) -> tuple[Path, Path]:
    """The pair NN.procedure.yaml and NN.yaml of this seed."""
    maker = Maker(seed)
    files = folder / f"{seed:02d}.procedure.yaml", folder / f"{seed:02d}.yaml"
    for file, tree in zip(files, (maker.procedure(), maker.scenario()), strict=True):
        file.write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")
    return files


def inside(tree: Any) -> Iterator[Tree]:
    """Every mapping of a tree, the tree included."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from inside(part)


def written(tree: Any, key: str) -> list[Any]:
    return [mapping[key] for mapping in inside(tree) if key in mapping]


def delays(law: Tree, case: Tree) -> list[Any]:
    """Every delay of a step, behind rows too, with those of the scenario."""
    found = [step["after"] for step in law["steps"].values()] + [*case.get("delays", {}).values()]
    return found + [row["after"] for delay in found for row in (delay["rows"] if "rows" in [*flat(delay)] else [])]


def flat(delay: Any) -> Tree:
    return delay if isinstance(delay, dict) else {"fixed": delay}


def has_delay(*keys: str) -> Predicate:
    return lambda law, case: any({*keys} <= flat(delay).keys() for delay in delays(law, case))


def in_law(key: str, test: Callable[[Any], bool] = lambda _: True) -> Predicate:
    return lambda law, _case: any(test(value) for value in written(law, key))


def in_case(key: str, test: Callable[[Any], bool] = lambda _: True) -> Predicate:
    return lambda _law, case: any(test(value) for value in written(case, key))


def any_step(test: Callable[[Tree], bool]) -> Predicate:
    return lambda law, _case: any(test(step) for step in law["steps"].values())


def any_offer(test: Callable[[Tree], bool]) -> Predicate:
    return lambda _law, case: any(test(offer) for offer in case.get("offers", {}).values())


def any_option(test: Callable[[Tree], bool]) -> Predicate:
    return any_step(lambda step: any(test(option) for option in step.get("options", {}).values()))


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def opens_with_consequence(law: Tree, _case: Tree) -> bool:
    at = {name: track["start"] for name, track in law["tracks"].items()}
    whens = [body["when"] for body in law.get("consequences", {}).values()]
    return any(all(at.get(key) == want for key, want in when.items()) for when in whens)


FEATURES: dict[str, Predicate] = {
    "three tracks or more": lambda law, _case: len(law["tracks"]) >= 3,
    "five tracks": lambda law, _case: len(law["tracks"]) == 5,
    "prefix of a dotted state": in_law("when", lambda when: when and when.get("case") == "pretrial"),
    "counter": lambda law, _case: "counters" in law,
    "counter in a condition": in_law("when", lambda when: "tries" in when),
    "counter going down": in_law("to", lambda to: flat(to).get("tries") == -1),
    "not": in_law("not"),
    "list in a condition": in_law("when", lambda when: any(isinstance(want, list) for want in when.values())),
    "option with a condition": any_option(lambda option: "when" in option),
    "step with one option": any_step(lambda step: "options" not in step),
    "three options": any_step(lambda step: len(step.get("options", {})) == 3),
    "once": lambda law, _case: any(s.get("once") is True for name, s in law["steps"].items() if name != "give_up"),
    "once a visit": any_step(lambda step: step.get("once") == "visit"),
    "tolled": any_step(lambda step: "tolled_when" in step),
    "restarts": in_law("restarts"),
    "consequence": lambda law, _case: "consequences" in law,
    "consequence of the opening": opens_with_consequence,
    "consequence of the closing": in_law("released"),
    "hold": in_law("needs"),
    "hold of two resources": in_law("needs", lambda needs: len(needs) == 2),
    "uniform hold": in_law("needs", lambda needs: any("uniform" in flat(hold) for hold in needs.values())),
    "bare number": lambda law, case: any(is_number(delay) for delay in delays(law, case)),
    "zero delay": lambda law, case: 0 in [delay for delay in delays(law, case) if is_number(delay)],
    "fixed": has_delay("fixed"),
    "uniform": has_delay("uniform"),
    "triangular": has_delay("triangular"),
    "exponential": has_delay("exponential"),
    "lognormal": has_delay("median", "p90"),
    "normal": has_delay("normal"),
    "empirical": has_delay("empirical"),
    "rows of delays": has_delay("rows"),
    "until": has_delay("until"),
    "roll": has_delay("roll"),
    "court days": has_delay("court_days"),
    "deadline": has_delay("deadline"),
    "deadline in court days": has_delay("deadline", "court_days"),
    "deadline that is tolled": any_step(lambda s: "tolled_when" in s and "deadline" in flat(s["after"])),
    "court days that are tolled": any_step(lambda s: "tolled_when" in s and "court_days" in flat(s["after"])),
    "roll that is tolled": any_step(lambda s: "tolled_when" in s and "roll" in flat(s["after"])),
    "scenario's delay": lambda _law, case: "delays" in case,
    "plea offer": any_offer(lambda offer: offer["kind"] == "plea"),
    "diversion offer": any_offer(lambda offer: offer["kind"] == "diversion"),
    "offer by the defense": any_offer(lambda offer: offer.get("by") == "defense"),
    "offer with a condition": any_offer(lambda offer: "when" in offer),
    "offer open for days": any_offer(lambda offer: is_number(offer.get("open_for"))),
    "offer open for a deadline": any_offer(lambda offer: "deadline" in flat(offer.get("open_for"))),
    "offer open until a date": any_offer(lambda offer: "open_until" in offer),
    "offer open without limit": any_offer(lambda offer: "open_for" not in offer and "open_until" not in offer),
    "counter-offer": in_law("counter"),
    "lapse that is tolled": lambda law, _case: "tolled_when" in law["steps"].get("offer_lapses", {}),
    "delay of an offer's term": lambda law, _case: "cool_off" in law["steps"],
    "offer by kind or actor": in_law("offer", lambda want: isinstance(want, dict)),
    "offer by id": in_case("offer", lambda want: want in ("first", "second")),
    "switch": lambda law, _case: "switches" in law,
    "switch in a condition": in_law("when", lambda when: "switch" in when),
    "fact drawn": in_case("counsel", lambda fact: isinstance(fact, dict) and "odds" in fact),
    "fact that is a number": in_law("priors", lambda want: want == 0 or "default" not in flat(want)),
    "named condition": in_law("is", lambda name: name in ("quiet", "busy")),
    "findings": in_case("findings", lambda test: test == "suppression"),
    "review": in_law("reviews"),
    "switch in a rule": in_law("if", lambda wanted: "switch" in wanted),
    "ruling without an outcome of its own": in_law("outcomes", lambda outcomes: "limit" not in outcomes),
    "suppress": in_law("suppress", lambda what: what == "challenged"),
    "suppress outside the scope": in_case("outside_scope"),
    "restore": in_law("restore"),
    "evidence from either": in_case("from_either"),
    "exception": in_case("exception", lambda exception: "when" not in exception),
    "exception with a condition": in_case("exception", lambda exception: "when" in exception),
    "two challenged searches": lambda _law, case: len(written(case.get("searches", {}), "challenged")) == 2,
    "admitted": in_case("admitted"),
    "prima facie": in_law("prima_facie"),
    "amended charge": in_law("amend_charge"),
    "evidence decides": lambda _law, case: any("evidence" in c for c in case["choosers"].values()),
    "rows of odds": in_case("rows", lambda rows: "odds" in rows[0]),
    "rest": in_case("odds", lambda odds: "rest" in odds.values()),
    "calendar by name": in_case("calendar", lambda calendar: calendar == "US-FL"),
    "calendar with days closed": in_case("calendar", lambda calendar: "closed" in flat(calendar)),
    "no calendar": lambda _law, case: "calendar" not in case,
    "disposes": in_law("disposes"),
}
