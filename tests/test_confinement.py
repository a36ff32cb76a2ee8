"""A file reads nothing but its own folder and what is shipped, runs no code, and no command opens a network connection."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import courtsim
from courtsim.cli.commands import cli
from courtsim.errors import WrongInput
from courtsim.files.load import load_any, load_procedure

ROOT = Path(__file__).parent.parent
LAW = (ROOT / "tests" / "wrong" / "base" / "small-law.yaml").read_text()
CASE = (ROOT / "tests" / "wrong" / "base" / "small.yaml").read_text()
NAMED = re.search(r"^procedure: (\S+)", CASE, re.MULTILINE)[1]  # type: ignore[index]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder with a scenario and its law, in a folder whose other files are nobody's business."""
    folder = tmp_path / "mine"
    (folder / "below").mkdir(parents=True)
    (folder / "law.yaml").write_text(LAW)
    (folder / "case.yaml").write_text(CASE.replace(f"procedure: {NAMED}", "procedure: law.yaml"))
    (tmp_path / "mine-too").mkdir()  # begins as the folder does, and is another
    for place in (tmp_path, tmp_path / "mine-too"):
        (place / "law.yaml").write_text(LAW)
        (place / "case.yaml").write_text(CASE.replace(f"procedure: {NAMED}", "procedure: law.yaml"))
    (folder / "link.yaml").symlink_to(tmp_path / "law.yaml")
    (folder / "there").symlink_to(tmp_path)
    (folder / "round.yaml").symlink_to("round.yaml")
    return folder


OUT = [
    "../law.yaml",
    "../mine-too/law.yaml",
    "below/../../law.yaml",
    "link.yaml",
    "there/law.yaml",
    "round.yaml",
    "../no-such-file.yaml",  # whether it exists is nobody's business either
    "../../../../../../../../etc/passwd",
    "/etc/passwd",
    "/dev/zero",
    "/proc/self/environ",
]


@pytest.mark.parametrize("named", OUT)
@pytest.mark.parametrize("key", ["procedure", "extends", "procedure of the law", "variant", "--set", "a file below"])
def test_what_a_file_names_does_not_lead_out_of_its_folder(key: str, named: str, mine: Path) -> None:
    case = mine / "case.yaml"
    written, sets, variant = case.read_text(), [], None
    if key == "procedure":
        case.write_text(written.replace("procedure: law.yaml", f"procedure: {named}"))
    elif key == "extends":
        case.write_text(f"scenario: mine\nextends: {named}\n")
    elif key == "procedure of the law":
        (mine / "law.yaml").write_text(f"procedure: mine\nextends: {named}\n")
    elif key == "variant":
        case.write_text("scenario: mine\nextends: base.yaml\nvariants: {out: {procedure: " + named + "}}\n")
        (mine / "base.yaml").write_text(written)
        variant = "out"
    elif key == "--set":
        sets = [f"procedure={named}"]
    else:
        (mine / "below" / "law.yaml").write_text(f"procedure: mine\nextends: ../{named}\n")
        case.write_text(written.replace("procedure: law.yaml", "procedure: below/law.yaml"))
        if named.startswith("/"):
            (mine / "below" / "law.yaml").write_text(f"procedure: mine\nextends: {named}\n")

    with pytest.raises(WrongInput, match="leads out of the folder of this file; expected a path inside it, or the name of a"):
        courtsim.load(case, sets=sets, variant=variant)


@pytest.mark.parametrize("named", [name for name in OUT if name != "link.yaml"])
def test_neither_arrivals_nor_the_mix_of_a_caseload_leads_out(named: str, mine: Path) -> None:
    case = mine / "case.yaml"
    written = case.read_text()
    case.write_text(written + f"\ncaseload: {{arrivals: {{file: {named}}}, horizon_days: 10}}\n")
    with pytest.raises(WrongInput, match="leads out of the folder of this file; expected a path inside it"):
        courtsim.load(case)

    case.write_text(written + f"\ncaseload: {{arrivals: {{per_day: 1}}, horizon_days: 10, mix: {{{json.dumps(named)}: 1}}}}\n")
    with pytest.raises(WrongInput, match="leads out of the folder of this file"):
        courtsim.caseload(case)


@pytest.mark.parametrize("named", [*OUT, "../case.yaml", "there/case.yaml"])
def test_the_scenario_of_a_sweep_does_not_lead_out(named: str, mine: Path) -> None:
    (mine / "sweep.yaml").write_text(f"scenario: {named}\ncases: 2\nover: {{conviction.p: [0.5]}}\n")

    with pytest.raises(WrongInput, match="leads out of the folder of this file; expected a path inside it"):
        courtsim.sweep(mine / "sweep.yaml", mine / "out")

    assert not (mine / "out").exists()


