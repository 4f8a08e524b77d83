"""Telemetry where APIs, threads, tasks and the background loop meet; and at a real collector."""

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import twofold
from twofold import aio
from twofold._core.agents.run_state import left_behind
from twofold.aio import testing as aio_testing
from twofold.testing import ScriptedModel

pytest.importorskip("opentelemetry.sdk")


def code(text: str) -> str:
    return f"<code>\n{text}\n</code>"


def make_tools(seen):
    """An async tool and a sync one, which make a span with a name of their own each."""

    @twofold.tool
    async def fetch(name: str) -> str:
        """Fetches.

        Args:
            name: What.
        """
        with seen.tracer.start_as_current_span(f"fetch of {name}"):
            await asyncio.sleep(0)
            await asyncio.gather(*[inner(name, n) for n in range(2)])
        return name

    async def inner(name: str, number: int) -> None:
        with seen.tracer.start_as_current_span(f"part {number} of {name}"):
            await asyncio.sleep(0)

    @twofold.tool
    def compute(name: str) -> str:
        """Computes.

        Args:
            name: What.
        """
        with seen.tracer.start_as_current_span(f"computing {name}"):
            return name

    return [fetch, compute]


def reply(messages) -> str:
    task = messages[1].text.split()[-1]
    return code(f"final_answer(compute(fetch({task!r})))")


def tree_of(task: str) -> str:
    lines = [
        "request",
        "  invoke_agent CodeAgent",
        "    step 1",
        "      chat scripted",
        "      execute_code",
        "        execute_tool fetch",
        f"          fetch of {task}",
        f"            part 0 of {task}",
        f"            part 1 of {task}",
        "        execute_tool compute",
        f"          computing {task}",
        "        execute_tool final_answer",
    ]
    return "\n".join(lines)


def test_threads_that_share_a_sync_agent_with_an_async_tool(seen) -> None:
    """The async tool runs on the background loop."""
    agent = twofold.CodeAgent(tools=make_tools(seen), model=ScriptedModel(reply))
    start = threading.Barrier(20)

    def work(number: int) -> str:
        start.wait()
        with seen.tracer.start_as_current_span("request"):
            return agent.run(f"Work on t{number}")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(work, range(20)))
    agent.close()
    assert answers == [f"t{n}" for n in range(20)]
    assert sorted(seen.trees()) == sorted(tree_of(answer) for answer in answers)


async def test_200_tasks_that_share_an_async_agent(seen) -> None:
    agent = aio.CodeAgent(tools=make_tools(seen), model=aio_testing.ScriptedModel(reply))

    async def work(number: int) -> str:
        with seen.tracer.start_as_current_span("request"):
            return await agent.run(f"Work on t{number}")

    answers = await asyncio.gather(*[work(number) for number in range(200)])
    await agent.aclose()
    assert answers == [f"t{n}" for n in range(200)]
    found = seen.trees()
    assert len(found) == 200
    assert sorted(found) == sorted(tree_of(answer) for answer in answers)


async def test_a_sync_agent_under_a_running_loop(seen) -> None:
    agent = twofold.CodeAgent(tools=make_tools(seen), model=ScriptedModel(reply))
    with seen.tracer.start_as_current_span("request"):
        assert agent.run("Work on t1") == "t1"
    assert seen.trees() == [tree_of("t1")]


async def test_a_stream_that_several_tasks_iterate(seen) -> None:
    """Each takes one event. What is below what does not depend on who asks for the next event."""
    model = aio_testing.ScriptedModel([code("compute('x')"), code("final_answer(fetch('t'))")])
    agent = aio.CodeAgent(tools=make_tools(seen), model=model)
    events = agent.stream("Work")
    got = []

    async def take() -> None:
        with seen.tracer.start_as_current_span("reader"):
            got.append(await anext(events))

    while not got or not isinstance(got[-1], aio.FinalAnswerStep):
        await asyncio.create_task(take())
    await events.aclose()
    (whole,) = [found for found in seen.trees() if "invoke_agent" in found]
    assert whole.count("  step ") == 2
    assert "        execute_tool fetch\n          fetch of t\n            part 0 of t" in whole
    others = [found for found in seen.trees() if found != whole]
    assert others == ["reader"] * (len(got) - 1)


