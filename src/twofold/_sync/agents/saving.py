# Generated from src/twofold/_async/agents/saving.py by `nox -s codegen`. Do not edit.
"""How agents are saved, loaded and shared: the part of ``MultiStepAgent`` that does so.

What does the work is imported when it is first needed: most programs never save an agent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..._bridge import _sync as bridge
from ..models.base import Model
from .context import SummarizeOldSteps

if TYPE_CHECKING:
    from .base import MultiStepAgent

__all__ = ["SavedAgent"]


class SavedAgent:
    """The methods of agents for saving, loading and sharing."""

    if not TYPE_CHECKING:  # type checkers would take this signature for that of every agent's constructor

        def __new__(cls, *args, **kwargs):
            agent = super().__new__(cls)
            agent._made_with = args, kwargs
            return agent

    def to_dict(self) -> dict[str, Any]:
        """Return the agent as JSON-able data: class, tools, model, prompts, managed agents, settings.

        Keys and other secrets are never part of it. Callbacks, checks, approvers and loggers are not either,
        because they are code of the program around the agent; a warning in the log names what was left out.

        Raises:
            ConfigurationError: A tool or the model cannot be saved. The message says why.
        """
        from ..._core.sharing.agent_data import agent_to_dict

        return agent_to_dict(self)

    @classmethod
    def from_dict(cls, agent_dict: Mapping[str, Any], trust_remote_code: bool = False, **kwargs: Any) -> Self:
        """Return the agent that ``to_dict`` made data of, in either API.

        Args:
            agent_dict: The data.
            trust_remote_code: Whether the code of its tools may be run here, with all that you may do. If
                there is none, it is not needed.
            **kwargs: Arguments that the data has not, such as ``step_callbacks``, or to be used instead of
                its own, such as ``model``.

        Raises:
            ConfigurationError: It is no such data, names a class that is not known here, or holds code and
                is not trusted, in which case nothing was run.
        """
        from ..._core.sharing.agent_loading import check_agent_data, check_trust

        data = check_agent_data(agent_dict)
        check_trust(data, trust_remote_code, "The saved agent")
        return cls._from_data(data, kwargs)

    @classmethod
    def _from_data(cls, data: Mapping[str, Any], more: Mapping[str, Any]) -> Self:
        from ..._core.sharing.agent_loading import agent_class_named, managed_entries, saved_arguments
        from ..._core.sharing.public_names import import_public
        from ..._core.sharing.tool_loading import tool_from_data

        base = _agent_base()
        import_public(bridge.API_MODULE, data["class"])
        agent_class = agent_class_named(data["class"], base, cls)
        arguments = saved_arguments(data, agent_class, {"SummarizeOldSteps": SummarizeOldSteps})
        arguments["tools"] = [tool_from_data(tool, bridge.API_MODULE, True) for tool in data["tools"]]
        arguments["managed_agents"] = [base._from_data(entry, {}) for _, entry in managed_entries(data)]
        if "model" not in more:
            arguments["model"] = Model.from_dict(data["model"])
        made: Self = agent_class(**{**arguments, **more})
        return made

    def save(self, output_dir: str | Path) -> None:
        """Write the agent into a folder, from which ``from_folder`` of either API loads it.

        The folder gets ``agent.json``, ``prompts.yaml``, ``tools/`` with the code of the tools,
        ``managed_agents/`` with a folder for each, ``requirements.txt``, and ``app.py``, a web page to talk
        with the agent. Nothing else in the folder is touched.

        Args:
            output_dir: The folder; made if it is not there.

        Raises:
            ConfigurationError: Something cannot be saved, or would be a secret. Nothing is written then.
        """
        from ..._core.sharing.agent_folder import write_agent_folder

        write_agent_folder(self.to_dict(), output_dir, _secrets_of(self))

    @classmethod
    def from_folder(cls, folder: str | Path, trust_remote_code: bool = False, **kwargs: Any) -> Self:
        """Load an agent from a folder that ``save`` of either API has written.

        Args:
            folder: The folder.
            trust_remote_code: Whether the code of its tools may be run here, with all that you may do. If
                there is none, it is not needed. Look at the model's ``api_base`` too: that is where your key
                goes.
            **kwargs: Arguments to be used instead of those saved, or that were not; see ``from_dict``.

        Raises:
            ConfigurationError: A file is missing or not what it has to be, or there is code and it is not
                trusted, in which case nothing was run.
        """
        from ..._core.sharing.agent_folder import read_agent_folder
        from ..._core.sharing.agent_loading import check_agent_data, check_trust

        data = check_agent_data(read_agent_folder(folder), f"The agent in {str(folder)!r}")
        check_trust(data, trust_remote_code, f"The agent in {str(folder)!r}")
        return cls._from_data(data, kwargs)

    def push_to_hub(
        self,
        repo_id: str,
        commit_message: str = "Upload agent",
        private: bool | None = None,
        token: bool | str | None = None,
        create_pr: bool = False,
    ) -> str:
        """Upload the agent to the Hugging Face Hub, as a Space in which people can talk with it.

        Args:
            repo_id: Where to, e.g. ``"me/my-agent"``.
            commit_message: The message of the commit.
            private: Whether a new repository is private; the organization's default if None.
            token: A token of the Hub that may write; the one you have logged in with if None.
            create_pr: Whether to propose the change instead of making it.

        Returns:
            The URL of the commit, or of the pull request.

        Raises:
            ConfigurationError: The agent cannot be saved.
            HubError: The Hub refused, or could not be reached.
        """
        import tempfile

        from ..._core.sharing.hub import push_folder

        with tempfile.TemporaryDirectory() as folder:
            self.save(folder)
            return bridge.call_blocking(
                push_folder,
                Path(folder),
                repo_id,
                tags=["agent", "twofold"],
                commit_message=commit_message,
                private=private,
                token=token,
                create_pr=create_pr,
            )

    @classmethod
    def from_hub(
        cls, repo_id: str, token: str | None = None, trust_remote_code: bool = False, **kwargs: Any
    ) -> Self:
        """Load an agent from a Space of the Hugging Face Hub, and run the code of its tools.

        Args:
            repo_id: The Space, e.g. ``"someone/their-agent"``.
            token: A token of the Hub, for private Spaces.
            trust_remote_code: Whether to take this agent as it is: its code is run here with all that you may
                do, and its model is asked with your key. It has to be True.
            **kwargs: ``revision``, ``cache_dir``, ``force_download`` and ``local_files_only`` are for the
                download; all else is for the agent, see ``from_dict``.

        Raises:
            ConfigurationError: It is not trusted, or is no agent.
            HubError: The Hub refused, or could not be reached.
        """
        from ..._core.sharing.agent_folder import AGENT_FILE, HUB_PATTERNS
        from ..._core.sharing.hub import fetch_folder, split_options
        from ..._core.sharing.tool_loading import require_trust

        require_trust(trust_remote_code, f"The Space {repo_id!r}", "an agent with its tools")
        options, arguments = split_options(kwargs)
        folder = bridge.call_blocking(fetch_folder, repo_id, token, HUB_PATTERNS, AGENT_FILE, options)
        return bridge.call_blocking(cls.from_folder, folder, True, **arguments)


def _agent_base() -> type[MultiStepAgent[Any]]:
    from .base import MultiStepAgent

    return MultiStepAgent


def _secrets_of(agent: Any) -> list[str]:
    """Return the secrets that the agent's models hold, those of managed agents included."""
    known: Sequence[str | None] = getattr(agent.model, "_secrets", tuple)()
    found = [secret for secret in known if secret]
    for managed in agent.managed_agents.values():
        found += _secrets_of(managed)
    return found
