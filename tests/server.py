"""A throw-away PostgreSQL server for the tests: made, started and removed by the run that needs it.

Its programs refuse to run as root, so a run as root starts them as the user `postgres`. Where they are missing tests skip and
say so; under COURTSIM_REQUIRE_POSTGRES (`.ci/run` sets it) that is a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REQUIRED = "COURTSIM_REQUIRE_POSTGRES"
USER = "postgres"
SETTINGS = "listen_addresses='' fsync=off full_page_writes=off shared_buffers=32MB max_connections=40"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the path, or the newest of Debian's."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


def missing() -> str | None:
    """Why there can be no server here."""
    if programs() is None:
        return "the programs of a PostgreSQL server (initdb, pg_ctl) are not installed"
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "the extra `postgres` is not installed"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(USER)
        except KeyError:
            return f"this runs as root, and there is no user {USER!r} to run the server"
    return None


class Server:
    """A running server, with one database."""

    def __init__(self, socket: Path) -> None:
        self.url = f"postgresql://{USER}@/postgres?host={socket}"

    def emptied(self) -> str:
        """The URL of its database, with nothing in it."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.url

    def settle(self) -> None:
        """Waits until the server has noticed that everyone else is gone: what they had under way is then there or is not."""
        import psycopg

        others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with psycopg.connect(self.url, autocommit=True) as connection:
            for _ in range(300):
                if connection.execute(others).fetchone() == (0,):
                    return
                time.sleep(0.1)
        raise AssertionError("connections of a process that was killed are open after 30 s")


def skip_or_fail(reason: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(f"{reason}, and {REQUIRED} is set")
    pytest.skip(f"PostgreSQL not tested: {reason}")


@contextmanager
def running() -> Iterator[Server]:
    """A server in a folder of its own, reached by a socket there: no port to collide on."""
    bin_folder = programs()
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="courtsim-pg-", dir="/tmp"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")  # root's folders may not be on it
        assert runuser is not None, "no runuser to start the server with"
        as_user = [runuser, "-u", USER, "--"]
    data, log = str(folder / "data"), str(folder / "log")

    def run(*command: str) -> None:
        done = subprocess.run([*as_user, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"

    try:
        run(str(bin_folder / "initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = " ".join(f"-c {setting}" for setting in SETTINGS.split()) + f" -k {folder}"
        run(str(bin_folder / "pg_ctl"), "-D", data, "-l", log, "-o", options, "-w", "-t", "60", "start")
        try:
            yield Server(folder)
        finally:
            run(str(bin_folder / "pg_ctl"), "-D", data, "-m", "fast", "-W", "stop")
            for _ in range(50):  # pg_ctl's own waiting takes a process that nobody has buried for a running one
                if not (folder / "data" / "postmaster.pid").exists():
                    break
                time.sleep(0.1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
