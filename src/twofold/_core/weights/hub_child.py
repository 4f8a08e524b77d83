"""The program that talks to the Hub in a process of its own: one JSON line on stdout for each thing it knows.

Run as a script by ``hub.py``, so that a Hub that hangs can be ended. It imports nothing of twofold: the child
has to start fast and to work wherever twofold was put.
"""

from __future__ import annotations

import json
import sys


def main(repo: str, file_name: str, size: str, sha256: str, destination: str) -> None:
    """Fetch one file; tell ``ready``, ``reachable``, then ``cached``, ``downloaded`` or ``unavailable``."""
    try:
        import huggingface_hub as hub
        from huggingface_hub import constants
    except ImportError:
        _tell("unavailable", "huggingface_hub is not installed")
        return
    _tell("ready")
    cached = hub.try_to_load_from_cache(repo, file_name)
    if isinstance(cached, str):
        _tell("cached", cached)
        return
    if constants.HF_HUB_OFFLINE:
        _tell("unavailable", "HF_HUB_OFFLINE is set")
        return
    try:
        # hf_hub_download asks the same question, but tries again for minutes when the Hub does not answer.
        metadata = hub.get_hf_file_metadata(hub.hf_hub_url(repo, file_name), timeout=5)
        if metadata.size != int(size) or metadata.etag != sha256:
            _tell("unavailable", f"it has another file now (sha256 {metadata.etag}, {metadata.size} bytes)")
            return
        _tell("reachable")
        _tell("downloaded", hub.hf_hub_download(repo, file_name, local_dir=destination))
    except Exception as error:
        first_line = str(error).strip().split("\n", 1)[0]
        _tell("unavailable", f"{type(error).__name__}: {first_line}")


def _tell(kind: str, text: str = "") -> None:
    sys.stdout.write(json.dumps({"kind": kind, "text": text}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
