"""A report in a real browser: nothing on the console, nothing from the network, no barrier for anyone, a sensible way by keyboard.

`make prove` does the same with the whole of `jupiter-2019` and keeps pictures at three sizes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import courtsim
from tests.browser import Seen, looked_at, needed, opened


@pytest.fixture(scope="module", params=["two-track", "jupiter-2019-as-it-happened"])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    needed()
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    courtsim.write_report(courtsim.report(request.param, cases=50, within=0.05), path)
    return looked_at(path)


def test_the_console_is_silent_and_the_network_is_not_asked(seen: Seen) -> None:
    assert seen.console == []
    assert len(seen.requests) == 1 and seen.requests[0].startswith("file:")


def test_axe_finds_no_barrier_at_any_size_light_or_dark(seen: Seen) -> None:
    assert seen.violations == []


def test_the_tab_key_goes_from_the_skip_link_down_the_page_and_out(seen: Seen) -> None:
    tags = [tag for tag, _, _ in seen.focused]
    below = [top for tag, _, top in seen.focused if tag != "A"]

    assert seen.focused[0][:2] == ("A", "#content")
    assert tags == sorted(tags, key=lambda tag: tag != "A")  # links first, then the tables that may scroll
    assert below == sorted(below) and len(seen.focused) < 100


def test_the_page_is_never_wider_than_the_window(seen: Seen) -> None:
    assert all(page <= window for page, window in seen.widths.values())


def test_the_browser_would_have_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text(
        "<!DOCTYPE html><html><body><img src='https://example.org/x.png'><script>console.log('hello')</script>"
        "<div style='width: 3000px'>wide</div></body></html>"
    )
    needed()

    seen = looked_at(wrong)

    assert "hello" in seen.console and "https://example.org/x.png" in seen.requests
    assert any("image-alt" in each for each in seen.violations) and any("html-has-lang" in each for each in seen.violations)
    assert seen.widths["phone"][0] > seen.widths["phone"][1]


def test_the_status_is_the_first_thing_below_the_title_even_without_scrolling(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    needed()
    courtsim.write_report(courtsim.report("jupiter-2019-as-it-happened", cases=50, within=0.05), path)

    with opened(path, viewport={"width": 375, "height": 812}) as (page, _, _):
        top = page.get_by_role("note", name="Status of the case").bounding_box()["y"]
        assert top < 400 and "never tried" in page.get_by_role("note").inner_text()
