"""One user's conversation with an agent that others talk with too."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._bridge import _async as bridge
from ..._core.agents.run_state import left_behind
from ..._core.display.logging import logger
from ..._core.errors import AgentInterrupted, ConfigurationError, TwofoldError
from ..._core.media.images import png_bytes
from ..._core.ui.transcript import Message, Transcript
from ..._core.ui.uploads import Upload, UploadRules
from .approvals import Approvals

if TYPE_CHECKING:
    from ..agents.base import MultiStepAgent
    from ..agents.run import AgentRun

__all__ = ["Conversation"]


class Conversation:
    """The run that the next message continues, the transcript, and the files of one conversation.

    Owned by the session of one browser tab; ``aclose`` ends what goes on and deletes the files.

    Args:
        agent: The agent, which may have any number of conversations at once.
        upload_folder: Where the folder for the files of this conversation is made; None for no uploads.
        rules: Which files are let in.
        forgets: Whether the agent begins each task with an empty memory.
    """

    def __init__(
        self, agent: MultiStepAgent[Any], upload_folder: Path | None, rules: UploadRules, *, forgets: bool
    ) -> None:
        self._agent = agent
        self._rules = rules
        self._forgets = forgets
        self._uploads = None if upload_folder is None else upload_folder / secrets.token_hex(8)
        self._pictures = Path(tempfile.mkdtemp(prefix="twofold-ui-"))
        self._picture_number = 0
        tags = getattr(agent, "code_block_tags", None)
        self.transcript = Transcript(self._keep_image, (tags.opening, tags.closing) if tags else None)
        self.approvals = Approvals(self.transcript, self._wake_up)
        self._run: AgentRun[Any] | None = None
        self._wake: bridge.EventChannel[None] | None = None
        self._is_stopping = False
        self._is_closed = False

    async def send(self, task: str, files: Sequence[str] = ()) -> AsyncIterator[list[Message]]:
        """Give the agent a task, and yield the whole conversation whenever there is something new in it.

        Args:
            task: What the user says.
            files: The paths of uploaded files.
        """
        if not self.transcript.begin(task, files):
            yield self.transcript.messages()
            return
        self._is_stopping = False
        try:
            work = self._work(task, files)
            async with bridge.closing(work):
                async for _ in work:
                    yield self.transcript.messages()
        finally:
            self.transcript.end()
            if self._is_closed:
                await self._give_up()
        yield self.transcript.messages()

    def stop(self) -> None:
        """Stop the run that is under way, if any, from any thread. The conversation can go on."""
        run, wake = self._run, self._wake
        self._is_stopping = True
        if wake is not None and run is not None:
            run.interrupt()
            wake.put(None)
        self.approvals.withdraw()

    def _wake_up(self) -> None:
        wake = self._wake
        if wake is not None:
            wake.put(None)

    async def aclose(self) -> None:
        """Stop what goes on, and delete the files of the conversation."""
        self._is_closed = True
        self.stop()
        if not self.transcript.is_busy:
            await self._give_up()

    async def _work(self, task: str, files: Sequence[str]) -> AsyncIterator[None]:
        """Carry a run out; yield when there is something new."""
        yield None  # the task itself
        try:
            run = self._run = self._start(task, self._admit(files))
        except (ConfigurationError, OSError) as error:
            self.transcript.add_error(error)
            return
        # one call to look is enough, however many events come before anybody does: the channel stays short
        wake = self._wake = bridge.EventChannel[None]()
        carrying_out = bridge.run_with_events(lambda: self._carry_out(run, wake), wake)
        try:
            async with bridge.closing(carrying_out):
                async for _ in carrying_out:
                    if self._is_stopping:
                        break
                    yield None
        finally:
            self._wake = None
            if run.is_active:
                # its thread waits for something that cannot be interrupted, such as a reply over the network
                self._run = left_behind(run)
        if self._is_stopping:
            self.transcript.add_note("Stopped.")

    async def _carry_out(self, run: AgentRun[Any], wake: bridge.EventChannel[None]) -> None:
        events = run.events()
        try:
            async with bridge.closing(events):
                async for event in events:
                    if self._is_stopping:
                        return  # what comes now is nothing that the user waits for
                    if self.transcript.add(event):
                        wake.put(None)
        except AgentInterrupted as error:
            if not self._is_stopping:  # somebody else did it
                self.transcript.add_error(error)
        except TwofoldError as error:
            self.transcript.add_error(error)
        except Exception as error:
            logger.exception("a run of the web UI failed")
            self.transcript.add_error(error)

    def _start(self, task: str, uploads: Sequence[Upload]) -> AgentRun[Any]:
        images = [upload.image for upload in uploads if upload.image is not None]
        paths = [str(upload.path) for upload in uploads]
        self.transcript.know_images(images)
        run = self._agent.start(
            task or "See the files.",
            images=images or None,
            additional_args={"uploaded_files": paths} if paths else None,
            previous=None if self._forgets else self._run,
            approver=self._agent.approver or self.approvals.ask,
        )
        run.is_kept = not self._forgets
        return run

    def _admit(self, files: Sequence[str]) -> list[Upload]:
        if not files:
            return []
        if self._uploads is None:
            raise ConfigurationError("Files cannot be uploaded here.")
        return [self._rules.admit(Path(file), self._uploads) for file in files]

    def _keep_image(self, image: Any) -> str:
        self._picture_number += 1
        path = self._pictures / f"{self._picture_number}.png"
        path.write_bytes(png_bytes(image))
        return str(path)

    async def _give_up(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            await run.aclose()
        for folder in (self._pictures, self._uploads):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