def test_the_message_has_the_place_and_nothing_of_the_other_file(mine: Path) -> None:
    (mine.parent / "law.yaml").write_text("secret: {")
    (mine / "case.yaml").write_text("scenario: mine\nprocedure: ../law.yaml\n")

    with pytest.raises(WrongInput) as told:
        courtsim.load(mine / "case.yaml")

    assert str(told.value).startswith(f"{mine / 'case.yaml'}:2:12: '../law.yaml' leads out") and "secret" not in str(told.value)


def test_what_stays_inside_or_is_shipped_loads(mine: Path) -> None:
    written = (mine / "case.yaml").read_text()
    (mine / "inside.yaml").symlink_to("law.yaml")
    (mine / "shipped.yaml").symlink_to(ROOT / "courtsim" / "procedures" / "two-track-example.yaml")
    (mine / "below" / "base.yaml").write_text(written.replace("procedure: law.yaml", "procedure: ../law.yaml"))
    known = courtsim.load(mine / "case.yaml").procedure.name

    for named in ("inside.yaml", "below/../law.yaml", str(mine / "law.yaml"), "./law.yaml"):
        (mine / "case.yaml").write_text(written.replace("procedure: law.yaml", f"procedure: {named}"))
        assert courtsim.load(mine / "case.yaml").procedure.name == known
    (mine / "case.yaml").write_text("scenario: mine\nextends: below/base.yaml\n")
    assert courtsim.load(mine / "case.yaml").procedure.name == known
    (mine / "shipped-too.yaml").write_text("procedure: mine\nextends: shipped.yaml\n")
    assert load_procedure(mine / "shipped-too.yaml").name == "mine"
    (mine / "case.yaml").write_text("scenario: mine\nextends: two-track\n")
    assert courtsim.load(mine / "case.yaml").procedure.name == "two-track-example"


def test_a_person_may_name_any_file(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a file names is confined; a link that a person names counts as lying where the link lies."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert courtsim.load("../mine/case.yaml").name == courtsim.load(mine / "case.yaml").name
    (elsewhere / "case.yaml").symlink_to(mine / "case.yaml")
    shutil.copy(mine / "law.yaml", elsewhere / "law.yaml")
    assert courtsim.load("case.yaml").name == courtsim.load(mine / "case.yaml").name


# -- code

CODE = [
    "!!python/object/apply:os.system ['touch CANARY']",
    "!!python/object/new:subprocess.Popen [[touch, CANARY]]",
    "!!python/object:courtsim.errors.WrongInput {}",
    "!!python/name:os.system",
    "!!python/name:os.system ''",
    "!!python/module:os ''",
    "!!python/tuple [1, 2]",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch CANARY']",
    "!python/object/apply:os.system ['touch CANARY']",
    "!!binary dG91Y2ggQ0FOQVJZ",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!!timestamp 2019-02-22",
    "!!merge <<",
    "!ruby/object:Gem::Installer {i: x}",
    "!include /etc/passwd",
    "!ENV ${HOME}",
    "{!!python/name:os.system key: 1}",
    "{? !!python/object/apply:os.system ['touch CANARY'] : 1}",
    "[&a !!python/name:os.system '', *a]",
]


@pytest.mark.parametrize("value", CODE)
@pytest.mark.parametrize("at", ["title", "glossary", "procedure", "law"])
def test_no_tag_makes_anything_but_a_plain_value(value: str, at: str, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mine)
    case = (mine / "case.yaml").read_text()
    if at == "law":
        (mine / "law.yaml").write_text(LAW + f"\nglossary: {value}\n")
    elif at == "procedure":
        (mine / "case.yaml").write_text(case.replace("procedure: law.yaml", f"procedure: {value}"))
    else:
        (mine / "case.yaml").write_text(re.sub(rf"^{at}: .*$|\Z", f"\n{at}: {value}\n", case, count=1, flags=re.MULTILINE))

    with pytest.raises(WrongInput, match="the tag !"):
        load_any("case.yaml")

    assert not (mine / "CANARY").exists()


def test_a_tag_by_another_handle_is_the_same_tag(mine: Path) -> None:
    case = "%TAG ! tag:yaml.org,2002:python/\n---\n" + (mine / "case.yaml").read_text()
    (mine / "case.yaml").write_text(case + "\nsummary: !name:os.system ''\n")

    with pytest.raises(WrongInput, match="the tag !!python/name:os.system"):
        courtsim.load(mine / "case.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "__import__('os').system('touch CANARY')",
        "{{ 7 * 7 }}",
        "${HOME}",
        "$(touch CANARY)",
        "`touch CANARY`",
        "=cmd|'/c calc'!A0",
    ],
)
def test_words_stay_words(value: str, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mine)
    case = re.sub(r"^title: .*$", lambda _: f"title: {json.dumps(value)}", (mine / "case.yaml").read_text(), flags=re.MULTILINE)
    (mine / "case.yaml").write_text(case)

    assert courtsim.load("case.yaml").title == value
    assert not (mine / "CANARY").exists()


