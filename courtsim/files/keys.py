"""Every key of the two formats, once: what the loader knows, what is required, and what the JSON Schema says of it.

A table maps a key to its shape (a fragment of JSON Schema), a description, and whether it must be there. `fields` of
`small.py` refuses what is not in the table; `schema.py` prints the tables. What a shape cannot say (names that exist,
sums, orders) the readers check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from courtsim.scenario.caseload import WEEKDAYS
from courtsim.scenario.publicity import ELSEWHERE, STEEPEST

Shape: TypeAlias = Mapping[str, Any]


class Key(NamedTuple):
    shape: Shape
    says: str
    required: bool = False


Keys: TypeAlias = Mapping[str, Key]


def ref(name: str) -> Shape:
    """One of the shared definitions below."""
    return {"$ref": f"#/$defs/{name}"}


def named(shape: Shape) -> Shape:
    """A mapping whose keys are names."""
    return {"type": "object", "additionalProperties": shape}


def listed_as(shape: Shape, **more: int) -> Shape:
    return {"type": "array", "items": shape, **more}


def either(*shapes: Shape) -> Shape:
    return {"anyOf": list(shapes)}


def words(*words: str) -> Shape:
    return {"enum": list(words)}


def mapping_of(keys: Keys) -> Shape:
    """A mapping with these keys and no others."""
    required = [name for name, key in keys.items() if key.required]
    made: dict[str, Any] = {
        "type": "object",
        "properties": {name: {**key.shape, "description": key.says} for name, key in keys.items()},
        "additionalProperties": False,
    }
    return made | {"required": required} if required else made


def some_of(keys: Keys, *without: str) -> Keys:
    """The same keys less some, none of them required."""
    return {name: key._replace(required=False) for name, key in keys.items() if name not in without}


TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
SESSION: Shape = {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$"}
DATE: Shape = {"type": "string", "format": "date"}
INT: Shape = {"type": "integer"}
WHOLE: Shape = {"type": "integer", "minimum": 0}
VALUE: Shape = {"type": ["string", "number", "boolean"]}
NUMBER = ref("number")
AMOUNT = ref("amount")
SHARE = ref("share")
ANSWER = ref("answer")
ID: Shape = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
LIMITS = ("jail_days", "probation_days", "fine", "civil_penalty", "community_service_hours")

MARKS = ("verified", "recalled", "derived")

# -- the small notations

DISTRIBUTION: Keys = {
    "fixed": Key(AMOUNT, "always so many days"),
    "uniform": Key(listed_as(AMOUNT, minItems=2, maxItems=2), "[min, max], every value between equally likely"),
    "triangular": Key(listed_as(AMOUNT, minItems=3, maxItems=3), "[min, mode, max]"),
    "exponential": Key(AMOUNT, "the mean; above 0"),
    "median": Key(AMOUNT, "of a lognormal; with p90"),
    "p90": Key(AMOUNT, "the 90th percentile of a lognormal; above the median"),
    "normal": Key(listed_as(NUMBER, minItems=2, maxItems=2), "[mean, sd]; negative draws become 0"),
    "empirical": Key(listed_as(AMOUNT, minItems=1), "a sample, each of it equally likely"),
}
ROUNDING: Keys = {
    "court_days": Key(FLAG, "the clock moves only on days the court sits"),
    "roll": Key(FLAG, "what falls due on a day without court happens at the beginning of the next court day"),
}
SIMPLE_DELAY: Keys = {
    **DISTRIBUTION,
    "deadline": Key(WHOLE, "a legal time limit of so many whole days"),
    "until": Key(DATE, "the days left to that date; 0 if past"),
    "offer": Key(TEXT, "in a procedure: a number of days among the terms of the offer on the table, or open_for"),
    **ROUNDING,
}
DELAY_ROW: Keys = {
    "when": Key(ref("condition"), "the row holds where this does when the visit starts; the last row has none"),
    "after": Key(ref("simple_delay"), "the delay of this row", required=True),
}
DELAY_ROWS: Keys = {
    "rows": Key(listed_as(mapping_of(DELAY_ROW), minItems=1), "the first row whose condition holds", required=True),
    **ROUNDING,
}
BOUNDS: Keys = {
    "at_least": Key(NUMBER, "this number or more"),
    "at_most": Key(NUMBER, "this number or less"),
}
NEGATION: Keys = {"not": Key(ref("asked"), "anything but this", required=True)}
OFFER_LIKE: Keys = {
    "kind": Key(ref("asked"), "the kind of the offer"),
    "by": Key(ref("asked"), "the actor who made it"),
}
CONDITION: Keys = {
    "offer": Key(
        either(TEXT, listed_as(TEXT), mapping_of(OFFER_LIKE), mapping_of(NEGATION)), "the offer made last: its id, kind or maker"
    ),
    "is": Key(either(TEXT, listed_as(TEXT), mapping_of(NEGATION)), "a condition named under `conditions`"),
    "fact": Key(named(ref("asked")), "facts of the case"),
    "switch": Key(named(ref("asked")), "open doctrine, as the scenario decides it"),
    "admitted": Key(named(ref("asked")), "is this item of evidence still admissible?"),
    "prima_facie": Key(ref("asked"), "has every element of the offense an admissible item left that proves it?"),
}
RANGE: Keys = {
    "low": Key({"type": "number"}, "the lowest value that `sensitivity` tries", required=True),
    "mid": Key({"type": "number"}, "the value that counts", required=True),
    "high": Key({"type": "number"}, "the highest value that `sensitivity` tries", required=True),
}
SOURCE_MARK: Keys = {
    "recalled": Key(TEXT, "a citation from memory, not checked"),
    "assumed": Key(TEXT, "no source; why this number"),
}

# -- a procedure

STATE: Keys = {
    "label": Key(TEXT, "its name for people"),
    "final": Key(FLAG, "only on `case`: closes the case and stops every clock"),
    "disposes": Key(FLAG, "only on `case`: fixes disposition and days while steps go on; the last such entry counts"),
    "convicted": Key(FLAG, "only on `case`: a conviction, unless adjudication is withheld"),
    "custody": Key(FLAG, "the accused is held here; on one track only. Feeds `days_in_custody`, up to the disposition"),
}
TRACK: Keys = {
    "start": Key(TEXT, "the state in which a case begins", required=True),
    "states": Key(named(mapping_of(STATE)), "the states by name; dots make a hierarchy", required=True),
}
FACT: Keys = {
    "values": Key(listed_as(VALUE, minItems=1), "the values it may have; without them it is a number"),
    "default": Key(VALUE, "what holds where a scenario is silent; else the first value, or 0"),
    "at_least": Key(NUMBER, "of a number: a scenario that states less is refused"),
}
LATENT: Keys = {
    "fact": Key(TEXT, "the fact that says what happened; no condition of the law may ask it", required=True),
    "guilty": Key(VALUE, "the value that says: guilty", required=True),
    "innocent": Key(VALUE, "the value that says: innocent; the default of the fact is neither", required=True),
    "known_to": Key(TEXT, "the only actor who knows it; only his choosers may ask it", required=True),
    "pleaded": Key(listed_as(TEXT), "ends that rest on a plea of guilty or no contest: `false_plea` of the innocent"),
    "convicted": Key(listed_as(TEXT), "ends that rest on a verdict of guilty: `wrongful_conviction` of the innocent"),
    "acquitted": Key(listed_as(TEXT), "ends that rest on an acquittal: `wrongful_acquittal` of the guilty"),
}
SWITCH: Keys = {
    "values": Key(listed_as(VALUE, minItems=1), "the sides of the question; the first is the default", required=True),
    "authority": Key(TEXT, "where the question stands"),
}
AMEND: Keys = {
    "from": Key(TEXT, "the offense charged", required=True),
    "to": Key(TEXT, "the offense it becomes", required=True),
}
EFFECT: Keys = {
    "offer": Key(words("next"), "makes the actor's next offer whose `when` holds; lawful only while one is left"),
    "suppress": Key(words("challenged", "outside_scope"), "strikes what derives from the challenged searches"),
    "restore": Key(words("challenged"), "puts it back"),
    "sentence": Key(words("plea", "verdict", "diversion"), "sentences: the scenario says how, the statute limits it"),
    "amend_charge": Key(mapping_of(AMEND), "changes the charge"),
    "publish": Key(words("disclosable"), "publishes the evidence items marked disclosable"),
    "publicity": Key({"type": "number"}, "adds to the measure `publicity`"),
    "cost": Key(named({"type": "number"}), "dollars by actor"),
    "count": Key(words("appearance", "continuance", "trial", "appeal"), "adds one to that measure"),
}
ACCEPT = "accept_offer"
OPTION: Keys = {
    "event": Key(TEXT, "what has happened then, in the past tense: MotionToSuppressGranted", required=True),
    "says": Key(TEXT, "the docket's sentence; else the event's words"),
    "to": Key(named(either(TEXT, INT)), "track to its new state; counter to a number that is added"),
    "effects": Key(listed_as(either(words(ACCEPT), mapping_of(EFFECT))), "what it does beside moving tracks"),
    "when": Key(ref("condition"), "the option is lawful only where this holds"),
    "restarts": Key(listed_as(TEXT), "steps that, if still enabled after the event, start a new visit"),
    "rule": Key(TEXT, "the rule of law"),
}
OPTION_OF_STEP = some_of(OPTION, "when")  # `event` is required where there are no options
STEP: Keys = {
    "by": Key(TEXT, "the actor, any word; `clock` is what the law does by itself", required=True),
    "when": Key(ref("condition"), "the step is enabled where this holds"),
    "after": Key(ref("delay"), "how long after it became enabled it is due; at once, if left out"),
    "tolled_when": Key(ref("condition"), "its clock stands still where this holds"),
    "once": Key(either(FLAG, words("visit")), "true: at most once in a case; visit: silent until its `when` has been false"),
    "needs": Key(named(ref("delay")), "resource to court days held, all at once"),
    "options": Key(named(mapping_of(OPTION)), "what may be chosen; a single option's keys may stand on the step itself"),
    **OPTION_OF_STEP,
}
CONSEQUENCE: Keys = {**OPTION, "when": Key(ref("condition"), "it follows at once where this holds after an event", required=True)}
QUESTION: Keys = {
    "ask": Key(TEXT, "the question in words"),
    "authority": Key(TEXT, "the case or rule that asks it"),
    "burden": Key(TEXT, "who must prove it"),
    "standard": Key(TEXT, "how strongly"),
}
RULE_ROW: Keys = {
    "if": Key(
        {"type": "object", "properties": {"switch": named(VALUE)}, "additionalProperties": ANSWER},
        "question to answer, and `switch: {name: value}`; all must hold",
    ),
    "then": Key(TEXT, "the ruling", required=True),
}
TEST: Keys = {
    "questions": Key(named(mapping_of(QUESTION)), "the questions by name, in the order in which they are asked"),
    "rule": Key(listed_as(mapping_of(RULE_ROW), minItems=1), "the first row whose answers and switches all hold decides"),
    "reviews": Key(TEXT, "another test, whose findings may be reversed; its rule is then applied again"),
    "outcomes": Key(named(TEXT), "ruling to the option that it names; itself, if not listed"),
}
LIMIT: Keys = {
    "max": Key({"type": "number", "minimum": 0}, "the statute's maximum for each count"),
    "mandatory": Key({"type": "number", "minimum": 0}, "comes with every conviction or plea, for each count"),
}
OFFENSE: Keys = {
    "statute": Key(TEXT, "where it stands", required=True),
    "degree": Key(TEXT, "its degree"),
    **{limit: Key(mapping_of(LIMIT), f"what the statute says of {limit.replace('_', ' ')}") for limit in LIMITS},
    "other": Key(listed_as(TEXT), "other parts of a sentence, in words"),
    "elements": Key(listed_as(TEXT), "what the prosecution must prove"),
}
INVARIANT: Keys = {
    "never": Key(ref("condition"), "this never holds"),
    "event": Key(TEXT, "with requires: an event"),
    "requires": Key(ref("condition"), "holds just before every such event"),
    "after": Key(TEXT, "with always or eventually: an event"),
    "always": Key(ref("condition"), "holds from the event on"),
    "eventually": Key(ref("condition"), "comes to hold on every path that ends"),
    "unless": Key(ref("condition"), "with eventually: or this does"),
}
PROCEDURE: Keys = {
    "procedure": Key(ID, "its id: lower-case-with-dashes", required=True),
    "title": Key(TEXT, "its name for people", required=True),
    "summary": Key(TEXT, "one paragraph for people"),
    "law_as_of": Key(DATE, "the day on which this was the law", required=True),
    "extends": Key(TEXT, "another procedure, of which this is a difference"),
    "conditions": Key(named(ref("condition")), "names for conditions, asked by `is`"),
    "tracks": Key(named(mapping_of(TRACK)), "the questions about a case; `case` is the spine", required=True),
    "counters": Key(named(WHOLE), "name to cap; they start at 0"),
    "facts": Key(named(mapping_of(FACT)), "what conditions may ask of a scenario"),
    "latent": Key(mapping_of(LATENT), "which fact says whether the accused is guilty, and who alone knows it"),
    "offer_kinds": Key(listed_as(TEXT), "the kinds of offers that may be made"),
    "switches": Key(named(mapping_of(SWITCH)), "open doctrine as a choice"),
    "steps": Key(named(mapping_of(STEP)), "what may be done, by whom and when; ties go in this order", required=True),
    "consequences": Key(named(mapping_of(CONSEQUENCE)), "what follows at once after an event, in this order"),
    "tests": Key(named(mapping_of(TEST)), "legal tests: questions and the rule that turns answers into a ruling"),
    "offenses": Key(named(mapping_of(OFFENSE)), "offenses and what their statutes allow and demand"),
    "defaults": Key(ref("scenario_part"), "what a scenario gets where it is silent"),
    "glossary": Key(named(TEXT), "terms explained"),
    "sources": Key(named(ref("source")), "path to where its number or rule comes from"),
    "invariants": Key(named(mapping_of(INVARIANT)), "what must hold everywhere reachable"),
}

# -- a scenario

CALENDAR: Keys = {
    "base": Key(TEXT, "weekends and public holidays of a country or its part: US-FL"),
    "closed": Key(listed_as(DATE), "more days off"),
}
DRAWN_FACT: Keys = {"odds": Key(ref("odds"), "value to its probability; drawn once per case"), **DISTRIBUTION}
CHARGE: Keys = {
    "offense": Key(TEXT, "an offense of the procedure", required=True),
    "counts": Key(ref("count"), "how many counts; they stand and fall together"),
}
SEARCH: Keys = {
    "kind": Key(TEXT, "warrant, stop, ..."),
    "label": Key(TEXT, "its name for people"),
    "challenged": Key(FLAG, "the motion to suppress attacks it"),
    "from": Key(listed_as(TEXT), "items of evidence from which it derives itself"),
}
EXCEPTION: Keys = {
    "is": Key(TEXT, "independent source, inevitable discovery, attenuation", required=True),
    "when": Key(ref("condition"), "only where this holds"),
}
ITEM: Keys = {
    "label": Key(TEXT, "its name for people"),
    "from": Key(listed_as(TEXT), "searches or items; it is struck when any of them falls"),
    "from_either": Key(listed_as(TEXT), "searches or items; it survives while one of them stands"),
    "weight": Key(NUMBER, "what it adds to the logit of conviction"),
    "proves": Key(listed_as(TEXT), "elements of the offense"),
    "disclosable": Key(FLAG, "may be published"),
    "outside_scope": Key(FLAG, "outside the scope of the warrant"),
    "exception": Key(mapping_of(EXCEPTION), "keeps it in, whatever falls"),
}
TABLE_ROW: Keys = {
    "admitted": Key(listed_as(TEXT), "items that must all be admissible"),
    "p": Key(SHARE, "the conviction probability of this row", required=True),
}
CONVICTED: Keys = {
    "base": Key(NUMBER, "P = 1 / (1 + exp(-(base + sum of the weights still admissible)))"),
    "table": Key(listed_as(mapping_of(TABLE_ROW), minItems=1), "the first row whose items are all admissible"),
    "p": Key(SHARE, "the same probability whatever is admitted"),
}
CONVICTION: Keys = {
    **CONVICTED,
    "truth": Key(
        named(mapping_of(CONVICTED)), "value of the procedure's latent fact to the chance given that truth, which no one sees"
    ),
}
OFFER: Keys = {
    "kind": Key(TEXT, "one of the procedure's offer_kinds", required=True),
    "by": Key(TEXT, "who makes it; the prosecution, if left out"),
    "when": Key(ref("condition"), "it can be made only where this holds"),
    "terms": Key(named(either(VALUE, NUMBER)), "what it says: jail_days, fine, withhold, ... and words of your own"),
    "open_for": Key(ref("simple_delay"), "how long it stands"),
    "open_until": Key(DATE, "it stands to the end of that day"),
}
CHOOSER_KINDS: Keys = {
    "odds": Key(ref("odds"), "option to probability"),
    "rows": Key(listed_as(ref("chooser_row"), minItems=1), "the first row whose `when` holds"),
    "findings": Key(TEXT, "a legal test: its answers are drawn and its rule decides"),
    "evidence": Key(ref("evidence_odds"), "odds in which `p` is the conviction probability of what is admissible"),
    "rational": Key(TEXT, "whatever is worth most to this actor"),
    "person": Key(TEXT, "asks whoever plays this actor"),
}
CHOOSER: Keys = {**CHOOSER_KINDS, "else": Key(ref("chooser"), "with person: what to do when nobody plays")}
CHOOSER_ROW: Keys = {"when": Key(ref("condition"), "the row holds where this does; the last row has none"), **CHOOSER}
SENTENCE_ROW: Keys = {
    "when": Key(ref("condition"), "the row holds where this does; the last row has none"),
    "withhold": Key(either(FLAG, SHARE), "the probability that adjudication is withheld"),
    **{limit: Key(either(AMOUNT, ref("distribution")), f"{limit.replace('_', ' ')}, a number or drawn") for limit in LIMITS},
}
SENTENCING: Keys = {
    kind: Key(either(words("offer"), listed_as(mapping_of(SENTENCE_ROW), minItems=1)), f"the sentence after a {kind}")
    for kind in ("plea", "verdict", "diversion")
}
VALUES: Keys = {
    "conviction": Key(NUMBER, "once"),
    "jail_day": Key(NUMBER, "each"),
    "probation_day": Key(NUMBER, "each"),
    "dollar": Key(NUMBER, "each dollar of fines, civil penalty and costs"),
    "community_service_hour": Key(NUMBER, "each"),
    "day_pending": Key(NUMBER, "each day to the disposition"),
    "custody_day": Key(NUMBER, "each day in custody before the disposition"),
    "day_in": Key(named(NUMBER), "track.state to the worth of each day in it"),
    "appearance": Key(NUMBER, "each court appearance"),
    "trial": Key(NUMBER, "a trial held"),
    "published": Key(named(NUMBER), "item of evidence to the worth of its publication"),
    "publicity": Key(NUMBER, "each unit of publicity"),
    "term": Key(named(NUMBER), "term of an accepted offer to its worth, once or times the number"),
    "event": Key(named(NUMBER), "event to its worth, each time"),
    "final": Key(named(NUMBER), "state of the case to the worth of ending in it"),
    "risk_aversion": Key(NUMBER, "constant absolute, per dollar"),
}
ENTRY: Keys = {
    "on": Key(DATE, "the day", required=True),
    "step": Key(TEXT, "the step that happened"),
    "choose": Key(TEXT, "its option; left out, the chooser decides"),
    "note": Key(TEXT, "a docket line that moves nothing"),
    "by": Key(TEXT, "who"),
    "rule": Key(TEXT, "the rule or authority"),
    "source": Key(TEXT, "where the record says so"),
    "mark": Key(words(*MARKS), "how sure the record is"),
    "about": Key(FLAG, "the date is approximate"),
    "findings": Key(named(ANSWER), "the answers behind a ruling"),
}
RESOURCE: Keys = {
    "capacity": Key(ref("count"), "how many there are"),
    "sits": Key(listed_as(words(*WEEKDAYS)), "on which days a hold may start"),
    "order": Key(
        listed_as(TEXT),
        "who comes first, smaller first: fact.<name>, filed, custody (held now), clock.<track> (time left till the law moves it)",
    ),
    "hours": Key(listed_as(SESSION, minItems=1), "when it sits on a court day; a hold runs in these hours; absent: all day"),
    "court_day": Key(AMOUNT, "hours of one court day of `needs`; absent: as many as `hours` has"),
    "minutes": Key(
        named(either(AMOUNT, mapping_of(DISTRIBUTION))), "step to how long its hearing is, in minutes, in place of its court days"
    ),
    "for": Key(TEXT, "lawyers: the actor whose steps wait until the case has one, who keeps it until it is disposed of"),
    "when": Key(ref("condition"), "lawyers: which cases need one, while it holds; absent: all"),
    "cases": Key(ref("count"), "lawyers: open cases of each at most"),
    "overflow": Key(TEXT, "lawyers: the resource that takes a case at once when these have no place"),
}
ARRIVALS: Keys = {
    "per_day": Key(AMOUNT, "cases filed per open day"),
    "by_month": Key(listed_as(AMOUNT, minItems=12, maxItems=12), "a factor for each month"),
    "by_year": Key(named(AMOUNT), "a factor from that calendar year on, as {2015: 0.9}"),
    "weekdays_only": Key(FLAG, "no cases on weekends"),
    "file": Key(TEXT, "a file with one ISO date a row"),
}
REPLICATIONS: Keys = {
    "precision": Key(AMOUNT, "relative half-width of the 95% interval"),
    "at_most": Key(ref("count"), "how many at most"),
}
AT_REST: Keys = {
    "perceived_risk": Key(SHARE, "the chance of arrest that a would-be buyer believes in", required=True),
    "filings_per_offense": Key(SHARE, "how many of the offenses are filed: what the arrivals stand for", required=True),
}
DISPLACEMENT: Keys = {
    "share": Key(SHARE, "of the offenses that a raised risk keeps away, those that happen all the same", required=True),
    "to": Key(words(*ELSEWHERE), "another place or market, which this court does not see, or another time here"),
    "after_days": Key(AMOUNT, "with another time: how much later"),
}
NEWS: Shape = named({"type": "number", "minimum": -1, "maximum": 1})
PROMINENT: Keys = {
    "scenario": Key(TEXT, "shipped, or in the folder of this file; under the same procedure", required=True),
    "variant": Key(TEXT, "one of its variants"),
    "filed_on": Key(DATE, "the day on which it begins before this court", required=True),
    "events": Key(NEWS, "event or step.option to the size of its publication, -1 to 1"),
}
PUBLICITY: Keys = {
    "at_rest": Key(mapping_of(AT_REST), "what the crowd believes, and the court does, where nothing is published", required=True),
    "filings_per_offense": Key(SHARE, "enforcement: how many of the offenses are filed; absent: as at rest"),
    "noticed": Key(SHARE, "how much of a change of enforcement the perceived risk follows; absent: all"),
    "elasticity": Key(
        {"type": "number", "minimum": -STEEPEST, "maximum": 0}, "of offenses to the perceived risk of arrest", required=True
    ),
    "lift": Key(SHARE, "what an event of size 1 adds to the perceived risk; absent: 1"),
    "threshold": Key(SHARE, "a perceived risk below it deters nobody; absent: 0"),
    "half_life_days": Key(AMOUNT, "days in which what was published fades to a half", required=True),
    "displacement": Key(mapping_of(DISPLACEMENT), "where offenses go that do not happen; absent: nowhere"),
    "events": Key(NEWS, "the same of every ordinary case"),
    "prominent": Key(mapping_of(PROMINENT), "the one case of which everybody reads"),
    "context": Key(named(TEXT), "what is known besides, in words, each with a source; moves nothing"),
}
CASELOAD: Keys = {
    "arrivals": Key(mapping_of(ARRIVALS), "when cases are filed"),
    "mix": Key(named(SHARE), "scenario to its share; absent: this scenario alone"),
    "horizon_days": Key(AMOUNT, "the length of the simulation, warm-up included"),
    "warm_up_days": Key(either(AMOUNT, words("auto")), "what happens before does not count"),
    "replications": Key(either(ref("count"), mapping_of(REPLICATIONS)), "how many, or to what precision"),
    "active": Key(ref("condition"), "while it does not hold a pending case rests: no time to disposition, no age; absent: never"),
    "publicity": Key(mapping_of(PUBLICITY), "a crowd that hears of what the court does: a model of perception"),
}
SOLVED: Keys = {
    "dispositions": Key(named({"type": "number"}), "final state to its probability"),
    "reached": Key(named({"type": "number"}), "track.state to the probability that it is ever reached"),
    "measures": Key(named({"type": "number"}), "measure to its expected value"),
}
EXPECTED: Keys = {
    "given": Key(ref("scenario_part"), "changes to this scenario, merged as a variant is"),
    "solve": Key(mapping_of(SOLVED), "what `solve` answers, within 1e-6"),
    "after": Key(listed_as(TEXT), "step.option after step.option, from the start"),
    "lawful": Key(listed_as(TEXT), "steps, or step.option, each of which is lawful then"),
    "not_lawful": Key(listed_as(TEXT), "steps, or step.option, none of which is"),
    "dated": Key(named(DATE), "event to the date on which it happens"),
}
SCENARIO: Keys = {
    "scenario": Key(ID, "its id: lower-case-with-dashes", required=True),
    "procedure": Key(TEXT, "a shipped procedure, or a path beside this file", required=True),
    "extends": Key(TEXT, "another scenario, of which this is a difference"),
    "title": Key(TEXT, "its name for people", required=True),
    "summary": Key(TEXT, "one paragraph for people"),
    "documented": Key(FLAG, "a prosecution of a real person: nothing may say whether he is guilty; what extends it stays so"),
    "starts": Key(DATE, "day 0", required=True),
    "calendar": Key(either(TEXT, mapping_of(CALENDAR)), "the days the court sits; absent: every day"),
    "facts": Key(
        named(either(VALUE, ref("range"), mapping_of(DRAWN_FACT))), "facts of the procedure: a value, odds or a distribution"
    ),
    "private": Key(named(TEXT), "fact to the only actor who knows it"),
    "switches": Key(named(VALUE), "open doctrine decided"),
    "charges": Key(listed_as(mapping_of(CHARGE)), "what is charged"),
    "searches": Key(named(mapping_of(SEARCH)), "searches and warrants"),
    "evidence": Key(named(mapping_of(ITEM)), "items of evidence and where they came from"),
    "conviction": Key(mapping_of(CONVICTION), "how the admissible evidence convicts"),
    "offers": Key(named(mapping_of(OFFER)), "in the order in which they are made, each at most once"),
    "choosers": Key(named(ref("chooser")), "who decides a step"),
    "findings": Key(named(named(ref("chance"))), "test to question to the probability of yes, or the answer"),
    "delays": Key(named(ref("delay")), "a step's delay in place of the procedure's"),
    "sentencing": Key(mapping_of(SENTENCING), "sentences before the statute's mandatory parts"),
    "values": Key(named(mapping_of(VALUES)), "what outcomes are worth, in dollars, by actor"),
    "costs": Key(named(named(NUMBER)), "step.option to dollars by actor"),
    "beliefs": Key(
        named(named(either(VALUE, ref("range")))), "what an actor's own reasoning takes instead of the truth, by path"
    ),
    "variants": Key(named(ref("scenario_part")), "named what-ifs"),
    "expect": Key(listed_as(mapping_of(EXPECTED)), "given-when-then, run by `courtsim test`"),
    "sources": Key(named(ref("source")), "path to where its number comes from"),
    "script": Key(listed_as(mapping_of(ENTRY)), "what happened, to the day"),
    "script_until": Key(DATE, "entries after it are ignored"),
    "resources": Key(named(mapping_of(RESOURCE)), "what `caseload` limits"),
    "caseload": Key(mapping_of(CASELOAD), "many cases over years"),
}
# What may be changed by a variant or under `given`, and what a procedure may give a scenario that is silent: a
# procedure never names what a scenario invents.
CHANGE = some_of(SCENARIO, "scenario", "extends", "documented", "variants", "expect")
DEFAULTS = some_of(
    CHANGE, "procedure", "title", "summary", "starts", "searches", "evidence", "offers", "charges", "script", "script_until"
)  # fmt: skip
