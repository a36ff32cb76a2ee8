"""One contract for every store: a file (SQLite) and a server (PostgreSQL), which the run of the tests starts itself."""

from __future__ import annotations

import json
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.case.encoding import Encoder
from courtsim.case.events import encode
from courtsim.cli.commands import cli
from courtsim.errors import HasForks, NotAvailable, StoreFailed, WrongInput
from courtsim.store import places, runs, streams
from courtsim.store.places import opened
from courtsim.store.streams import Conflict
from tests.foreign.generate import write
from tests.small import interrupted

ROOT = Path(__file__).parent.parent
OLD = ROOT / "tests" / "golden" / "stores" / "schema-1.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty store."""
    url = f"sqlite:///{tmp_path / 'contract.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").emptied()
    monkeypatch.setenv("COURTSIM_STORE", url)
    return url


def command(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(cli, arguments)
    return ran.exit_code, ran.stdout, ran.stderr


def rows(stream: str) -> list[streams.Row]:
    with opened() as recorder:
        return streams.stored(recorder, stream)


# -- what every store does


def test_what_was_kept_is_what_comes_back(store: str) -> None:
    run = courtsim.simulate("small-example", cases=5)

    courtsim.save(run, record=True)

    assert runs.runs() == [run.id]
    assert [courtsim.docket(run.id, case).stream for case in range(1, 6)] == [history.stream for history in run]
    assert courtsim.verify_run().ok and courtsim.stored_run("last").manifest.recorded == 5


def test_the_newest_run_is_the_last_also_when_it_was_there_before(store: str) -> None:
    first, second = courtsim.simulate("small-example", seed=1), courtsim.simulate("small-example", seed=2)

    for run in (first, second, first):
        courtsim.save(run)

    assert runs.runs() == [first.id, second.id] and courtsim.stored_run("last").manifest.seed == 1


def test_a_run_known_by_its_digests_can_be_recorded_later(store: str) -> None:
    run = courtsim.simulate("small-example", cases=5)
    courtsim.save(run)
    before = courtsim.stored_run("last")

    courtsim.save(run, record=True)
    courtsim.save(run)
    after = courtsim.stored_run("last")

    assert (before.manifest.recorded, after.manifest.recorded) == (0, 5)
    assert [block.digest for block in before.blocks] == [block.digest for block in after.blocks]
    assert courtsim.verify_run(again=True).ok


def test_appending_the_same_records_again_is_harmless(store: str) -> None:
    own = streams.chained("a", 0, streams.begin("a"), [("One", b"1"), ("Two", b"2")])

    with opened() as recorder:
        streams.insert(recorder, own)
        streams.insert(recorder, own)

    assert rows("a") == own


def test_another_record_at_the_same_place_is_a_conflict_and_nothing_of_it_is_kept(store: str) -> None:
    first = streams.chained("a", 0, streams.begin("a"), [("One", b"1")])
    other = streams.chained("a", 0, streams.begin("a"), [("One", b"another")])
    beside = streams.chained("b", 0, streams.begin("b"), [("One", b"1")])

    with opened() as recorder:
        streams.insert(recorder, first)
        with pytest.raises(Conflict, match="another record 0 of a already; nothing was kept"):
            streams.insert(recorder, beside + other)

    assert rows("a") == first and rows("b") == []


APPEND = """
import sys
from courtsim.store import streams
from courtsim.store.places import opened
conflicts = 0
with opened() as recorder:
    for n in range(40):
        while True:
            try:
                streams.insert(recorder, streams.following(recorder, "shared", [("Said", f"{sys.argv[1]}:{n}".encode())]))
                break
            except streams.Conflict:
                conflicts += 1
print(conflicts)
"""


def _four(code: str) -> list[str]:
    """Four processes at once; what each printed."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(n)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]
    ended = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0] * 4, ended
    return [printed for printed, _ in ended]


def test_four_processes_that_append_to_one_stream_lose_nothing_and_are_told_of_conflicts(store: str) -> None:
    conflicts = sum(int(printed) for printed in _four(APPEND))

    found = rows("shared")
    assert sorted(row.state[: -streams.LINK].decode() for row in found) == sorted(f"{p}:{n}" for p in range(4) for n in range(40))
    assert [row.originator_version for row in found] == list(range(160))
    assert streams.broken(found, "shared") is None
    assert conflicts > 0


RECORD = """
import courtsim
from courtsim.store import runs
runs.BLOCK = 64
print(courtsim.record('small-example', cases=160).id)
"""


def test_four_processes_that_record_the_same_run_make_one(store: str) -> None:
    (run,) = set(_four(RECORD))

    assert runs.runs() == [run.strip()]
    assert courtsim.verify_run(run.strip(), again=True).ok and courtsim.stored_run("last").manifest.recorded == 160


def test_a_deleted_run_is_gone_and_the_others_are_not(store: str) -> None:
    first, second = courtsim.simulate("small-example", cases=12), courtsim.simulate("small-example", cases=12, seed=2)
    courtsim.save(first, record=True)
    courtsim.save(second, record=True)

    assert courtsim.delete_run(second.id) == [second.id]

    assert runs.runs() == [first.id] and courtsim.verify_run(first.id).ok
    assert all(rows(f"case:{second.id}:{case}") == [] for case in range(1, 13))
    with pytest.raises(WrongInput, match="no stored run"):
        courtsim.docket(second.id)
    courtsim.save(second, record=True)
    assert runs.runs() == [second.id, first.id]


def test_a_newer_schema_is_one_message_and_exit_code_3(store: str) -> None:
    courtsim.save(courtsim.simulate("small-example"))
    with opened() as recorder:
        recorder.insert_events([streams.Row(places.MARK, 9, "SchemaSet", b"")])  # type: ignore[list-item]

    code, printed, errors = command("run", "small-example")

    assert (code, printed) == (3, "") and errors.count("\n") == 1
    assert errors.endswith("has schema 9, this courtsim reads up to 2: use a newer courtsim\n")


def test_following_a_run_shows_each_case_as_it_is_recorded(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BLOCK", 16)
    seen: list[int] = []
    recording = courtsim.simulate("small-example", cases=40)
    follower = iter(())

    def acknowledged(last: int) -> None:
        nonlocal follower
        if last == 16:
            follower = courtsim.follow("last", every=0.01)
            seen.extend(next(follower).case for _ in range(16))

    courtsim.record("small-example", cases=40, acknowledged=acknowledged)
    before = list(seen)
    seen.extend(found.case for found in follower)

    assert before == list(range(1, 17)) and seen == list(range(1, 41))
    assert next(courtsim.follow("last", 40)).stream == recording.histories[39].stream


# -- what goes wrong


def _flip(stream: str, version: int, at: int) -> None:
    """Another bit at one place of what is stored of an event."""
    (row,) = [row for row in rows(stream) if row.originator_version == version]
    state = bytearray(row.state)
    state[at] ^= 1
    with opened() as recorder, recorder.datastore.transaction(commit=True) as cursor:
        mark = "%s" if places.place().startswith("postgresql") else "?"
        cursor.execute(
            f"UPDATE stored_events SET state = {mark} WHERE originator_id = {mark} AND originator_version = {mark}",
            (bytes(state), stream, version),
        )


def test_a_flipped_bit_anywhere_in_an_event_is_found_at_that_event(store: str) -> None:
    run = courtsim.simulate("small-example", cases=3)
    courtsim.save(run, record=True)
    chance = random.Random(1)

    for _ in range(12):
        case = chance.randint(1, 3)
        stream = f"case:{run.id}:{case}"
        version = chance.randrange(len(rows(stream)))
        at = chance.randrange(len(rows(stream)[version].state))
        _flip(stream, version, at)
        later = rows(stream)[-1].originator_version
        if later != version:
            _flip(stream, later, 0)  # a second one further on: the first is named

        found = courtsim.verify_run(run.id)

        assert [fault.place for fault in found.faults] == [f"case {case}, event {version}"]
        with pytest.raises(StoreFailed, match=f"event {version} of case {case} of run {run.id} is damaged"):
            courtsim.docket(run.id, case)
        _flip(stream, version, at)
        if later != version:
            _flip(stream, later, 0)
    assert courtsim.verify_run(run.id).ok


def test_what_is_missing_or_changed_elsewhere_is_found_as_well(store: str) -> None:
    run = courtsim.simulate("small-example", cases=3)
    courtsim.save(run, record=True)
    number = rows(f"case:{run.id}:2")[-1].originator_version
    with opened() as recorder, recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute(f"DELETE FROM stored_events WHERE originator_id = 'case:{run.id}:2' AND originator_version = {number}")
    shortened = courtsim.verify_run(run.id)
    with opened() as recorder:
        places.removed(recorder, [f"case:{run.id}:3"], [])
    gone = courtsim.verify_run(run.id)
    _flip(f"run:{run.id}", 1, 3)
    code, printed, _ = command("runs", "verify", run.id, "--json")
    _flip(f"run:{run.id}", 0, 30)
    without_manifest = command("runs", "verify", run.id)
    listed = command("runs", "list", "--json")

    assert [fault.place for fault in shortened.faults] == ["cases 1 to 3"]  # each event fits its chain: the block's digest tells
    assert [(fault.place, fault.what) for fault in gone.faults] == [("case 3", "has no events")]
    assert code == 1 and json.loads(printed)["faults"] == [
        {"place": f"the stream of run {run.id}, record 1", "what": runs.DAMAGED}
    ]
    assert without_manifest[0] == 3 and "record 0 of its stream, the manifest, is damaged" in without_manifest[2]
    assert listed[:2] == (0, '{"runs": []}\n') and f"the manifest of run {run.id} is damaged" in listed[2]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_byte_changed_in_the_file_itself_is_found(store: str) -> None:
    run = courtsim.simulate("small-example", cases=3)
    courtsim.save(run, record=True)
    path = Path(store.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    state = rows(f"case:{run.id}:2")[2].state
    whole = path.read_bytes()
    assert whole.count(state) == 1

    path.write_bytes(whole.replace(state, state.replace(b'"seq":2', b'"seq":7')))

    assert [fault.place for fault in courtsim.verify_run(run.id).faults] == ["case 2, event 2"]
    code, printed, _ = command("runs", "verify", run.id)
    assert code == 1 and printed == f"Run {run.id}: 1 wrong.\ncase 2, event 2: {runs.DAMAGED}\n"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_full_disk_is_one_message_and_what_was_acknowledged_is_kept(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledged: list[int] = []

    class Full(sqlite3.Connection):
        def __init__(self, *arguments: object, **more: object) -> None:
            super().__init__(*arguments, **more)  # type: ignore[arg-type]
            self.execute("PRAGMA max_page_count = 400")

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Full))
    with pytest.raises(StoreFailed, match=r"contract\.sqlite cannot be used: database or disk is full"):
        courtsim.record("small-example", cases=3000, acknowledged=acknowledged.append)
    code, printed, errors = command("run", "small-example", "--cases", "3000", "--record")
    monkeypatch.setattr(sqlite3, "connect", connect)

    assert (code, printed) == (3, "") and errors.count("\n") == 1 and "disk is full" in errors
    (found,) = courtsim.stored_runs()
    assert acknowledged and found.manifest.recorded == acknowledged[-1] and not found.ended
    assert courtsim.verify_run().ok
    assert courtsim.resume_run().ended and courtsim.verify_run(again=True).ok


def test_a_store_that_may_only_be_read_is_read(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = courtsim.simulate("small-example", cases=2)
    courtsim.save(run, record=True)

    if store.startswith("postgresql"):
        monkeypatch.setenv("COURTSIM_STORE", f"{store}&options=-c%20default_transaction_read_only%3Don")
    else:  # not by its mode: the tests may run as root, who may write it all the same
        connect = sqlite3.connect
        monkeypatch.setattr(sqlite3, "connect", lambda database, **k: connect(f"file:{database}?mode=ro", **k))
    read, refused = command("docket", "last", "2", "--json"), command("run", "small-example", "--seed", "3")
    if store.startswith("sqlite"):
        monkeypatch.setattr(sqlite3, "connect", connect)

    assert read[0] == 0 and json.loads(read[1])["run"] == run.id
    assert refused[:2] == (3, "") and refused[2].count("\n") == 1
    assert "cannot be used: " in refused[2] and ("readonly" in refused[2] or "read-only" in refused[2])
    monkeypatch.setenv("COURTSIM_STORE", store)
    assert runs.runs() == [run.id] and courtsim.verify_run().ok


def test_a_closed_port_is_one_message_and_exit_code_3() -> None:
    pytest.importorskip("psycopg")
    with socket.socket() as held:  # a port that is free, because we hold it and do not listen
        held.bind(("127.0.0.1", 0))
        url = f"postgresql://clerk:secret@127.0.0.1:{held.getsockname()[1]}/courtsim"

        code, printed, errors = command("run", "small-example", "--store", url)

    assert (code, printed) == (3, "") and errors.count("\n") == 1
    assert errors.startswith("Error: the store postgresql://clerk:***@127.0.0.1:") and "refused" in errors


def test_a_server_without_its_extra_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with courtsim.stored_at("postgresql://nowhere/x"), pytest.raises(NotAvailable, match=r"pip install 'courtsim\[postgres\]'"):
        courtsim.stored_runs()


# -- what was stored before


def test_a_store_of_schema_1_is_read_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIM_STORE", str(shutil.copy(OLD, tmp_path / "old.sqlite")))

    found = courtsim.stored_runs()

    assert [(kept.manifest.cases, kept.manifest.recorded, kept.ended, kept.chained) for kept in found] == [
        (4, 4, True, False),
        (3, 0, True, False),
        (1, 1, True, False),
    ]
    assert courtsim.docket("last", 2).events[0].name == "NotGuiltyPleaEntered"
    assert courtsim.verify_run().ok
    courtsim.save(courtsim.simulate("small-example", seed=77))
    assert len(runs.runs()) == 4 and courtsim.stored_run("last").chained and courtsim.verify_run().ok
    assert courtsim.delete_run(found[0].manifest.run) == [found[0].manifest.run] and len(runs.runs()) == 3


# -- bytes


def test_the_quick_encoder_writes_what_encode_writes() -> None:
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        scenarios = [courtsim.load(name) for name in ("two-track", "jupiter-2019", "jupiter-2019-as-it-happened", "kool-coal")]
        scenarios += [courtsim.load(write(seed, Path(folder))[1]) for seed in range(30)]
    for scenario in scenarios:
        cases = courtsim.simulate(scenario, cases=20).histories
        quick = Encoder(cases[0].masks, scenario.starts)
        for history in cases:
            assert quick.records(history) == [(event.name, encode(event)) for event in history.stream]
            seen |= {type(detail).__name__ for event in history.events for detail in event.details}
    assert len(seen) >= 8, seen


def test_the_store_can_be_named_on_every_command_that_uses_it(tmp_path: Path) -> None:
    url = str(tmp_path / "elsewhere" / "store.sqlite")
    code, _, _ = command("run", "small-example", "--store", url)

    assert code == 0 and command("runs", "list", "--json")[1] == '{"runs": []}\n'
    assert command("docket", "last", "--store", url)[0] == 0
    for name in ("list", "show", "delete", "resume", "verify"):
        assert "--store" in command("runs", name, "--help")[1]
    for name in ("docket", "run", "fork", "forks", "diff"):
        assert "--store" in command(name, "--help")[1]


def test_living_forks_are_not_deleted_by_the_way(store: str) -> None:
    courtsim.save(courtsim.simulate("two-track"))
    run = courtsim.stored_run("last").manifest.run
    found = courtsim.docket("last")
    answer = next(event for event in found.events if event.step == "answer_offer")
    made = courtsim.fork("last", at=answer.seq, step="answer_offer", option="reject").fork

    with pytest.raises(HasForks, match=f"{run} has living forks \\({made.id}\\); --with-forks deletes them too"):
        courtsim.delete_run(run)

    assert command("runs", "delete", run)[0] == 1 and courtsim.docket(made.id).fork == made
    assert courtsim.delete_run(run, with_forks=True) == [run, made.id]
    assert runs.runs() == [] and rows(f"fork:{made.id}") == []


def test_a_run_is_shown_resumed_and_deleted_from_the_command_line() -> None:
    interrupted(courtsim.load("small-example"), 600)
    run = courtsim.stored_run("last").manifest.run

    shown = command("runs", "show", "last")
    assert shown[0] == 0 and run in shown[1] and "256" in shown[1]
    plain = json.loads(command("runs", "show", "last", "--json")[1])
    assert plain["run"] == run and plain["forks"] == [] and plain["inputs"]
    assert command("runs", "resume", "last")[1] == f"Run {run} is whole: 344 of its 600 cases were recorded now.\n"
    assert json.loads(command("runs", "resume", "last", "--json")[1])["before"] == 600
    assert command("runs", "resume", "last")[1] == f"Run {run} is whole already: there is nothing to resume.\n"
    assert json.loads(command("runs", "delete", "last", "--json")[1]) == {"deleted": [run]}
    assert command("runs", "delete", "last")[0] == 2
