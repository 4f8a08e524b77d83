"""The name of the model that is used where none is named."""

from typing import Final

__all__ = ["DEFAULT_MODEL"]

DEFAULT_MODEL: Final = "qwen2.5-coder-1.5b"