def test_a_stream_that_several_threads_iterate(seen) -> None:
    model = ScriptedModel([code("compute('x')"), code("final_answer(fetch('t'))")])
    events = twofold.CodeAgent(tools=make_tools(seen), model=model).stream("Work")
    got = []
    while not got or not isinstance(got[-1], twofold.FinalAnswerStep):
        with ThreadPoolExecutor(1) as pool:
            got.append(pool.submit(next, events).result())
    events.close()
    (whole,) = seen.trees()
    assert whole.count("\n  step ") == 2


async def test_a_cancelled_run_ends_all_its_spans(seen) -> None:
    started = asyncio.Event()

    @aio.tool
    async def wait() -> None:
        """Waits."""
        started.set()
        await asyncio.Event().wait()

    agent = aio.CodeAgent(tools=[wait], model=aio_testing.ScriptedModel([code("wait()")]))
    working = asyncio.create_task(agent.run("Work"))
    await started.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await agent.aclose()
    errors = {span.name: span.attributes.get("error.type") for span in seen.everything}
    assert errors == {
        "invoke_agent CodeAgent": "CancelledError",
        "step 1": "CancelledError",
        "chat scripted": None,
        "execute_code": "CancelledError",
        "execute_tool wait": "CancelledError",
    }
    assert seen.span("invoke_agent").attributes["twofold.run.outcome"] == "interrupted"


def test_a_run_that_was_left_behind_and_its_twin_have_spans_of_their_own(seen) -> None:
    """What the web UI does with a run that does not react: somebody goes on in its place."""
    twins = []

    def leave(step: object, agent: object) -> None:
        if not twins:
            twins.append(left_behind(agent))
            twins[0].resume(max_steps=3)

    model = ScriptedModel([code("1"), code("final_answer('twin')"), code("final_answer('old')")])
    agent = twofold.CodeAgent(tools=[], model=model, step_callbacks=[leave])
    assert agent.run("Work") == "old"
    assert twins[0].output == "twin"
    first, second = seen.spans("invoke_agent")
    assert [span.attributes["twofold.run.outcome"] for span in (first, second)] == ["success", "success"]
    assert first.attributes["gen_ai.conversation.id"] == second.attributes["gen_ai.conversation.id"]
    assert second.parent.span_id == first.context.span_id, "what a callback does is a part of the run"


COLLECTOR = Path(__file__).with_name("otlp_collector.py")


def test_a_collector_in_another_process_gets_it_all() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="no OTLP exporter")
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    command = [sys.executable, str(COLLECTOR)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as collector:
        try:
            url = collector.stdout.readline().strip()
            tracing = TracerProvider(shutdown_on_exit=False)
            tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
            reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{url}/v1/metrics"))
            metering = MeterProvider([reader], shutdown_on_exit=False)
            twofold.instrument(tracer_provider=tracing, meter_provider=metering)
            agent = twofold.CodeAgent(tools=[], model=ScriptedModel([code("final_answer(1)")]))
            assert agent.run("Work") == 1
            tracing.shutdown()
            metering.shutdown()
            got, _ = collector.communicate("end\n", timeout=30)
        finally:
            twofold.uninstrument()
            collector.kill()
    told = json.loads(got)
    parents = {span["name"]: span["parent"] for span in told["spans"]}
    assert parents == {
        "invoke_agent CodeAgent": None,
        "step 1": "invoke_agent CodeAgent",
        "chat scripted": "step 1",
        "execute_code": "step 1",
        "execute_tool final_answer": "execute_code",
    }
    assert told["schemas"] == ["https://opentelemetry.io/schemas/1.41.0"]
    assert {"gen_ai.client.operation.duration", "gen_ai.invoke_agent.duration"} <= set(told["metrics"])
