"""A procedure: the law of one kind of court as frozen data, and the graphs of its tracks.

What each key of a procedure file becomes. Nothing here knows YAML, time or chance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from courtsim.procedure.conditions import Condition, Value
from courtsim.procedure.delays import AT_ONCE, AnyDelay

SPINE = "case"
CLOCK = "clock"
DO = "do"  # the name of the option of a step that writes its only option on itself, and of every consequence

Kind: TypeAlias = Literal["plea", "verdict", "diversion"]
Measured: TypeAlias = Literal["appearance", "continuance", "trial", "appeal"]


class TrackState(Struct, frozen=True):
    name: str
    label: str = ""
    final: bool = False  # closes the case and stops every clock
    disposes: bool = False  # fixes disposition and `days` while steps go on
    convicted: bool = False
    custody: bool = False  # the accused is held while the case stands here


class Track(Struct, frozen=True):
    name: str
    start: str
    states: Mapping[str, TrackState]


# Effects: the closed list of what an option does beside moving tracks.


class MakeOffer(Struct, frozen=True, tag="offer"):
    """Makes the next offer that is left: the first unmade one of the step's actor whose `when` holds."""


class AcceptOffer(Struct, frozen=True, tag="accept_offer"):
    """Accepts the offer on the table."""


class Suppress(Struct, frozen=True, tag="suppress"):
    """Strikes what derives from the searches marked `challenged`; `outside_scope`: of that, only the items marked so."""

    what: Literal["challenged", "outside_scope"]


class Restore(Struct, frozen=True, tag="restore"):
    """Puts back what derives from the searches marked `challenged`."""


class Sentence(Struct, frozen=True, tag="sentence"):
    kind: Kind


class AmendCharge(Struct, frozen=True, tag="amend_charge"):
    from_offense: str
    to_offense: str


class Publish(Struct, frozen=True, tag="publish"):
    """Publishes the evidence items marked `disclosable`."""


class Publicity(Struct, frozen=True, tag="publicity"):
    amount: float


class Cost(Struct, frozen=True, tag="cost"):
    dollars: tuple[tuple[str, float], ...]  # actor, dollars


class Count(Struct, frozen=True, tag="count"):
    what: Measured


Effect: TypeAlias = MakeOffer | AcceptOffer | Suppress | Restore | Sentence | AmendCharge | Publish | Publicity | Cost | Count


class Option(Struct, frozen=True):
    """What may be chosen when a step falls due. Choosing it is an event."""

    name: str
    event: str  # past tense: MotionToSuppressGranted
    says: str | None = None
    to: tuple[tuple[str, str], ...] = ()  # track, state
    adds: tuple[tuple[str, int], ...] = ()  # counter, number; the sum is kept within 0 and the cap
    effects: tuple[Effect, ...] = ()
    when: Condition = ()
    restarts: tuple[str, ...] = ()  # steps that, if still enabled after the event, start a new visit
    rule: str | None = None


class Step(Struct, frozen=True):
    """Something that someone may do: enabled `when`, due `after`, possibly needing a resource."""

    name: str
    by: str
    when: Condition
    options: Mapping[str, Option]
    after: AnyDelay = AT_ONCE
    tolled_when: Condition | None = None
    once: Literal["never", "case", "visit"] = "never"
    needs: Mapping[str, AnyDelay] = {}  # resource to court days held, in the order of the file


class Consequence(Struct, frozen=True):
    """What the law does at once after an event, as an event of its own."""

    name: str
    when: Condition
    option: Option  # named `do`


class Question(Struct, frozen=True):
    name: str
    ask: str = ""
    authority: str | None = None
    burden: str | None = None
    standard: str | None = None


class RuleRow(Struct, frozen=True):
    """A row of a test's rule: if these answers and switches all hold, then this ruling."""

    then: str
    answers: tuple[tuple[str, bool], ...] = ()
    switches: tuple[tuple[str, Value], ...] = ()


class LegalTest(Struct, frozen=True):
    """Questions and the rule that turns answers into a ruling.

    A test that `reviews` another has no questions or rule of its own: each finding below may be reversed, and the
    rule of the test below is applied again. `outcomes` maps a ruling to the option it names (itself, if not listed).
    """

    name: str
    questions: Mapping[str, Question] = {}
    rule: tuple[RuleRow, ...] = ()
    reviews: str | None = None
    outcomes: Mapping[str, str] = {}


