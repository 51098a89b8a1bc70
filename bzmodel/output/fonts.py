"""Which font draws a text: the user's own Chinese fonts first, else the one a registry package brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bzmodel.schema.results import EnvironmentFault, Finding

PREFERRED = (
    *("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong"),
    *("方正小标宋简体", "FZXiaoBiaoSong-B05S"),
    *("宋体", "SimSun", "Songti SC", "STSong"),
    *("Noto Serif CJK SC", "Source Han Serif SC", "Noto Sans CJK SC", "Source Han Sans SC"),
)
_PACKAGE, _FILE = "mpl-font", "NotoSansCJKsc-Regular.otf"


def candidates(installed: Mapping[str, Path]) -> list[Path]:
    """The font files to try, in order. installed: family name -> file, of this machine."""
    found = [installed[family] for family in PREFERRED if family in installed]
    return [path for path in [*found, *_packaged()] if path.is_file()]


def _packaged() -> list[Path]:
    """The file of the package, which is found but never imported: its import would change matplotlib for all."""
    try:
        members = distribution(_PACKAGE).files or ()
    except PackageNotFoundError:
        return []
    return [Path(str(member.locate())) for member in members if member.name == _FILE]


def font_for(text: str, fonts: Iterable[Path], charmap: Callable[[Path], Iterable[int]]) -> Path:
    """The first font that has every character of `text`.

    charmap: font file -> the characters it has. Raises EnvironmentFault naming those that the best font lacks.
    """
    wanted = {ord(character) for character in text if not character.isspace()}
    lacking = wanted
    for font in fonts:
        missing = wanted - set(charmap(font))
        if not missing:
            return font
        lacking = min(lacking, missing, key=len)
    characters = "".join(map(chr, sorted(lacking)))
    raise EnvironmentFault(Finding("OUT-L18", value=characters, about={"count": len(lacking)}))