def test_nothing_in_the_package_can_make_code_of_text() -> None:
    """`numba` compiles functions of the package, `importlib` names of it: neither sees a word of a file."""
    forbidden = {"eval", "exec", "compile", "__import__"}
    modules = {"pickle", "marshal", "shelve", "code", "codeop", "runpy", "dill", "cloudpickle", "yaml"}
    found = []
    for path in (ROOT / "courtsim").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden:
                found.append(f"{path.name}:{node.lineno} {node.func.id}")
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}:{node.lineno} {name}" for name in names if name.partition(".")[0] in modules]  # type: ignore[attr-defined]

    assert found == []


# -- the network

WATCHED = """
import json, signal, sys
met = []
WATCH = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind",
         "urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect")
sys.addaudithook(lambda event, arguments: met.append(f"{event} {arguments[1:]}") if event in WATCH else None)
if sys.argv[1] == "socket":  # that the watch sees anything at all
    import socket
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except OSError:
        pass
    print(json.dumps({"codes": {}, "met": met}))
    sys.exit()
from click.testing import CliRunner
from courtsim.cli.commands import cli
codes = {}
for line in json.loads(sys.argv[1]):
    signal.alarm(300)  # a command that waits for something; long, for machines with much to do
    ran = CliRunner().invoke(cli, line, input="1\\n" * 40)
    codes[" ".join(line)] = [ran.exit_code, ran.output[-300:]]
print(json.dumps({"codes": codes, "met": met}))
"""
# A cheap line for every command, in an order in which what one needs is there.
LINES = {
    "run": "run two-track --cases 20 --record",
    "what-if": "what-if two-track minimized-warrant --cases 20",
    "compare": "compare two-track --at answer_offer --cases 20",
    "solve": "solve lesson-1-shadow-of-trial",
    "advise": "advise lesson-1-shadow-of-trial --for defense",
    "sensitivity": "sensitivity lesson-1-shadow-of-trial --measure closed.pleaded",
    "audit": "audit lesson-5-knowing-first",
    "sweep": "sweep strength.yaml",
    "caseload": "caseload court.yaml --replications 2",
    "deterrence": "deterrence canary --replications 2 --set caseload.horizon_days=100",
    "rank": "rank court.yaml title=other --delta 50 --at-most 10",
    "docket": "docket last",
    "runs": "runs list",
    "fork": "fork last 1 --at 1 --choose arraign=plead_not_guilty",
    "forks": "forks last",
    "diff": "diff last/1 last/2",
    "check": "check two-track-example",
    "test": "test two-track",
    "coverage": "coverage two-track",
    "paths": "paths two-track-example",
    "reform": "reform two-track-example two-track-example",
    "graph": "graph two-track --track plea --out plea.svg",
    "export": "export last --format xes --out last.xes",
    "conform": "conform last.xes --scenario two-track",
    "report": "report two-track --cases 20 --out page.html",
    "list": "list",
    "show": "show two-track",
    "new": "new scenario my-own.yaml",
    "explain": "explain nolle prosequi",
    "schema": "schema scenario",
    "play": "play lesson-1-shadow-of-trial --as defense --out game.json",
    "class": "class game.json",
}
FILES = {
    "strength.yaml": "scenario: two-track\ncases: 20\nover: {conviction.p: [0.2, 0.8]}\n",
    "court.yaml": "scenario: court\nextends: two-track\nresources: {judge: {capacity: 1}}\n"
    "caseload: {arrivals: {file: filed.csv}, horizon_days: 200, warm_up_days: 0}\n",
    "filed.csv": "2019-03-01\n2019-03-04\n",
}


def watched(argument: str, folder: Path) -> dict[str, object]:
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, argument],
        cwd=folder,
        env=os.environ | {"COURTSIM_STORE": str(folder / "store.sqlite"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
        timeout=900,
    )
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    assert "127.0.0.1" in str(watched("socket", tmp_path)["met"])


def test_no_command_opens_a_network_connection(tmp_path: Path) -> None:
    """With the store in a file. What the store's server needs is a connection to it; nothing else connects to anything."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)

    found = watched(json.dumps([line.split() for line in LINES.values()]), tmp_path)

    assert found["met"] == []
    codes: dict[str, tuple[int, str]] = found["codes"]  # type: ignore[assignment]
    assert {line: said for line, said in codes.items() if said[0] not in (0, 1)} == {}


def test_every_command_has_a_line_above() -> None:
    """A new command is watched from its first day on."""
    assert sorted(LINES) == sorted(cli.commands) and all(line.split()[0] == name for name, line in LINES.items())
