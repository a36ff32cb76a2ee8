"""The conviction probability of what is still admissible."""

from __future__ import annotations

import math

from courtsim.case.masks import Masks
from courtsim.errors import WrongInput
from courtsim.scenario.facts import ByTable, ByTruth, Certain, Logistic, Scenario


def conviction_probability(scenario: Scenario, masks: Masks, word: int) -> float:
    """P(convict) if tried on this evidence; 0 where an element of the offense has no admissible item left that proves it.

    Raises:
        WrongInput: the scenario does not say how evidence convicts, or its table has no row for what is left.
    """
    if masks.questions["prima_facie",].read(word) is False:
        return 0.0
    stated = scenario.conviction
    if isinstance(stated, ByTruth):
        stated = _given_the_truth(scenario, stated, masks, word)
    if stated is None:
        raise WrongInput(
            None,
            f"scenario {scenario.name} has no `conviction`, which its evidence chooser needs",
            "conviction: {p: 0.6}",
        )
    admitted = {item.name: masks.admissible(item.name, word) for item in masks.opening.evidence}
    match stated:
        case Certain(p):
            return p
        case Logistic(base):
            weight = sum(item.weight for item in masks.opening.evidence if admitted[item.name])
            return 1.0 / (1.0 + math.exp(-(base + weight)))
        case ByTable(rows):
            for row in rows:
                if all(admitted[name] for name in row.admitted):
                    return row.p
            raise WrongInput(None, "no row of `conviction.table` holds for what is admissible", "a last row without `admitted`")


def _given_the_truth(scenario: Scenario, stated: ByTruth, masks: Masks, word: int) -> Logistic | ByTable | Certain:
    """The chance stated for what the latent fact is in this case; the loader has made sure that there is one."""
    latent = scenario.procedure.latent
    assert latent is not None
    return dict(stated.given)[masks.questions["fact", latent.fact].read(word)]  # type: ignore[index]
