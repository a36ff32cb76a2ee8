"""Bytes that did harm once, or were written to: each is taken or refused with a message, within 2 s and 500 MB.

`tests/prove/fuzz.py` puts what it finds into `corpus/TARGET/`; the rest was written by hand.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import pytest

from tests.hostile import TARGETS, given_to

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_hostile_bytes_are_refused_with_a_message_or_taken(target: str) -> None:
    found = sorted((CORPUS / target).iterdir())
    slow = []
    for path in found:
        begun = time.process_time()
        try:
            given_to(target, path.read_bytes())
        except Exception as fault:
            raise AssertionError(f"{path.relative_to(CORPUS)}: {type(fault).__name__}: {fault}") from fault
        if time.process_time() - begun > 2:
            slow.append(path.name)

    assert len(found) >= 8 and slow == []


def test_no_bytes_take_half_a_gigabyte() -> None:
    """Of the whole process of the tests so far, which has more to do than this."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for target in TARGETS:
        for path in sorted((CORPUS / target).iterdir()):
            given_to(target, path.read_bytes())

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000