class Limit(Struct, frozen=True):
    """What the statute says of one part of a sentence, for each count."""

    max: float | None = None
    mandatory: float = 0.0


class Offense(Struct, frozen=True):
    name: str
    statute: str
    degree: str | None = None
    limits: Mapping[str, Limit] = {}  # jail_days, probation_days, fine, civil_penalty, community_service_hours
    other: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()


class FactKind(Struct, frozen=True):
    """A fact that conditions may ask of a scenario: one of `values`, or a number where there are none."""

    name: str
    values: tuple[Value, ...] = ()
    default: Value = 0
    at_least: float | None = None  # of a number: below it a scenario is refused


class Latent(Struct, frozen=True):
    """What happened, as a fact that no law and no actor but one may ask: guilt, evidence and verdict are three variables.

    A chance may be stated for each truth (`conviction.truth`), because evidence is likelier against the guilty; nobody
    reads the fact itself. `pleaded`, `convicted` and `acquitted` are the dispositions that rest on a plea of guilty or
    no contest, on a verdict of guilty and on an acquittal.
    """

    fact: str
    guilty: Value
    innocent: Value
    known_to: str
    pleaded: frozenset[str] = frozenset()
    convicted: frozenset[str] = frozenset()
    acquitted: frozenset[str] = frozenset()


class Switch(Struct, frozen=True):
    """Open doctrine as a choice; the first value is the default."""

    name: str
    values: tuple[Value, ...]
    authority: str | None = None


class Never(Struct, frozen=True, tag="never"):
    when: Condition


class Requires(Struct, frozen=True, tag="requires"):
    """The condition holds just before every event of this name."""

    event: str
    when: Condition


class Always(Struct, frozen=True, tag="always"):
    """From the first event of this name on, the condition holds."""

    after: str
    when: Condition


class Eventually(Struct, frozen=True, tag="eventually"):
    """On every path that ends, the condition comes to hold after the event, unless the other one does."""

    after: str
    when: Condition
    unless: Condition | None = None


Invariant: TypeAlias = Never | Requires | Always | Eventually


class Source(Struct, frozen=True):
    """Where a number or a rule comes from."""

    mark: Literal["verified", "recalled", "assumed"]
    text: str


class Procedure(Struct, frozen=True, eq=False):
    """The law of one kind of court on one day. Compared by identity: it is loaded once and never changes."""

    name: str
    title: str
    law_as_of: dt.date
    tracks: Mapping[str, Track]
    steps: Mapping[str, Step]
    counters: Mapping[str, int] = {}  # name, cap
    conditions: Mapping[str, Condition] = {}
    consequences: tuple[Consequence, ...] = ()
    facts: Mapping[str, FactKind] = {}
    latent: Latent | None = None
    offer_kinds: tuple[str, ...] = ()
    switches: Mapping[str, Switch] = {}
    tests: Mapping[str, LegalTest] = {}
    offenses: Mapping[str, Offense] = {}
    invariants: Mapping[str, Invariant] = {}
    glossary: Mapping[str, str] = {}
    sources: Mapping[str, Source] = {}
    summary: str = ""
    warnings: tuple[str, ...] = ()  # default numbers without a source, with their places

    def option(self, step: str, option: str) -> Option:
        """The option of a step or, where *step* names a consequence, of that consequence.

        Raises:
            KeyError: no such step or option.
        """
        if step in self.steps:
            return self.steps[step].options[option]
        return next(c.option for c in self.consequences if c.name == step)

    def says_the_same(self, other: Procedure) -> bool:
        """Whether another reading of a file came to the same law."""
        return self is other or all(getattr(self, part) == getattr(other, part) for part in self.__struct_fields__)

    def custody(self) -> tuple[str, tuple[str, ...]] | None:
        """The track on which the accused may be held, and its states in which he is; a procedure has one at most."""
        for track in self.tracks.values():
            held = tuple(state.name for state in track.states.values() if state.custody)
            if held:
                return track.name, held
        return None

    def disposing(self) -> tuple[str, ...]:
        """The states of the spine that fix a disposition, in the order of the file."""
        return tuple(s.name for s in self.tracks[SPINE].states.values() if s.final or s.disposes)
