"""A Dask cluster shares the cases: a real scheduler and two workers on loopback, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import courtsim
from courtsim.cli.commands import cli
from courtsim.engines.processes import WorkersFailed

pytest.importorskip("distributed")
CASES = 120_000


class Cluster(NamedTuple):
    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    from distributed import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}

    def start(*command: str) -> subprocess.Popen[bytes]:
        place = [sys.executable, "-m", *command]
        return subprocess.Popen(place, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    port = address.rpartition(":")[2]
    scheduler = start("dask", "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    plain = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    workers = [start("dask", "worker", address, *plain) for _ in range(2)]
    try:
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield Cluster(address, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_the_answer_is_the_same_to_the_byte_and_a_worker_killed_costs_time_alone(cluster: Cluster) -> None:
    alone = json.dumps(courtsim.sample("two-track", cases=CASES).plain())
    assert json.dumps(courtsim.sample("two-track", cases=CASES, cluster=cluster.address).plain()) == alone

    def kill(_: int) -> None:
        if cluster.workers[0].poll() is None:
            cluster.workers[0].send_signal(signal.SIGKILL)
            cluster.workers[0].wait()

    found = courtsim.sample("two-track", cases=CASES, cluster=cluster.address, progress=kill)

    assert cluster.workers[0].poll() is not None
    assert json.dumps(found.plain()) == alone

    result = CliRunner().invoke(cli, ["run", "two-track", "--cases", str(CASES), "--cluster", cluster.address, "--json"])
    assert json.loads(result.stdout) == json.loads(alone)


def test_no_cluster_is_one_line() -> None:
    with pytest.raises(WorkersFailed, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        courtsim.sample("two-track", cases=10, cluster="tcp://127.0.0.1:9")
