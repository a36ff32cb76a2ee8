"""A plugin for pytest: scenario and procedure files as tests, where the ini file asks for it.

    [tool.pytest.ini_options]
    courtsim_yaml = ["tests/scenarios/*.yaml"]

Each file must load, be found right by `check`, have what it expects, and give the docket kept beside it (`mine.docket.txt`).
`pytest --courtsim-update` writes dockets; a machine of continuous integration (CI is set) refuses that.
"""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from courtsim.errors import CourtsimError

if TYPE_CHECKING:
    from courtsim.procedure.law import Procedure
    from courtsim.scenario.facts import Scenario

INI = "courtsim_yaml"
UPDATE = "--courtsim-update"
WIDTH = 120  # columns of a docket kept


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini key that turns it on, and the flag that writes dockets."""
    parser.addini(INI, "courtsim: patterns of scenario and procedure files that are tests", type="args", default=[])
    parser.getgroup("courtsim").addoption(UPDATE, action="store_true", help="Write the dockets of YAML files anew.")


def pytest_configure(config: pytest.Config) -> None:
    """Refuses to write what a machine of continuous integration should compare."""
    if config.getoption(UPDATE) and os.environ.get("CI"):
        raise pytest.UsageError(f"{UPDATE} where CI is set: dockets are written by people, and compared here")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> YamlFile | None:
    """A file that one of the patterns names, from the folder of the ini file."""
    patterns = parent.config.getini(INI)
    root = parent.config.rootpath
    if not patterns or root not in file_path.parents:
        return None
    name = file_path.relative_to(root).as_posix()
    return YamlFile.from_parent(parent, path=file_path) if any(fnmatch(name, pattern) for pattern in patterns) else None


class YamlFile(pytest.File):
    """A scenario or a procedure, and what is tested of it."""

    def collect(self) -> Iterator[pytest.Item]:
        from courtsim.files.load import load_any, load_expected
        from courtsim.scenario.facts import Scenario

        try:
            law = load_any(self.path)
            expected = load_expected(self.path) if isinstance(law, Scenario) else []
        except CourtsimError as fault:
            yield self._item("loads", lambda error=fault: _fail(error))  # type: ignore[misc]
            return
        yield self._item("loads", lambda: None)
        yield self._item("check", lambda: _check(law))
        for number, entry in enumerate(expected, start=1):
            yield self._item(f"expect-{number}", lambda entry=entry: _expect(entry))  # type: ignore[misc]
        if isinstance(law, Scenario):
            update = bool(self.config.getoption(UPDATE))
            yield self._item("docket", lambda: _write(self.path, law) if update else _compare(self.path, law))

    def _item(self, name: str, test: Callable[[], None]) -> pytest.Item:
        item: pytest.Item = YamlItem.from_parent(self, name=name)
        item.test = test  # type: ignore[attr-defined]
        return item


class YamlItem(pytest.Item):
    """One thing that must hold of a file."""

    test: Callable[[], None]

    def runtest(self) -> None:
        self.test()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Our own messages are for people; a traceback would hide them."""
        if isinstance(excinfo.value, CourtsimError | AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.name}: {self.name}"


def _fail(fault: CourtsimError) -> None:
    raise fault


def _check(law: Scenario | Procedure) -> None:
    import courtsim
    from courtsim.reports.sheets import found_out

    found = courtsim.check(law)
    if not found.ok:
        raise AssertionError(str(found_out(law.name, found)))


def _expect(entry: Any) -> None:
    from courtsim.analysis.expectations import judged
    from courtsim.reports.tested import entry as told

    findings = judged(entry.scenario, entry.stated)
    if not all(finding.holds for finding in findings):
        raise AssertionError(str(told(str(entry.where), entry.given, findings)))


def snapshot(path: Path) -> Path:
    """Where the docket of a file is kept: `mine.docket.txt` beside `mine.yaml`."""
    return path.with_suffix(".docket.txt")


def docket(scenario: Scenario) -> str:
    """The docket sheet of one case, the first under the usual seed."""
    from rich.console import Console

    import courtsim
    from courtsim.reports.docket import Docket

    out = io.StringIO()
    (history,) = courtsim.simulate(scenario).histories
    Console(file=out, width=WIDTH, highlight=False, markup=False).print(Docket(scenario, history.events))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _write(path: Path, scenario: Scenario) -> None:
    snapshot(path).write_text(docket(scenario), encoding="utf-8")


def _compare(path: Path, scenario: Scenario) -> None:
    kept = snapshot(path)
    if not kept.exists():
        raise AssertionError(f"{kept.name} is missing: look at the docket, then write it with pytest {UPDATE}")
    before, now = kept.read_text(encoding="utf-8"), docket(scenario)
    if before != now:
        changes = difflib.unified_diff(before.splitlines(), now.splitlines(), kept.name, "now", lineterm="", n=1)
        raise AssertionError("\n".join(["the docket has changed:", *changes]))
