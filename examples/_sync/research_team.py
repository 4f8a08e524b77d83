# Generated from examples/_async/research_team.py by `nox -s codegen`. Do not edit.
"""A team: a manager cuts a question into parts, a researcher looks things up, a critic checks the report.

Start it with ``python research_team.py`` or with a question behind it (needs the extra ``web``). The researcher reads
the English Wikipedia, or the MediaWiki at WIKIPEDIA_API; what the team does is shown while it does it.

The model is the local one, or OpenAI's (or that of the server at OPENAI_BASE_URL) when OPENAI_API_KEY is set. A
larger model makes the better team.
"""

import argparse
import os

from twofold import (
    CodeAgent,
    FinalAnswerStep,
    LocalModel,
    ManagedAgentEvent,
    OpenAIModel,
    ToolCallingAgent,
    ToolOutput,
    UsageLimits,
    WikipediaSearchTool,
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Let a team do research.")
    parser.add_argument(
        "question", nargs="?", default="How do the lengths of the Rhine and the Loire compare?"
    )
    question = parser.parse_args().question
    if "OPENAI_API_KEY" in os.environ:
        model = OpenAIModel(os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    else:
        model = LocalModel()
    researcher = ToolCallingAgent(
        tools=[WikipediaSearchTool(content_type="summary", endpoint=os.environ.get("WIKIPEDIA_API"))],
        model=model,
        name="researcher",
        description="Looks one thing up in Wikipedia, and reports it with the article's title.",
        max_steps=6,
    )
    critic = ToolCallingAgent(
        tools=[],
        model=model,
        name="critic",
        description="Checks a report against the notes that it is based on; give it both.",
        max_steps=3,
    )
    manager = CodeAgent(
        tools=[],
        model=model,
        managed_agents=[researcher, critic],
        instructions=(
            "Have everything looked up by the researcher: several things at once with parallel(researcher, [...]). "
            "Have the critic check your report before you give it as the final answer."
        ),
        usage_limits=UsageLimits(requests=40, seconds=1_800),
    )
    for event in manager.stream(question):
        if isinstance(event, ManagedAgentEvent) and isinstance(event.event, ToolOutput):
            call = event.event.tool_call
            print(f"[{event.agent}] {call.name} {call.arguments}")
        elif isinstance(event, FinalAnswerStep):
            print(event.output)


if __name__ == "__main__":
    main()
