"""Whisper's weights: fetched from the Hugging Face hub once, verified, and kept.

A fetch that breaks off goes on where it stopped, also in another process: the hub's own client starts a file anew. What
arrives is compared with the hash the hub lists for it before it counts, so only whole files are ever loaded.
"""

import hashlib
import importlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import SpeechError

_NEEDED = re.compile(r"(config|preprocessor_config|tokenizer)\.json|model\.bin|vocabulary\..+")
_VERIFIED = "verified.json"
_BLOCK_BYTES = 1 << 20
_TRIES = 4
"""Without a byte of progress; then the fetch has failed."""
_FIRST_WAIT_S = 1.0
_TIMEOUT_S = 20.0
Progress = Callable[[float], None]
"""Is told how much has come, 0–1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file as the hub lists it."""

    name: str
    size_bytes: int
    sha256: str
    """Of files in the large-file store; empty for small ones."""
    git_sha1: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One state of a repository."""

    repo: str
    commit: str
    files: tuple[WeightFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def folder_of(model: str, cache: Path) -> Path:
    return cache / "whisper" / model.replace("/", "--")


def fetched(folder: Path) -> bool:
    """All its files were verified here once and are still there."""
    try:
        sizes: dict[str, int] = json.loads((folder / _VERIFIED).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


class Hub:
    """The hub, or a mirror of it. `endpoint` None is what HF_ENDPOINT says, or huggingface.co."""

    def __init__(self, clock: Clock, endpoint: str | None = None) -> None:
        self._clock = clock
        self._endpoint = endpoint

    def revision(self, repo: str) -> Revision:
        """The newest state of a repository. Raises SpeechError."""
        import httpx2

        try:
            info = _library().HfApi(endpoint=self._endpoint).model_info(repo, files_metadata=True, timeout=_TIMEOUT_S)
        except (httpx2.HTTPError, _library().errors.OfflineModeIsEnabled) as error:
            raise _explained(repo, error) from error
        files = tuple(_listed(entry) for entry in info.siblings or () if _NEEDED.fullmatch(entry.rfilename))
        if not info.sha or not {"model.bin", "config.json", "tokenizer.json"} <= {file.name for file in files}:
            raise SpeechError(f"{repo} holds no faster-whisper model; set WHISPER_MODEL to one that does")
        return Revision(repo=repo, commit=info.sha, files=files)

    def fetch(self, revision: Revision, folder: Path, progress: Progress, stop: threading.Event) -> None:
        """Bring every file into `folder`. Raises SpeechError; what has come by then is kept for the next time."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            done = 0
            for file in revision.files:
                for come in self._file(revision, file, folder, stop):
                    progress((done + come) / max(1, revision.size_bytes))
                done += file.size_bytes
            sizes = {file.name: file.size_bytes for file in revision.files}
            (folder / _VERIFIED).write_text(json.dumps(sizes), encoding="utf-8")
        except OSError as error:
            raise SpeechError(f"the Whisper model cannot be kept ({error}); check {folder}") from error

    def _file(self, revision: Revision, file: WeightFile, folder: Path, stop: threading.Event) -> Iterator[int]:
        """The bytes there are so far, again and again until the file is whole."""
        whole, part = folder / file.name, folder / f"{file.name}.{(file.sha256 or file.git_sha1)[:12]}.part"
        if whole.is_file() and _matches(whole, file):
            yield file.size_bytes
            return
        failures = 0
        while (come := part.stat().st_size if part.is_file() else 0) < file.size_bytes or not part.is_file():
            yield come
            try:
                yield from self._rest(revision, file, part, come, stop)
                failures = 0
            except SpeechError as error:
                now = part.stat().st_size if part.is_file() else 0
                failures = 0 if now > come else failures + 1
                if not error.retryable or failures >= _TRIES:
                    raise
                if self._clock.wait(stop, _FIRST_WAIT_S * 2**failures):
                    raise _stopped() from error
        if not _matches(part, file):
            part.unlink()
            raise SpeechError(f"{file.name} of {revision.repo} arrived damaged and was thrown away; fetch it again")
        part.replace(whole)

    def _rest(
        self, revision: Revision, file: WeightFile, part: Path, come: int, stop: threading.Event
    ) -> Iterator[int]:
        """One request for what is missing. Raises SpeechError, retryable where that may help."""
        import httpx2

        hub = _library()
        url = hub.hf_hub_url(revision.repo, file.name, revision=revision.commit, endpoint=self._endpoint)
        headers = {**hub.utils.build_hf_headers(), "Accept-Encoding": "identity"}
        if come:
            headers["Range"] = f"bytes={come}-"
        try:
            with (
                hub.get_session().stream(
                    "GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True
                ) as response,
                part.open("r+b" if come else "wb") as written,
            ):
                if response.status_code >= 400:
                    passes = response.status_code in (408, 429) or response.status_code >= 500
                    raise SpeechError(
                        f"the hub answered {response.status_code} for {file.name}; try again later", retryable=passes
                    )
                # A server that knows no ranges sends everything again.
                come = come if response.status_code == 206 else 0
                written.seek(come)
                written.truncate()
                # Pieces as they come: what is gathered into larger ones is lost where the connection breaks.
                for block in response.iter_bytes():
                    if stop.is_set():
                        raise _stopped()
                    written.write(block)
                    come += len(block)
                    yield come
        except (httpx2.HTTPError, _library().errors.OfflineModeIsEnabled) as error:
            raise _explained(revision.repo, error) from error
        if come > file.size_bytes:
            part.unlink()
        if come != file.size_bytes:
            raise SpeechError(f"{file.name} of {revision.repo} came incomplete; fetch it again", retryable=True)


def _explained(repo: str, error: Exception) -> SpeechError:
    """An error of the network, in words that say what to do."""
    errors = _library().errors
    if isinstance(error, errors.RepositoryNotFoundError):
        return SpeechError(f"there is no model {repo}; correct WHISPER_MODEL")
    if isinstance(error, errors.OfflineModeIsEnabled):
        return SpeechError("HF_HUB_OFFLINE is set; unset it, or set WHISPER_MODEL to a model's folder")
    return SpeechError(
        f"{repo} cannot be fetched ({type(error).__name__}); check the network, or set WHISPER_MODEL to a folder",
        retryable=True,
    )


def _library() -> Any:
    """The hub's client, which comes with faster-whisper and need not be installed."""
    return importlib.import_module("huggingface_hub")


def _stopped() -> SpeechError:
    return SpeechError("speech recognition was shut down; restart Sidetone")


def _listed(entry: Any) -> WeightFile:
    lfs = entry.lfs
    return WeightFile(
        name=entry.rfilename,
        size_bytes=int(lfs.size if lfs else entry.size or 0),
        sha256=str(lfs.sha256) if lfs else "",
        git_sha1=str(entry.blob_id or ""),
    )


def _matches(path: Path, file: WeightFile) -> bool:
    if path.stat().st_size != file.size_bytes:
        return False
    if file.sha256:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(usedforsecurity=False)
        digest.update(f"blob {file.size_bytes}\0".encode())
    with path.open("rb") as content:
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == (file.sha256 or file.git_sha1)
