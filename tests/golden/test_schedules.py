"""What docs/schedules.md shows is what the commands print."""

import re
import shlex
from pathlib import Path

from tests.golden.test_readme import ROOT, pulsetrain

PAGE = (ROOT / "docs" / "schedules.md").read_text()
SHOWN = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def printed(start: str, folder: Path) -> str:
    """What the page's command that begins so prints, without spaces at the ends of lines."""
    (line,) = re.findall(rf"^pulsetrain ({start}[^#\n]*)", PAGE, re.MULTILINE)
    words = shlex.split(line)
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in words]
    out = pulsetrain(*words, cwd=folder, COLUMNS="80")
    return "".join(f"{row.rstrip()}\n" for row in out.splitlines())


def test_the_schedule_of_the_page_is_the_one_counted(tmp_path: Path) -> None:
    assert SHOWN[0] in printed("schedule ", tmp_path)
    assert (tmp_path / "timeline.png").stat().st_size > 1000


def test_the_check_of_the_page_is_the_one_printed(tmp_path: Path) -> None:
    assert printed("check ", tmp_path).startswith(SHOWN[1])


def test_the_comparison_of_the_page_runs(tmp_path: Path) -> None:
    assert "lock-step" in printed("compare ", tmp_path)
    assert (tmp_path / "compare.png").stat().st_size > 1000
    assert (tmp_path / "compare.csv").stat().st_size > 1000
