"""A picture inside a page: its names kept apart from those of the others, and as pixels for a format that has no vectors."""

from __future__ import annotations

import re


def embedded(svg: str, number: int) -> str:
    """The SVG as an element inside another document: no prologue, and no name that a second picture has too.

    Its parts lose their roles: whoever does not see the picture hears what it shows as a whole, not a hundred nameless marks.
    """
    element = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg[svg.index("<svg") :].strip())
    for name in set(re.findall(r'\bid="([^"]+)"', element)):
        for before, after in (('id="', '"'), ('="#', '"'), ("url(#", ")")):
            element = element.replace(f"{before}{name}{after}", f"{before}figure-{number}-{name}{after}")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1), count=1)


def pixels(svg: str) -> bytes:
    """The SVG as a PNG, at twice its size."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=2))
