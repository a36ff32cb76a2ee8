"""A scenario: the facts put before a procedure, who decides how, and what each outcome is worth to whom.

What each key of a scenario file becomes. Nothing here knows YAML, time or chance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from courtsim.case.opening import Charge, Item, Offer, Search
from courtsim.procedure.conditions import Condition, Value
from courtsim.procedure.delays import AnyDelay, Delay
from courtsim.procedure.law import Kind, Procedure, Source
from courtsim.scenario.caseload import Caseload, Lawyers, Resource

REST = "rest"
P = "p"  # the conviction probability, in the odds of an evidence chooser

Share: TypeAlias = float | Literal["rest", "p"]


class Odds(Struct, frozen=True, tag="odds"):
    """Probabilities by option, in the order of the file; exactly one may be `rest`, in an evidence chooser one `p`."""

    shares: tuple[tuple[str, Share], ...]


class ByFindings(Struct, frozen=True, tag="findings"):
    """The answers to a legal test are drawn, and its rule decides."""

    test: str


class ByEvidence(Struct, frozen=True, tag="evidence"):
    """`p` is the conviction probability of what is still admissible; numbers beside it come first."""

    odds: Odds


class ByReason(Struct, frozen=True, tag="rational"):
    """Whatever is worth most to this actor."""

    actor: str


class ByPerson(Struct, frozen=True, tag="person"):
    """Whoever plays this actor; `otherwise` decides when nobody plays."""

    actor: str
    otherwise: ChooserSpec | None = None


class Row(Struct, frozen=True):
    chooser: ChooserSpec
    when: Condition = ()


class ByRows(Struct, frozen=True, tag="rows"):
    """The first row whose condition holds."""

    rows: tuple[Row, ...]


ChooserSpec: TypeAlias = Odds | ByRows | ByFindings | ByEvidence | ByReason | ByPerson


class FactOdds(Struct, frozen=True, tag="fact_odds"):
    """A fact drawn once per case."""

    shares: tuple[tuple[Value, float], ...]


FactSpec: TypeAlias = Value | FactOdds | Delay


class Logistic(Struct, frozen=True, tag="base"):
    """P(convict) = 1 / (1 + exp(-(base + sum of the weights still admissible)))."""

    base: float


class TableRow(Struct, frozen=True):
    p: float
    admitted: tuple[str, ...] = ()


class ByTable(Struct, frozen=True, tag="table"):
    """The first row whose items are all admissible."""

    rows: tuple[TableRow, ...]


class Certain(Struct, frozen=True, tag="p"):
    """The same probability whatever is admitted (but 0 once no element can be proved)."""

    p: float


class ByTruth(Struct, frozen=True, tag="truth"):
    """A chance for each value of the latent fact: no one sees the truth, but proof is likelier against the guilty."""

    given: tuple[tuple[Value, Logistic | ByTable | Certain], ...]


Conviction: TypeAlias = Logistic | ByTable | Certain | ByTruth


class SentenceRow(Struct, frozen=True):
    """A sentence before the statute's mandatory parts; amounts are numbers or drawn from a distribution."""

    amounts: tuple[tuple[str, Delay], ...] = ()  # jail_days, probation_days, fine, civil_penalty, community_service_hours
    withhold: float = 0.0  # the probability that adjudication is withheld
    when: Condition = ()


OFFER: Literal["offer"] = "offer"
Sentencing: TypeAlias = Literal["offer"] | tuple[SentenceRow, ...]  # the terms accepted, or a table


class Entry(Struct, frozen=True):
    """A dated line of a script: a step (with its choice, if given) or a note that moves nothing."""

    on: dt.date
    step: str | None = None
    choose: str | None = None
    note: str | None = None
    by: str | None = None
    rule: str | None = None
    source: str | None = None
    mark: Literal["verified", "recalled", "derived"] | None = None
    about: bool = False
    findings: tuple[tuple[str, bool], ...] = ()


class Expectation(Struct, frozen=True):
    """What a file expects: what is lawful after these options, on which days what happens, what `solve` answers."""

    after: tuple[str, ...] = ()  # step.option after step.option, from the start
    lawful: tuple[str, ...] = ()  # steps, or step.option
    not_lawful: tuple[str, ...] = ()
    dated: tuple[tuple[str, dt.date], ...] = ()  # event, date
    dispositions: tuple[tuple[str, float], ...] = ()
    reached: tuple[tuple[str, float], ...] = ()  # track.state
    measures: tuple[tuple[str, float], ...] = ()


class Calendar(Struct, frozen=True):
    """Weekends and the public holidays of `base` (a country or country-subdivision of the `holidays` package), and `closed`."""

    base: str | None = None
    closed: tuple[dt.date, ...] = ()


class Scenario(Struct, frozen=True, eq=False):
    """A case or a caseload under a procedure. Compared by identity: it is loaded once and never changes."""

    name: str
    title: str
    procedure: Procedure
    starts: dt.date
    summary: str = ""
    documented: bool = False  # a prosecution of a real person: nothing says whether he is guilty
    calendar: Calendar | None = None
    facts: Mapping[str, FactSpec] = {}
    private: Mapping[str, str] = {}
    switches: Mapping[str, Value] = {}
    charges: tuple[Charge, ...] = ()
    searches: Mapping[str, Search] = {}
    evidence: Mapping[str, Item] = {}
    conviction: Conviction | None = None
    offers: Mapping[str, Offer] = {}  # in the order in which they are made
    choosers: Mapping[str, ChooserSpec] = {}
    findings: Mapping[str, Mapping[str, float]] = {}  # test, question, probability of yes (or of reversal)
    delays: Mapping[str, AnyDelay] = {}
    sentencing: Mapping[Kind, Sentencing] = {}
    values: Mapping[str, Any] = {}  # actor to the keys of formats.md, ranges at their middle
    costs: Mapping[str, Mapping[str, float]] = {}  # step.option, actor, dollars
    beliefs: Mapping[str, Mapping[str, Value]] = {}
    believed: Mapping[str, Scenario] = {}  # actor to the scenario as he believes it to be
    script: tuple[Entry, ...] = ()
    script_until: dt.date | None = None
    variants: tuple[str, ...] = ()
    expect: tuple[Expectation, ...] = ()
    resources: Mapping[str, Resource] = {}  # what `caseload` limits; the others are there whenever asked for
    lawyers: Mapping[str, Lawyers] = {}  # in a caseload: who keeps a case from when he gets it; of the file's `resources`
    caseload: Caseload | None = None
    ranges: Mapping[str, tuple[float, float, float]] = {}  # path to low, mid, high
    sources: Mapping[str, Source] = {}
    warnings: tuple[str, ...] = ()  # what loads and yet deserves a word: a default number without a source, ...
    inputs: bytes = b""  # the effective files, as canonical JSON; from these alone a stored run is loaded again
    digest: str = ""  # of `inputs`

    @property
    def truths(self) -> tuple[Value, ...]:
        """What the latent fact may be in a case of this scenario; empty where it is unknown: then nothing is measured by it."""
        latent = self.procedure.latent
        stated = self.facts.get(latent.fact) if latent else None
        if isinstance(stated, FactOdds):
            return tuple(value for value, share in stated.shares if share > 0)
        return (stated,) if latent and stated in (latent.guilty, latent.innocent) else ()
