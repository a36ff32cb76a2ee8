"""Where each item of evidence came from: what falls with a search, and what survives it.

Wong Sun v. United States, 371 U.S. 471 (1963): what derives from an unlawful search falls with it, unless an exception
holds (independent source, inevitable discovery, attenuation).
"""

from __future__ import annotations

from collections.abc import Collection

from courtsim.case.opening import Opening


def fallen(opening: Opening, excepted: Collection[str] = ()) -> tuple[str, ...]:
    """The items that fall with the challenged searches, in the order of the scenario.

    An item falls when any of its sources has, or when all of those have of which one would do; a search falls with any
    item that it derives from. Items in *excepted* stay, and what derives from them is judged as if nothing had happened.
    """
    down = {search.name for search in opening.searches if search.challenged}
    changed = True
    while changed:
        changed = False
        for search in opening.searches:
            if search.name not in down and any(source in down for source in search.sources):
                down.add(search.name)
                changed = True
        for item in opening.evidence:
            if item.name in down or item.name in excepted:
                continue
            tainted = any(source in down for source in item.sources)
            if tainted or (item.either and all(source in down for source in item.either)):
                down.add(item.name)
                changed = True
    return tuple(item.name for item in opening.evidence if item.name in down)
