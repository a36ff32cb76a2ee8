"""The report of jupiter-2019 in a real browser, whole; pictures of it at three sizes for people to look at.

python -m tests.prove.report_in_browser [FOLDER]      # writes docs/evidence/report.md; with FOLDER keeps the pages and pictures
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import courtsim
from courtsim.analysis.report import Report
from tests.browser import Seen, looked_at

PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence" / "report.md"
TOLD = ("charged, never tried", "evidence was suppressed", "charges were dropped")


def main(folder: Path) -> None:
    begun = time.process_time()
    found = courtsim.report("jupiter-2019", progress=lambda what: sys.stdout.write(f"{what}\n"))
    taken = time.process_time() - begun
    for form in ("html", "pdf", "docx", "md"):
        courtsim.write_report(found, folder / f"jupiter-2019.{form}")
    seen = looked_at(folder / "jupiter-2019.html", folder)
    PAGE.write_text(evidence(found, seen, folder / "jupiter-2019.html", taken))
    sys.stdout.write(PAGE.read_text())
    if seen.console or seen.violations or len(seen.requests) != 1:
        raise SystemExit(1)


def evidence(found: Report, seen: Seen, path: Path, taken: float) -> str:
    """The page of docs/evidence."""
    text = " ".join(path.read_text(encoding="utf-8").split())
    told = ", ".join(f"'{said}' {text.count(said)} times" for said in TOLD)
    rows = [
        ("Made by", f"`{found.command}`, run {found.sampled.id}"),
        ("Processor time", f"{taken:.0f} s"),
        ("Size", f"{path.stat().st_size / 1000:.0f} kB, one file"),
        ("Console", f"{len(seen.console)} lines"),
        ("Requests", f"{len(seen.requests)}, the file itself" if len(seen.requests) == 1 else str(seen.requests)),
        ("axe-core, phone and laptop, light and dark", f"{len(seen.violations)} violations"),
        ("Tab key", f"{len(seen.focused)} stops, the first {seen.focused[0][1]}; links first, then down the page"),
        (
            "Width of the page and of the window",
            "; ".join(f"{size}: {page} of {window}" for size, (page, window) in seen.widths.items()),
        ),
        ("Status of the case", told),
    ]
    table = "".join(f"| {name} | {said} |\n" for name, said in rows)
    return f"# The report of jupiter-2019 in a browser\n\n`make prove` writes this page.\n\n| what | found |\n|---|---|\n{table}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as folder:
            main(Path(folder))
