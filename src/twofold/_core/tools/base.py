"""The class `Tool`: how a tool is described, checked and called the plain way.

How agents run tools (threads, waiting, limits of time) is in the package of each colour. What a definition
must be is in `tool_checks`, arguments are in `arguments`, tools made of functions in `function_tool`.
"""

from __future__ import annotations

import inspect
from abc import ABCMeta
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ConfigurationError
from ..sharing.tool_methods import SharedTool
from .checks import CHECKED_FIELDS, check_class, check_fields, check_signature, is_optional, named_parameters
from .schema import JsonSchema, function_schema
from .setup_once import SetupClaim, under_setup

if TYPE_CHECKING:
    from .arguments import ArgumentChecker

__all__ = ["Tool"]

# made again where a tool is copied or unpickled, or not needed there
_NOT_KEPT = ("_checker", "_setup_claim", "_made_with")
_SHOWN_DEFAULTS = (str, int, float, bool, list, dict, tuple)


class _ToolMeta(ABCMeta):
    """Checks a tool when it is complete: after the last ``__init__``, whichever class that belongs to."""

    if not TYPE_CHECKING:  # type checkers would take this signature for that of every tool's constructor

        def __call__(cls, *args, **kwargs):
            made = super().__call__(*args, **kwargs)
            if (args or kwargs) and made._keeps_arguments:
                made._made_with = args, kwargs  # for saving the tool
            made._check_definition()
            return made


