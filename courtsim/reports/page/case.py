"""The case in words: charges, searches, evidence and where it comes from, offers, open doctrine, variants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from courtsim.analysis.graphs import evidence_graph
from courtsim.analysis.report import Report
from courtsim.case.core import apply
from courtsim.case.events import Suppressed
from courtsim.case.masks import masks_of
from courtsim.case.opening import Item, Offer, Search, Term
from courtsim.case.provenance import fallen
from courtsim.files.effective import flow
from courtsim.procedure.law import Limit
from courtsim.reports.graphs import on_page
from courtsim.reports.page.content import Block, Figure, Listing, Paragraph, Section, Table, columns
from courtsim.reports.page.figures import Digits, counted, digits, words
from courtsim.scenario.evidence import conviction_probability
from courtsim.scenario.facts import Scenario
from courtsim.scenario.opens import opening


def case(report: Report) -> Section:
    """What the scenario puts before the law."""
    scenario, law = report.scenario, report.scenario.procedure
    blocks: list[Block] = [
        Paragraph(
            f"The law: {law.title}, as of {law.law_as_of.isoformat()}: {counted(len(law.steps), 'step')} and "
            f"{counted(len(law.consequences), 'consequence')}, each with its rule (courtsim show {law.name} --law). The case "
            f"opens on {scenario.starts.isoformat()}."
        )
    ]
    if report.changes:
        blocks.append(
            Paragraph(f"Changed from the scenario as it stands: {' '.join(report.changes)}. A what-if, not the record.")
        )
    parts = [part for part in (_charges(scenario), _evidence(report), _offers(scenario), _variants(scenario)) if part.blocks]
    return Section("case", "The case in words", tuple(blocks), tuple(parts))


def _charges(scenario: Scenario) -> Section:
    rows = []
    for charge in scenario.charges:
        offense = scenario.procedure.offenses[charge.offense]
        limits = "; ".join(_limit(part, limit) for part, limit in offense.limits.items()) or "none stated"
        name = f"{words(charge.offense)} ({offense.degree})" if offense.degree else words(charge.offense)
        rows.append((name, str(charge.counts), offense.statute, "; ".join(filter(None, [limits, *offense.other]))))
    table = Table(
        "What is charged, and what the statute allows for each count",
        columns("Charge", "#Counts", "Statute", "Limits"),
        tuple(rows),
    )
    return Section("charges", "Charges", (table,) if rows else ())


def _limit(part: str, limit: Limit) -> str:
    said = []
    if limit.max is not None:
        said.append(f"at most {limit.max:,.0f}")
    if limit.mandatory:
        said.append(f"{limit.mandatory:,.0f} mandatory")
    return f"{words(part)}: {', '.join(said) or 'no limit'}"


def _evidence(report: Report) -> Section:
    """The graph of where each item came from, with the table behind it."""
    scenario, shown = report.scenario, digits(report)
    rows = [
        (
            search.label or words(search.name),
            f"{search.kind or 'search'}, challenged" if search.challenged else search.kind or "search",
            _labels(scenario, search.sources) or "nothing earlier",
            "",
        )
        for search in scenario.searches.values()
    ]
    rows += [
        (item.label or words(item.name), _proves(item), _provenance(scenario, item), shown.number(item.weight))
        for item in scenario.evidence.values()
    ]
    if not rows:
        return Section("evidence", "Searches and evidence")
    table = Table(
        "Searches and evidence, each with what it derives from",
        columns("Search or item", "Kind, what it proves", "Derives from", "#Weight in the conviction chance"),
        tuple(rows),
    )
    figure = Figure(
        on_page(evidence_graph(scenario)),
        "A graph from searches (ellipses; dark where challenged) to the items of evidence that derive from them, and on to what "
        "derives from those. The table after it lists each with what it derives from.",
        "Where each item came from: it falls with what it derives from, unless an exception applies",
        table,
    )
    return Section("evidence", "Searches and evidence", (figure, *_conviction(scenario, shown)))


def _proves(item: Item) -> str:
    said = f"evidence of {words(', '.join(item.proves))}" if item.proves else "evidence"
    return f"{said}; may become public" if item.disclosable else said


def _provenance(scenario: Scenario, item: Item) -> str:
    said = [_labels(scenario, item.sources)] if item.sources else []
    if item.either:
        said.append(f"either of {_labels(scenario, item.either)}")
    said = said or ["nothing that was challenged"]
    if item.exemption is not None:
        said.append(f"exception{' under a condition' if item.exemption.when else ''}: {item.exemption.reason}")
    return "; ".join(said)


def _labels(scenario: Scenario, names: Iterable[str]) -> str:
    known: dict[str, Search | Item] = {**scenario.searches, **scenario.evidence}
    return "; ".join(known[name].label or words(name) for name in names)


def _conviction(scenario: Scenario, shown: Digits) -> list[Block]:
    """The chance if tried on this evidence: on all of it, and on what stands once everything challenged is suppressed."""
    if scenario.conviction is None:
        return []
    opened = opening(scenario)
    masks = masks_of(scenario.procedure, opened)
    word = masks.start()
    kept = apply(masks, word, Suppressed(fallen(opened)))
    whole, left = (shown.percent(conviction_probability(scenario, masks, each)) for each in (word, kept))
    said = f"Conviction chance if tried on this evidence, all of it admitted: {whole}"
    if any(search.challenged for search in scenario.searches.values()):
        said += f"; with everything suppressed that derives from a challenged search, no exception applying: {left}"
    return [Paragraph(f"{said}. An assumption about a trial, never a statement about what happened.")]


def _offers(scenario: Scenario) -> Section:
    rows = tuple(
        (
            words(offer.name),
            words(offer.kind),
            f"the {words(offer.by)}",
            "; ".join(_term(term, given) for term, given in offer.terms) or "none stated",
            _open(scenario, offer),
        )
        for offer in scenario.offers.values()
    )
    table = Table("Offers, in the order in which they are made", columns("Offer", "Kind", "By", "Terms", "Open"), rows)
    return Section("offers", "Offers", (table,) if rows else ())


def _term(term: str, given: Term) -> str:
    return (
        words(term)
        if given is True
        else f"{words(term)}: {given:,}"
        if isinstance(given, int | float)
        else f"{words(term)}: {given}"
    )


def _open(scenario: Scenario, offer: Offer) -> str:
    """How long, in the words of the file where it is more than a number of days."""
    if offer.open_until is not None:
        return f"until {offer.open_until.isoformat()}"
    stated = json.loads(scenario.inputs)["scenario"]["offers"][offer.name].get("open_for")
    if isinstance(stated, dict) and set(stated) == {"deadline"}:
        stated = stated["deadline"]
    return "while the case goes on" if stated is None else f"for {flow(stated).strip('{}')} days"


def _variants(scenario: Scenario) -> Section:
    stated: Mapping[str, Any] = json.loads(scenario.inputs)["scenario"].get("variants", {})
    items = tuple(f"{name}: {'; '.join(_changes('', change))}" for name, change in stated.items())
    said: tuple[Block, ...] = (
        Paragraph("What-ifs that the scenario names, with what each changes (--variant NAME):"),
        Listing(items),
    )
    return Section("variants", "Variants", said if items else ())


def _changes(path: str, tree: Any) -> Iterable[str]:
    if isinstance(tree, Mapping) and tree:
        for key, each in tree.items():
            yield from _changes(f"{path}.{key}" if path else str(key), each)
    else:
        value = (
            "removed"
            if tree is None
            else {True: "true", False: "false"}.get(tree, str(tree))
            if isinstance(tree, bool)
            else str(tree)
        )
        yield f"{path} {value}"
