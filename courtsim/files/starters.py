"""Starter files: a scenario or a procedure to begin from."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal

from courtsim.errors import StoreFailed, Where, WrongInput

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def write(kind: Literal["scenario", "procedure"], path: Path) -> None:
    """Writes the starter of a kind under the file's own name; never over a file that exists.

    Raises:
        WrongInput: the file exists, or its name makes no id.
        StoreFailed: the place cannot be written to.
    """
    here = Where(str(path), 0, 0)
    if path.suffix not in (".yaml", ".yml"):
        raise WrongInput(here, "a name that does not end in .yaml", f"{path.stem or 'my-' + kind}.yaml")
    if not ID.fullmatch(path.stem):
        proper = "-".join(re.findall(r"[a-z0-9]+", path.stem.lower())) or f"my-{kind}"
        raise WrongInput(here, "a name that makes no id", f"lower-case words with dashes, as {proper}.yaml")
    text = files("courtsim.templates").joinpath(f"{kind}.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(text.replace("FILE", path.name).replace(f"{kind}: NAME", f"{kind}: {path.stem}"))
    except FileExistsError:
        raise WrongInput(here, "a file that exists already; it was left as it is", "a new name") from None
    except OSError as fault:
        raise StoreFailed(f"{path} cannot be written: {fault.strerror or fault}") from fault