class Tool(SharedTool, metaclass=_ToolMeta):
    """Something that an agent can call. Subclass it, describe it in class attributes, and write ``forward``.

    A tool belongs to whoever made it and may be shared by any number of agents, runs, threads and tasks.

    Attributes:
        name: What models call it by; a Python identifier.
        description: What it does, for the model.
        inputs: What it takes: for each argument of ``forward`` a JSON schema with a ``description``. Types
            may also be ``any``, ``image`` and ``audio``; ``nullable`` says that it may be left out.
        output_type: The type of its result, of the same types.
        output_schema: The JSON schema of its result, where the type does not say enough.
        timeout: Seconds that one call may take when an agent makes it; None is no limit.
        requires_approval: Whether somebody has to agree before an agent calls it.
        blocking: Whether a ``forward`` that is not ``async def`` may block. If not, it is called where
            it would be in the way, which is faster for what takes microseconds.
        is_initialized: Whether ``setup`` has run.

    Example:
        >>> class Shout(Tool):
        ...     name = "shout"
        ...     description = "Write a text in capital letters."
        ...     inputs = {"text": {"type": "string", "description": "The text."}}
        ...     output_type = "string"
        ...
        ...     def forward(self, text: str) -> str:
        ...         return text.upper()
        >>> Shout()("hello")
        'HELLO'
    """

    name: str
    description: str
    inputs: dict[str, JsonSchema]
    output_type: str
    output_schema: JsonSchema | None = None
    timeout: float | None = None
    requires_approval: bool = False
    blocking: bool = True
    is_initialized: bool = False
    skip_forward_signature_validation: bool = False
    _keeps_arguments: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_class(cls, inspect.getattr_static(Tool, "forward"))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the tool is for. May be ``async def``."""
        raise NotImplementedError(f"{type(self).__name__} has no forward method.")

    def setup(self) -> Any:
        """Prepare what is costly (a model, a connection), before the first call. May be ``async def``."""

    # ------------------------------------------------------------------------------------- calling

    def __call__(self, *args: Any, sanitize_inputs_outputs: bool = False, **kwargs: Any) -> Any:
        """Call the tool as if it were the function: with values by position or name, or one dict of them.

        Values are taken as they are (`validate_arguments` checks what a model chose). Waits for nothing:
        if ``forward`` or ``setup`` is ``async def``, the result is to be awaited.

        Args:
            *args: Values by position.
            sanitize_inputs_outputs: Whether texts, images and sounds of agents are taken as what they are,
                and the result becomes one of them.
            **kwargs: Values by name.

        Raises:
            TypeError: Arguments are missing, unknown or too many.
        """
        if sanitize_inputs_outputs:
            return self._call_sanitized(args, kwargs)
        arguments = self.bind_arguments(args, kwargs)
        if self.is_initialized or self._set_up_plainly():
            return self._implementation(**arguments)
        return self._after_setup(arguments)

    def _call_sanitized(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        from ..media.agent_types import handle_agent_input_types, handle_agent_output_types

        plain, named = handle_agent_input_types(*args, **kwargs)
        result = self(*plain, **named)
        if not inspect.isawaitable(result):
            return handle_agent_output_types(result, self.output_type)

        async def awaited() -> Any:
            return handle_agent_output_types(await result, self.output_type)

        return awaited()

    def _set_up_plainly(self) -> bool:
        """Set up unless that has to be awaited, in which case nothing is done."""
        if not self.needs_setup():
            return True
        if not self.setup_may_block:
            return False
        claim, is_mine = self.claim_setup()
        if is_mine:
            with self.setting_up(claim):
                self.setup()
        else:
            claim.wait()
            if claim.error is not None:
                raise claim.error
        return True

    async def _after_setup(self, arguments: dict[str, Any]) -> Any:
        await self.setup()
        self.is_initialized = True
        result = self._implementation(**arguments)
        return await result if inspect.isawaitable(result) else result

    @property
    def _implementation(self) -> Callable[..., Any]:
        """What is called with the arguments in the end, and whose signature counts."""
        return self.forward

    @property
    def is_async(self) -> bool:
        """Whether ``forward`` is ``async def``."""
        return inspect.iscoroutinefunction(self._implementation)

    @property
    def may_block(self) -> bool:
        """Whether calling ``forward`` may hold up the thread it is called on."""
        return self.blocking and not self.is_async

    @property
    def setup_may_block(self) -> bool:
        """Whether calling ``setup`` may hold up the thread it is called on."""
        return not inspect.iscoroutinefunction(self.setup)

    def invoke(self, arguments: Mapping[str, Any]) -> Any:
        """Call ``forward`` with arguments that are checked already, on a tool that is set up already.

        For what runs tools. A ``StopIteration`` becomes a RuntimeError: on its way through the frames that
        wait for the result it would end a loop, or get lost.
        """
        try:
            return self._implementation(**arguments)
        except StopIteration as error:
            raise RuntimeError(f"the tool {self.name!r} raised StopIteration") from error

    # ------------------------------------------------------------------------------- of other kinds

    @staticmethod
    def from_langchain(langchain_tool: Any) -> Tool:
        """Return a tool of LangChain as a tool: awaited if it has a coroutine, else called.

        Args:
            langchain_tool: A ``langchain_core.tools.BaseTool``.

        Raises:
            ConfigurationError: It is no such tool.

        Example:
            >>> from langchain_community.tools import WikipediaQueryRun  # doctest: +SKIP
            >>> wikipedia = Tool.from_langchain(WikipediaQueryRun(...))  # doctest: +SKIP
        """
        from .foreign_tools import LangChainTool

        return LangChainTool(langchain_tool)

    @staticmethod
    def from_gradio(gradio_tool: Any) -> Tool:
        """Return an object with a name, a description and a method ``run`` as a tool.

        Args:
            gradio_tool: The object, such as a tool of gradio_tools.

        Raises:
            ConfigurationError: It has none of these.
        """
        from .foreign_tools import GradioTool

        return GradioTool(gradio_tool)

    # --------------------------------------------------------------------------------------- setup

    def needs_setup(self) -> bool:
        """Say whether ``setup`` has to run before the next call; without one the tool is initialized now."""
        if self.is_initialized or id(self) in under_setup.get():
            return False
        if type(self).setup is Tool.setup and "setup" not in vars(self):
            self.is_initialized = True
        return not self.is_initialized

    def claim_setup(self) -> tuple[SetupClaim, bool]:
        """Ask for the right to set the tool up.

        Returns:
            The claim that counts, and whether it is the caller's. If so, `setting_up` must follow.
        """
        mine = SetupClaim()
        claim = vars(self).setdefault("_setup_claim", mine)  # one atomic step: the first one wins
        return claim, claim is mine

    def setting_up(self, claim: SetupClaim) -> _SettingUp:
        """Return the context in which the holder of the claim runs ``setup``."""
        return _SettingUp(self, claim)

    # ----------------------------------------------------------------------------------- arguments

    def validate_arguments(self, arguments: Any) -> dict[str, Any]:
        """Check the arguments that a model chose for a call, strictly.

        Args:
            arguments: A dict by name, as decoded from JSON; values may also be objects of the run.

        Returns:
            The arguments to call the tool with: models, dataclasses and enums built, absent ones left out.

        Raises:
            AgentToolCallError: They do not fit. The message is for the model: it names each argument that is
                wrong, its value, and what is accepted.
        """
        return self._arguments.validate(arguments)

    def bind_arguments(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Put the arguments of a call from code under their names, without checking their types.

        Raises:
            TypeError: Arguments are missing, unknown, given twice or too many.
        """
        return self._arguments.bind(args, kwargs)

    @property
    def _arguments(self) -> ArgumentChecker:
        checker: ArgumentChecker | None = vars(self).get("_checker")
        if checker is None:
            checker = vars(self)["_checker"] = self._make_checker()
        return checker

    def _make_checker(self) -> ArgumentChecker:
        from .arguments import ArgumentChecker
        from .hints import adapter_of
        from .schema_types import hint_of_schema

        named, _ = named_parameters(self._implementation)
        return ArgumentChecker(
            tool=self.name,
            usage=self.signature,
            inputs=self.inputs,
            adapters=_LazyDict(lambda key: adapter_of(hint_of_schema(self.inputs[key]))),
            required=frozenset(self._required()),
            defaults={
                key: self.inputs[key].get("default")
                for key, parameter in named.items()
                if key in self.inputs
                and parameter.default is parameter.empty
                and is_optional(self.inputs[key])
            },
            order=[
                *(key for key in named if key in self.inputs),
                *(key for key in self.inputs if key not in named),
            ],
        )

    def _required(self) -> list[str]:
        named, _ = named_parameters(self._implementation)
        with_default = {key for key, parameter in named.items() if parameter.default is not parameter.empty}
        return [
            key for key, entry in self.inputs.items() if key not in with_default and not is_optional(entry)
        ]

    # ----------------------------------------------------------------------------- for the prompts

    @property
    def json_schema(self) -> JsonSchema:
        """The function schema by which the tool is offered to chat-completions APIs."""
        return function_schema(self.name, self.description, self.inputs, self._required())

    @property
    def signature(self) -> str:
        """How the tool is called, e.g. ``"search(query: str, limit: int = 10) -> list[str]"``."""
        from .text import signature_text

        return signature_text(self.name, self._shown_inputs(), self._returns_text())

    def to_code_prompt(self) -> str:
        """Return the tool as a code agent sees it: a Python function with a docstring and no body."""
        from .text import stub

        return stub(
            self.name, self.description, self._shown_inputs(), self._returns_text(), self._result_notes()
        )

    def to_tool_calling_prompt(self) -> str:
        """Return the tool as lines of text for an agent that calls tools by JSON."""
        from .text import calling_prompt

        return calling_prompt(
            self.name, self.description, self.inputs, self.output_type, self._result_notes()
        )

    def _shown_inputs(self) -> dict[str, JsonSchema]:
        """The inputs with the defaults that only the signature knows."""
        named, _ = named_parameters(self._implementation)
        shown = dict(self.inputs)
        for key, entry in self.inputs.items():
            default = named[key].default if key in named else inspect.Parameter.empty
            if default is None:
                shown[key] = {**entry, "nullable": True}
            elif "default" not in entry and isinstance(
                default, str | int | float | bool | list | dict | tuple
            ):
                shown[key] = {**entry, "default": default}
        return shown

    def _returns_text(self) -> str:
        from .text import type_text

        return type_text(self.output_schema or {"type": self.output_type})

    def _result_notes(self) -> list[str]:
        from .text import result_notes

        return result_notes("", Any, self.output_schema)

    # ------------------------------------------------------------------------------------ checking

    def _check_definition(self) -> None:
        owner = f"The tool {type(self).__name__}"
        for field in ("name", "description", "inputs", "output_type"):
            if not hasattr(self, field):
                raise ConfigurationError(f"{owner} has no {field!r}; set it in the class, or in __init__.")
        check_fields(owner, {field: getattr(self, field) for field in CHECKED_FIELDS})
        if getattr(self._implementation, "__func__", None) is Tool.forward:
            raise ConfigurationError(f"{owner} has no 'forward' method: it is what the tool does.")
        if not self.skip_forward_signature_validation:
            check_signature(owner, self._implementation, self.inputs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.signature}>"

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key not in _NOT_KEPT}


class _SettingUp:
    """While ``setup`` runs: calls of the tool from inside it do not wait, its end lets the others go on."""

    def __init__(self, owner: Tool, claim: SetupClaim) -> None:
        self._tool = owner
        self._claim = claim

    def __enter__(self) -> None:
        self._token = under_setup.set(under_setup.get() | {id(self._tool)})

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        under_setup.reset(self._token)
        self._tool.is_initialized = error is None
        vars(self._tool).pop("_setup_claim", None)
        self._claim.finish(error if isinstance(error, Exception) else None)


class _LazyDict(dict[str, Any]):
    """Makes values on first use: a tool that is never called by JSON needs no validators."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> Any:
        value = self[key] = self._make(key)
        return value
