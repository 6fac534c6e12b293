"""The version is said twice: where tools read it, and where people do."""

import re
import tomllib

from core.config import ROOT


def test_the_changelog_begins_with_the_version_there_is() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version
