"""Sound files in folders."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import ParameterError, as_integer

SOUNDS = ("aac", "au", "flac", "m4a", "mp3", "ogg", "wav")


def find_files(
    directory: str | Path,
    *,
    ext: str | Iterable[str] | None = None,
    recurse: bool = True,
    case_sensitive: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[str]:
    """Files of a folder by the ends of their names.

    Parameters
    ----------
    directory : str or path
        The folder.
    ext : str or sequence of str, optional
        Ends of names, without the dot; by default those of sound files: aac, au, flac, m4a, mp3, ogg, wav.
    recurse : bool
        Whether to look into the folders in it, too.
    case_sensitive : bool
        Whether ``"wav"`` leaves ``"WAV"`` out.
    limit : int > 0, optional
        The most files to list.
    offset : int
        How many to leave out at the beginning; a negative number takes so many from the end.

    Returns
    -------
    list of str
        Absolute paths, sorted.

    Raises
    ------
    ParameterError
        If there is no such folder.

    Examples
    --------
    >>> import tempfile
    >>> import nnaudio_xp as nax
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nax.util.find_files(folder)
    []
    """
    folder = Path(directory).expanduser()
    if not folder.is_dir():
        raise ParameterError(f"directory={str(directory)!r} must be a folder")
    ends = {end.lstrip(".") for end in ([ext] if isinstance(ext, str) else SOUNDS if ext is None else ext)}
    folded = ends if case_sensitive else {end.lower() for end in ends}

    def wanted(path: Path) -> bool:
        end = path.suffix.lstrip(".")
        return (end if case_sensitive else end.lower()) in folded and path.is_file()

    found = sorted(str(path.absolute()) for path in (folder.rglob("*") if recurse else folder.glob("*")) if wanted(path))
    first = as_integer("offset", offset, minimum=-(2**31))
    return found[first:][: None if limit is None else as_integer("limit", limit)]
