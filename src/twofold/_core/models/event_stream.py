"""Server-sent events, as chat-completions servers use them: bytes in, the data of each event out."""

from __future__ import annotations

__all__ = ["EventDecoder"]

_DONE = "[DONE]"


class EventDecoder:
    """Takes the pieces of a stream and finds the events in them, wherever the pieces are cut.

    Owned by the reader of one stream. Fields other than ``data`` say nothing here and are passed over.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self.done = False
        """Whether the server has said that the stream is over."""

    def feed(self, piece: bytes) -> list[str]:
        """Take a piece and return the data of the events that are whole now.

        Raises:
            UnicodeDecodeError: It is no text.
        """
        events: list[str] = []
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        for encoded in lines:
            line = encoded.rstrip(b"\r").decode()
            if line.startswith("data:"):
                self._data.append(line[5:].removeprefix(" "))
            elif not line and self._data:
                data = "\n".join(self._data)
                self._data.clear()
                if data.startswith(_DONE):
                    self.done = True
                    break
                events.append(data)
        return events
