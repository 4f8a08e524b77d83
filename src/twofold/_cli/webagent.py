"""``twofold webagent``: give a task to an agent that has a web browser."""

from __future__ import annotations

import argparse

from .._core.errors import ConfigurationError
from .agent_options import MODELS_HELP, add_agent_options, make_agent, make_model
from .approvals import Attendant
from .task import print_result, read_task
from .terminal import make_console

__all__ = ["run"]

_EPILOG = """\
examples:
  twofold webagent --model openai/gpt-4o "Which of these articles is the longest?" --url en.wikipedia.org
  twofold webagent --model openai/gpt-4o --show --allowed-hosts shop.example '*.shop.example' -- "Compare the kettles."
"""


def run(arguments: list[str]) -> int:
    """Carry out ``twofold webagent`` and return the exit code."""
    options = _parser().parse_args(arguments)
    task = read_task(options.task)
    if not task.strip():
        raise ConfigurationError(
            'there is no task. Example: twofold webagent "What is new?" --url example.com'
        )
    from .._core.display.logging import AgentLogger, LogLevel
    from .._sync.tools.browser import Browser

    logger = AgentLogger(LogLevel.OFF if options.quiet else LogLevel.INFO, console=make_console())
    with (
        make_model(options.model, options.api_base, quiet=options.quiet) as model,
        Browser(
            headless=not options.show,
            allowed_hosts=options.allowed_hosts,
            executable_path=options.browser,
        ) as browser,
        make_agent(
            options,
            model,
            logger,
            browser.tools,
            instructions=browser.instructions,
            step_callbacks=[browser.save_screenshot] if _sees(options) else [],
            stream_outputs=not options.quiet,
        ) as agent,
    ):
        if options.url is not None:
            task = f"{task}\n\n{browser.go_to(options.url)}"
        result = Attendant().result_of(agent, task)
    return print_result(result, as_json=options.json, quiet=options.quiet)


def _sees(options: argparse.Namespace) -> bool:
    """Return whether the model is shown screenshots; the local ones cannot see."""
    is_local = options.model.partition("/")[0] == "local" or options.model.endswith(".gguf")
    return not (options.no_screenshots or is_local)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twofold webagent",
        description="Give a task to an agent that has a web browser, and sees its screen after each step.",
        epilog=f"{MODELS_HELP}\n{_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("task", nargs="?", help="what to do; read from standard input if left out or '-'")
    parser.add_argument("--url", metavar="URL", help="the page that is open at the beginning")
    parser.add_argument(
        "--allowed-hosts",
        nargs="+",
        action="extend",
        metavar="HOST",
        help="the only hosts that the browser may connect to, e.g. example.com '*.example.com' (default: all)",
    )
    parser.add_argument(
        "--browser", metavar="PATH", help="the browser's program, if it is not found by itself"
    )
    parser.add_argument("--show", action="store_true", help="show the browser's window")
    parser.add_argument(
        "--no-screenshots",
        action="store_true",
        help="for models that cannot see; the local ones never get any",
    )
    add_agent_options(parser)
    parser.set_defaults(max_steps=20)
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="print the answer and nothing else")
    return parser
