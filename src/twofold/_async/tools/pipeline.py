"""``PipelineTool``: a tool made of a model of ``transformers`` and of what stands before and behind it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

from ..._bridge import _async as bridge
from ..._core.errors import ConfigurationError
from ..._core.tools.pipeline_parts import PipelineWork, choose_device, load_part
from ..._core.tools.tool import Tool

__all__ = ["PipelineTool"]


class PipelineTool(Tool):
    """A tool whose work a model of ``transformers`` does, in this process. Subclass it, and say how.

    What the tool is called with goes to ``encode``, which makes of it what the model takes; ``forward`` asks the
    model; ``decode`` makes the result of what it says. These are plain ``def`` in both APIs: they are called on
    another thread, one call at a time, and no event loop is held up. The parts are loaded by the first call.

    Args:
        model: The model: a name on the Hub, the path of a folder, or a model that is loaded already;
            ``default_checkpoint`` if None.
        pre_processor: What ``encode`` uses, likewise; that of the model if None.
        post_processor: What ``decode`` uses, likewise; the pre-processor if None.
        device: Where the model runs, such as ``"cuda"``; where it is fastest if None.
        device_map: How a large model is spread over devices; needs the package ``accelerate``.
        model_kwargs: Further arguments of the model's ``from_pretrained``.
        token: A token of the Hub.
        **hub_kwargs: Further arguments for loading any of the parts, such as ``revision`` or
            ``trust_remote_code``.

    Attributes:
        default_checkpoint: The model that is used if none is named.
        model_class: The model's class, or its name in ``transformers``.
        pre_processor_class: The pre-processor's, likewise.
        post_processor_class: The post-processor's, likewise.

    Raises:
        ConfigurationError: There is no model.

    Example:
        >>> from twofold.aio import PipelineTool
        >>> class Mood(PipelineTool):
        ...     name = "mood"
        ...     description = "Says how a text sounds."
        ...     inputs = {"text": {"type": "string", "description": "The text."}}
        ...     output_type = "string"
        ...     default_checkpoint = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
        ...     model_class = "AutoModelForSequenceClassification"
        ...     pre_processor_class = "AutoTokenizer"
        ...
        ...     def encode(self, text: str):
        ...         return self.pre_processor(text, return_tensors="pt")
        ...
        ...     def decode(self, outputs):
        ...         return self.model.config.id2label[int(outputs.logits.argmax())]
        >>> await Mood()("What a day!")  # doctest: +SKIP
        'POSITIVE'
    """

    default_checkpoint: ClassVar[str | None] = None
    model_class: ClassVar[Any] = "AutoModel"
    pre_processor_class: ClassVar[Any] = "AutoProcessor"
    post_processor_class: ClassVar[Any] = "AutoProcessor"

    def __init__(
        self,
        model: Any = None,
        pre_processor: Any = None,
        post_processor: Any = None,
        device: Any = None,
        device_map: Any = None,
        model_kwargs: dict[str, Any] | None = None,
        token: str | None = None,
        **hub_kwargs: Any,
    ) -> None:
        source = self.default_checkpoint if model is None else model
        if source is None:
            raise ConfigurationError(
                f"{type(self).__name__} has no model: pass one, or set default_checkpoint in the class."
            )
        if pre_processor is None and not isinstance(source, str):
            raise ConfigurationError(
                f"{type(self).__name__} got a model that is loaded already; pass its pre_processor too."
            )
        # not under the arguments' names: a tool is saved by what it was made with, and not by what was loaded
        self._parts = {
            "model": source,
            "pre_processor": source if pre_processor is None else pre_processor,
            "post_processor": post_processor,
            "device": device,
        }
        self._model_kwargs = dict(model_kwargs or {})
        if device_map is not None:
            self._model_kwargs["device_map"] = device_map
        self._hub_kwargs = hub_kwargs if token is None else {**hub_kwargs, "token": token}
        self._turn = bridge.Lock()
        self._work = PipelineWork()
        super().__init__()

    @property
    def model(self) -> Any:
        """The model; its name before it is loaded."""
        return self._parts["model"]

    @property
    def pre_processor(self) -> Any:
        """What ``encode`` uses."""
        return self._parts["pre_processor"]

    @property
    def post_processor(self) -> Any:
        """What ``decode`` uses."""
        return self._parts["post_processor"]

    @property
    def device(self) -> Any:
        """Where the model runs; known when it is loaded."""
        return self._parts["device"]

    def setup(self) -> None:
        """Load what is not loaded yet. Blocks; the first call does it.

        Raises:
            MissingExtraError: transformers or torch is not installed.
            WeightsError: A part could not be loaded.
        """
        given = dict(self._parts)
        pre = load_part(self.pre_processor_class, given["pre_processor"], self._hub_kwargs)
        post = given["post_processor"]
        post = pre if post is None else load_part(self.post_processor_class, post, self._hub_kwargs)
        model = load_part(self.model_class, given["model"], {**self._model_kwargs, **self._hub_kwargs})
        is_placed = "device_map" in self._model_kwargs
        device = choose_device(model, given["device"], is_placed=is_placed)
        if not is_placed:
            model.to(device)
        self._parts = {"model": model, "pre_processor": pre, "post_processor": post, "device": device}
        self.is_initialized = True

    def encode(self, raw_inputs: Any) -> Any:
        """Return what the model takes. Its parameters are the arguments of the tool.

        Args:
            raw_inputs: The argument; override this with parameters that are named like your ``inputs``.
        """
        return self.pre_processor(raw_inputs)

    def forward(self, inputs: Any) -> Any:
        """Ask the model.

        Args:
            inputs: What ``encode`` returned, on the model's device.
        """
        return self.model(**inputs)

    def decode(self, outputs: Any) -> Any:
        """Return the tool's result.

        Args:
            outputs: What ``forward`` returned, on the CPU.
        """
        return self.post_processor(outputs)

    def needs_setup(self) -> bool:
        """Return False: setting up is part of the first call, on the thread where that works."""
        return False

    @property
    def _implementation(self) -> Callable[..., Any]:
        @functools.wraps(self.encode)
        async def use(*args: Any, **kwargs: Any) -> Any:
            async with self._turn:
                return await bridge.call_blocking(self._work, self, args, kwargs)

        return use
