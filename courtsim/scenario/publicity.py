"""What would-be buyers make of published events: how likely they believe an arrest to be, and how many acts that leaves.

A model of perception in three lines. All risks are chances without a unit, times are days.

At rest a would-be buyer believes that an act leads to his arrest with the chance b0, while q0 of the acts are in fact filed.
With q filed instead he believes

    b = b0 (1 + n (q / q0 - 1)),  n: how much of a change of enforcement is noticed, 0 to 1.

Published events raise the *perceived risk* r = b + l. The lift l jumps at an event of size s by s u (u: what an event
of size 1 adds) and fades with the half-life h:

    l -> min(1 - b, max(0, l + s u)) at an event,  l(t + d) = l(t) 2^(-d / h) until the next.

(A negative size takes away what news has raised, never more.) Acts answer to it with a constant elasticity e <= 0, over a
threshold k below which a risk deters nobody:

    acts / acts at rest = (max(r, k) / max(b0, k))^e.

Certainty alone is in it: nothing here reads a sentence. Of the acts that do not happen a share may be displaced: to another
place or market, which this court never sees, or to another time.

Sources: certainty more than severity, Nagin, Annu. Rev. Econ. 5:83 (2013), Chalfin and McCrary, J. Econ. Lit. 55:5 (2017); the
threshold, Loughran et al., Justice Q. 29:712 (2012); fading, Sherman, Crime & Justice 12:1 (1990); displacement, Weisburd et
al., Criminology 44:549 (2006). The forms (a constant elasticity, exponential fading, jumps that add) are assumptions.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

BANNER = (
    "A model of perception, not a finding about anyone: simulated would-be acts under assumed numbers. It does not show that "
    "any prosecution prevented anything."
)
ELSEWHERE = ("place", "market", "time")  # where an act goes that does not happen
PUT_OFF = 30.0  # days, where a scenario says no other
STEEPEST = 10.0  # the greatest elasticity, in size
FINEST = 0.002  # the fewest filings per offense: five hundred would-be acts behind each filing
GREATEST = 4.0  # times as many acts as at rest, where enforcement is given up


class Displacement(Struct, frozen=True):
    """What becomes of acts that a raised risk keeps from happening: a share happens all the same.

    Attributes:
        to: another place or market, out of this court's sight; or this one at another time.
        after_days: with another time, how much later.
    """

    share: float = 0.0
    to: Literal["place", "market", "time"] = "place"
    after_days: float = PUT_OFF


class Prominent(Struct, frozen=True):
    """The one case of which everybody reads: filed on a day among the others, heard in its turn.

    Attributes:
        events: event or step.option to the size of its publication.
    """

    scenario: str
    filed_on: dt.date
    variant: str | None = None
    events: Mapping[str, float] = {}


class Publicity(Struct, frozen=True):
    """A crowd that watches a court.

    Attributes:
        perceived_risk: believed at rest (b0).
        filings_at_rest: of the acts, what the caseload's arrivals stand for (q0).
        filings_per_offense: enforcement as it is (q).
        noticed: how much of a change of enforcement is (n).
        elasticity: of acts to the perceived risk (e), 0 or below.
        lift: what an event of size 1 adds to it (u).
        threshold: no risk below it deters (k).
        events: of every ordinary case, as of the prominent one.
        context: name to what is known; moves nothing.
    """

    perceived_risk: float
    filings_at_rest: float
    filings_per_offense: float
    elasticity: float
    half_life_days: float
    lift: float = 1.0
    noticed: float = 1.0
    threshold: float = 0.0
    displacement: Displacement = Displacement()
    events: Mapping[str, float] = {}
    prominent: Prominent | None = None
    context: Mapping[str, str] = {}

    @property
    def enforcement(self) -> float:
        """Filings per offense, as a multiple of those at rest."""
        return self.filings_per_offense / self.filings_at_rest

    @property
    def base(self) -> float:
        """The perceived risk without news (b)."""
        return min(1.0, self.perceived_risk * (1 + self.noticed * (self.enforcement - 1)))

    def lifted(self, lift: float, size: float) -> float:
        """The lift right after an event."""
        return min(1 - self.base, max(0.0, lift + size * self.lift))

    def faded(self, lift: float, days: float) -> float:
        """What is left of a lift so many days later."""
        return lift * math.pow(2.0, -days / self.half_life_days)

    def acts(self, risk: float) -> float:
        """Acts at this perceived risk, as a multiple of those at rest."""
        return math.pow(max(risk, self.threshold) / max(self.perceived_risk, self.threshold), self.elasticity)

    @property
    def most(self) -> float:
        """The greatest multiple that `acts` ever takes."""
        return max(1.0, self.acts(self.base))
