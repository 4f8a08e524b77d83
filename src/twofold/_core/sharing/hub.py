"""Talking to the Hugging Face Hub, through ``huggingface_hub``. These functions block.

The Hub of the environment variable ``HF_ENDPOINT`` is used, if that is set when they are called.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..errors import ConfigurationError, HubError, MissingExtraError
from ..version import __version__

__all__ = [
    "DOWNLOAD_OPTIONS",
    "collection_spaces",
    "fetch_file",
    "fetch_folder",
    "push_folder",
    "split_options",
]

T = TypeVar("T")

DOWNLOAD_OPTIONS = ("revision", "cache_dir", "force_download", "local_files_only")
_README = "README.md"


def split_options(arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments that are about the download, and the others."""
    options = {name: arguments[name] for name in DOWNLOAD_OPTIONS if name in arguments}
    return options, {name: value for name, value in arguments.items() if name not in options}


def fetch_file(repo_id: str, file_name: str, token: str | None, options: dict[str, Any]) -> str:
    """Return the text of a file of a Space.

    Raises:
        HubError: The Hub refused, could not be reached, or has no such file.
    """
    # for a single file, huggingface_hub tries for half a minute to reach a Hub that is not there
    folder = fetch_folder(repo_id, token, [file_name], file_name, options)
    return (folder / file_name).read_text(encoding="utf-8")


def fetch_folder(
    repo_id: str, token: str | None, patterns: Sequence[str], needed: str, options: dict[str, Any]
) -> Path:
    """Download files of a Space and return the folder in which they are.

    Args:
        repo_id: The Space.
        token: A token of the Hub.
        patterns: Which files.
        needed: The file that has to be among them.
        options: Options of the download.

    Raises:
        HubError: The Hub refused, could not be reached, or has no such file.
    """
    api = _api(token)
    path = _call(
        lambda: api.snapshot_download(repo_id, repo_type="space", allow_patterns=list(patterns), **options),
        f"the Space {repo_id!r}",
    )
    if not (Path(path) / needed).is_file():
        raise HubError(f"The Space {repo_id!r} has no file {needed!r}.", status=404)
    return Path(path)


def collection_spaces(slug: str, token: str | None) -> list[str]:
    """Return the ids of the Spaces in a collection.

    Raises:
        HubError: The Hub refused, could not be reached, or has no such collection.
    """
    api = _api(token)
    collection = _call(lambda: api.get_collection(slug), f"the collection {slug!r}")
    return [item.item_id for item in collection.items if item.item_type == "space"]


def push_folder(
    folder: Path,
    repo_id: str,
    *,
    tags: Sequence[str],
    commit_message: str,
    private: bool | None,
    token: bool | str | None,
    create_pr: bool,
) -> str:
    """Upload a folder as a Gradio Space, which is made if it is not there, and return the commit's URL.

    Raises:
        HubError: The Hub refused, or could not be reached.
    """
    api = _api(token)
    what = f"the Space {repo_id!r}"
    made = _call(
        lambda: api.create_repo(
            repo_id, repo_type="space", space_sdk="gradio", private=private, exist_ok=True
        ),
        what,
    )
    (folder / _README).write_text(_readme(api, made.repo_id, tags), encoding="utf-8")
    commit = _call(
        lambda: api.upload_folder(
            repo_id=made.repo_id,
            repo_type="space",
            folder_path=folder,
            commit_message=commit_message,
            create_pr=create_pr,
        ),
        what,
    )
    return str(commit.pr_url or commit.commit_url)


def _readme(api: Any, repo_id: str, tags: Sequence[str]) -> str:
    """Return the page of the repository as it is, with the tags in its head."""
    import yaml
    from huggingface_hub.errors import EntryNotFoundError

    try:
        path = api.hf_hub_download(repo_id, _README, repo_type="space", force_download=True)
        text = Path(path).read_text(encoding="utf-8")
    except EntryNotFoundError:
        text = ""
    except Exception as error:
        raise _hub_error(error, f"the Space {repo_id!r}") from error
    data: dict[str, Any] = {"title": repo_id.partition("/")[2], "sdk": "gradio", "app_file": "app.py"}
    body = text
    if text.startswith("---\n") and (end := text.find("\n---", 4)) >= 0:
        head = yaml.safe_load(text[4:end])
        data |= head if isinstance(head, dict) else {}
        body = text[end + 4 :].lstrip("\n")
    data["tags"] = sorted({*data.get("tags", ()), *tags})
    return f"---\n{yaml.safe_dump(data, sort_keys=False)}---\n{body}"


def _api(token: bool | str | None) -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtraError(
            "Sharing on the Hugging Face Hub", "huggingface", "huggingface_hub"
        ) from error
    return huggingface_hub.HfApi(
        endpoint=os.environ.get("HF_ENDPOINT") or None,
        token=token,
        library_name="twofold",
        library_version=__version__,
    )


def _call(function: Callable[[], T], what: str) -> T:
    try:
        return function()
    except Exception as error:
        raise _hub_error(error, what) from error


def _hub_error(error: Exception, what: str) -> Exception:
    """Return the error to raise instead of one of ``huggingface_hub`` or of the HTTP library under it."""
    from huggingface_hub import errors

    first_line = str(error).strip().partition("\n")[0] or type(error).__name__
    if isinstance(error, errors.HFValidationError):
        return ConfigurationError(f"This is no name of a repository on the Hub: {first_line}")
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError) or status in (401, 403):
        reason = "access was refused: log in with `hf auth login`, or pass a token that may do this"
        # the Hub answers so for what does not exist, too, if nobody is logged in
        if isinstance(error, errors.RepositoryNotFoundError):
            reason = "there is none of that name, or it is private and needs a token"
    elif isinstance(error, errors.EntryNotFoundError) and not isinstance(
        error, errors.LocalEntryNotFoundError
    ):
        reason = "there is no such file"
    elif isinstance(error, errors.RevisionNotFoundError):
        reason = "it has no such revision"
    elif isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        reason = "there is none of that name, or it is private and needs a token"
    elif isinstance(error, errors.OfflineModeIsEnabled):
        reason = "HF_HUB_OFFLINE is set"
    elif status is None:
        reason = f"the Hub cannot be reached ({first_line})"
    else:
        reason = f"the Hub answered {status}: {first_line}"
    return HubError(f"{what[:1].upper()}{what[1:]}: {reason}.", status=status)
