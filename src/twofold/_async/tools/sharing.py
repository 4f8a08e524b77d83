"""Tools on the Hugging Face Hub and tools of Spaces, off the thread that waits for them."""

from __future__ import annotations

from typing import Any

from ..._bridge import _async as bridge
from ..._core.sharing.space import space_tool
from ..._core.tools.tool import Tool

__all__ = ["load_space_tool", "load_tool", "load_tools_of_collection", "push_tool"]


async def load_tool(
    repo_id: str,
    model_repo_id: str | None = None,
    token: str | None = None,
    trust_remote_code: bool = False,
    **kwargs: Any,
) -> Tool:
    """Load a tool from a Space of the Hugging Face Hub, and run its code.

    Args:
        repo_id: The Space, e.g. ``"someone/their-tool"``.
        model_repo_id: For tools whose class takes one: the model that it uses.
        token: A token of the Hub, for private Spaces.
        trust_remote_code: Whether its code may be run here, with all that you may do. It has to be True: read
            ``tool.py`` of the Space first.
        **kwargs: ``revision``, ``cache_dir``, ``force_download`` and ``local_files_only`` are for the
            download; all else are arguments for the tool's class.

    Returns:
        The tool, for agents of either API.

    Raises:
        ConfigurationError: It is not trusted, or is no tool.
        HubError: The Hub refused, or could not be reached.

    Example:
        >>> from twofold.aio import load_tool
        >>> tool = await load_tool("someone/their-tool", trust_remote_code=True)  # doctest: +SKIP
    """
    from ..._core.sharing.tool_hub import tool_from_hub

    if model_repo_id is not None:
        kwargs["model_repo_id"] = model_repo_id
    return await bridge.call_blocking(
        tool_from_hub, repo_id, token, trust_remote_code, bridge.API_MODULE, kwargs
    )


async def push_tool(
    tool: Tool,
    repo_id: str,
    commit_message: str = "Upload tool",
    private: bool | None = None,
    token: bool | str | None = None,
    create_pr: bool = False,
) -> str:
    """Upload a tool as a Space to the Hugging Face Hub, from where ``load_tool`` loads it.

    Args:
        tool: The tool.
        repo_id: Where to, e.g. ``"me/my-tool"``.
        commit_message: The message of the commit.
        private: Whether a new repository is private; the organization's default if None.
        token: A token of the Hub that may write; the one you have logged in with if None.
        create_pr: Whether to propose the change instead of making it.

    Returns:
        The URL of the commit, or of the pull request.

    Raises:
        ConfigurationError: The tool cannot be saved; see ``Tool.to_dict``.
        HubError: The Hub refused, or could not be reached.
    """
    from ..._core.sharing import tool_hub

    return await bridge.call_blocking(
        tool_hub.push_tool, tool, repo_id, commit_message, private, token, create_pr
    )


async def load_space_tool(
    space_id: str,
    name: str,
    description: str = "",
    api_name: str | None = None,
    token: str | None = None,
) -> Tool:
    """Make a tool of a Gradio app that runs elsewhere, such as a Space on the Hugging Face Hub.

    Nothing of the app is run here: the tool calls its API.

    Args:
        space_id: The Space, e.g. ``"someone/their-space"``, or the URL of an app.
        name: The tool's name.
        description: What it does, for the model.
        api_name: Which of the app's endpoints; the first one if None.
        token: A token of the Hub, for private Spaces.

    Raises:
        ConfigurationError: The app has no such endpoint.
        HubError: The app could not be reached.

    Example:
        >>> from twofold.aio import load_space_tool
        >>> draw = await load_space_tool(  # doctest: +SKIP
        ...     "black-forest-labs/FLUX.1-schnell", name="draw", description="Draw an image."
        ... )
    """
    return await bridge.call_blocking(space_tool, space_id, name, description, api_name, token)


async def load_tools_of_collection(
    collection_slug: str, token: str | None = None, trust_remote_code: bool = False
) -> list[Tool]:
    """Load the tools of all Spaces in a collection of the Hugging Face Hub, and run their code.

    Args:
        collection_slug: The collection, as in its URL.
        token: A token of the Hub, for private ones.
        trust_remote_code: Whether their code may be run here; see ``load_tool``.

    Raises:
        ConfigurationError: They are not trusted, or one is no tool.
        HubError: The Hub refused, or could not be reached.
    """
    from ..._core.sharing.hub import collection_spaces
    from ..._core.sharing.tool_loading import require_trust

    require_trust(trust_remote_code, f"The collection {collection_slug!r}", "a tool.py in each Space")
    spaces = await bridge.call_blocking(collection_spaces, collection_slug, token)

    async def load(repo_id: str) -> Tool:
        return await load_tool(repo_id, token=token, trust_remote_code=trust_remote_code)

    return await bridge.map_concurrent(load, spaces, limit=8)
