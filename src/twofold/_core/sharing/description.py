"""What a description of an agent may say: the schema of files such as ``agent.yaml``.

Reading such files is in `description_file`; making agents of them is the business of each API.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

__all__ = ["AgentDescription", "ModelDescription", "ToolDescription", "description_schema"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, strict=True)


class ModelDescription(BaseModel):
    """The model. What is not listed here is passed to its class, e.g. ``temperature: 0``."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, strict=True, protected_namespaces=())

    class_name: str = Field(alias="class", description="The class of the model, e.g. OpenAIModel.")
    model_id: str | None = Field(default=None, description="The provider's name of the model.")
    api_key_env: str | None = Field(
        default=None,
        description="The environment variable that has the key. Keys do not belong into the file.",
    )


class ToolDescription(_Part):
    """A tool: one of ``tool``, ``file``, ``module``, ``hub`` and ``space`` says where it is from."""

    tool: str | None = Field(default=None, description="A tool of twofold, e.g. web_search or WebSearchTool.")
    file: str | None = Field(
        default=None, description="A Python file, beside the description. Its code is run."
    )
    module: str | None = Field(default=None, description="An installed Python module. Its code is run.")
    hub: str | None = Field(
        default=None, description="A Space on the Hugging Face Hub that holds a tool. Its code is run."
    )
    space: str | None = Field(
        default=None, description="A Space on the Hub, or the URL of a Gradio app, that is called."
    )
    name: str | None = Field(
        default=None,
        description="Which tool of the file or module, all of the file's if left out; the name for a space.",
    )
    description: str | None = Field(default=None, description="For a space: what it does, for the model.")
    api_name: str | None = Field(default=None, description="For a space: which of its endpoints.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="For tool and hub: its arguments.")

    @model_validator(mode="after")
    def _one_source(self) -> ToolDescription:
        sources = [name for name in ("tool", "file", "module", "hub", "space") if getattr(self, name)]
        if len(sources) != 1:
            raise ValueError(
                "a tool needs one of tool, file, module, hub and space"
                + (f"; it has {' and '.join(sources)}" if sources else "")
            )
        (source,) = sources
        if source in ("module", "space") and not self.name:
            raise ValueError(f"a tool of a {source} needs a name")
        if source != "space" and (self.description or self.api_name):
            raise ValueError("description and api_name are for the tool of a space")
        if source not in ("tool", "hub") and self.parameters:
            raise ValueError("parameters are for tools of twofold and of the Hub")
        return self


class LimitsDescription(_Part):
    """What each run may use."""

    requests: int | None = Field(default=None, gt=0)
    input_tokens: int | None = Field(default=None, gt=0)
    output_tokens: int | None = Field(default=None, gt=0)
    total_tokens: int | None = Field(default=None, gt=0)
    tool_calls: int | None = Field(default=None, gt=0)
    seconds: float | None = Field(default=None, gt=0)


class ExecutorDescription(_Part):
    """The limits of the interpreter that runs generated code."""

    timeout_seconds: float | None = Field(
        default=30.0, gt=0, description="Seconds of its own that a step may run."
    )
    max_operations: int | None = Field(default=None, gt=0)
    max_print_outputs_length: int | None = Field(default=None, gt=0)


def _kind(value: Any) -> str:
    return "text" if isinstance(value, str) else "mapping"


_ModelEntry = Annotated[
    Annotated[str, Tag("text")] | Annotated[ModelDescription, Tag("mapping")], Discriminator(_kind)
]
_ToolEntry = Annotated[
    Annotated[str, Tag("text")] | Annotated[ToolDescription, Tag("mapping")], Discriminator(_kind)
]
_AgentEntry = Annotated[
    Annotated[str, Tag("text")] | Annotated["AgentDescription", Tag("mapping")], Discriminator(_kind)
]
_PromptsEntry = Annotated[
    Annotated[str, Tag("text")] | Annotated[dict[str, Any], Tag("mapping")], Discriminator(_kind)
]

_CODE_ONLY = ("imports", "executor", "use_structured_outputs", "code_block_tags")


class AgentDescription(_Part):
    """An agent as a file describes it."""

    agent: Literal["code", "tool_calling"] = Field(default="code", description="How it acts.")
    name: str | None = Field(
        default=None, description="Its name, an identifier; needed if another agent manages it."
    )
    description: str | None = Field(default=None, description="What it is good for; needed likewise.")
    model: _ModelEntry | None = Field(
        default=None,
        description="The model, as --model takes it, e.g. openai/gpt-4o-mini, or a mapping. A managed agent "
        "has that of its manager if it has none of its own; else it is the local model.",
    )
    instructions: str | None = Field(default=None, description="Text that becomes part of the system prompt.")
    tools: list[_ToolEntry] = Field(
        default_factory=list,
        description="Tools of twofold by name, FILE.py, FILE.py:NAME, MODULE:NAME, or mappings.",
    )
    mcp_servers: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        alias="mcpServers",
        description="MCP servers by name, with command, args and env, or url and headers.",
    )
    managed_agents: list[_AgentEntry] = Field(
        default_factory=list, description="Agents to give tasks to: mappings, or files and folders of agents."
    )
    prompts: _PromptsEntry | None = Field(
        default=None, description="Prompt templates: a YAML file, or the parts that replace the usual ones."
    )
    imports: list[str] = Field(default_factory=list, description="Modules that the code may import.")
    max_steps: int = Field(default=20, gt=0, description="How many steps a run may take.")
    planning_interval: int | None = Field(default=None, gt=0, description="Plan every so many steps.")
    limits: LimitsDescription | None = Field(default=None, description="What each run may use.")
    context_limit: int | None = Field(default=None, gt=0, description="How many tokens the model can read.")
    output_type: str | None = Field(default=None, description="What the answer must be, e.g. list[int].")
    executor: ExecutorDescription | None = Field(default=None, description="Limits of generated code.")
    use_structured_outputs: bool = Field(
        default=False, description="Ask the model for JSON with thought and code."
    )
    code_block_tags: str | list[str] | None = Field(
        default=None, description="'markdown', or the texts around code."
    )
    provide_run_summary: bool = Field(default=False, description="When managed, add a summary of the work.")
    max_tool_threads: int | None = Field(
        default=None, gt=0, description="How many tool calls are made at once."
    )

    @field_validator("code_block_tags")
    @classmethod
    def _two_tags(cls, value: Any) -> Any:
        if isinstance(value, list) and len(value) != 2:
            raise ValueError("the texts around code are two")
        return value

    @model_validator(mode="after")
    def _fitting(self) -> AgentDescription:
        given = self.model_fields_set
        if self.agent == "tool_calling" and (wrong := [name for name in _CODE_ONLY if name in given]):
            raise ValueError(f"only code agents have {', '.join(wrong)}")
        if self.agent == "code" and "max_tool_threads" in given:
            raise ValueError("only tool_calling agents have max_tool_threads")
        return self


def description_schema() -> dict[str, Any]:
    """Return the JSON schema of descriptions, for editors."""
    schema = AgentDescription.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
