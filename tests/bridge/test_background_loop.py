"""Asynchronous user code in the sync colour: one background loop for the process."""

from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import textwrap
import threading

import pytest

from twofold._bridge import _sync

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


async def where() -> tuple[int, int]:
    return threading.get_ident(), id(asyncio.get_running_loop())


def test_all_threads_share_one_loop():
    found: list[tuple[int, int]] = []
    threads = [threading.Thread(target=lambda: found.append(_sync.resolve(where()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0][0] != threading.get_ident()


async def test_it_works_under_a_running_loop():
    _, loop = _sync.resolve(where())
    assert loop != id(asyncio.get_running_loop())


def test_coroutines_of_several_threads_run_at_the_same_time():
    meet = asyncio.Barrier(4)

    async def arrive():
        await meet.wait()

    _sync.map_concurrent(lambda _: _sync.resolve(arrive()), range(4))


def test_async_code_that_calls_sync_code_that_calls_async_code_does_not_wait_for_itself():
    async def inner():
        await asyncio.sleep(0)
        return "from the inside"

    async def outer():
        return _sync.resolve(inner())

    assert _sync.resolve(outer()) == "from the inside"


def test_not_even_through_a_program(program):
    async def inner():
        return "from the inside"

    async def outer():
        slot = _sync.ProgramSlot()
        output = slot.run(program(lambda host, control: host.resolve(inner())))
        slot.close()
        return output.output

    assert _sync.resolve(outer()) == "from the inside"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_an_error_that_would_end_a_loop_does_not(error):
    async def fail():
        raise error

    with pytest.raises((error, RuntimeError)):
        _sync.resolve(fail())
    assert _sync.resolve(where())


def test_ctrl_c_cancels_what_is_waited_for(ctrl_c):
    cancelled = threading.Event()

    async def wait():
        ctrl_c.press()
        try:
            await asyncio.sleep(50)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with ctrl_c.interrupts():
        _sync.resolve(wait())
    assert cancelled.wait(30)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_gets_a_loop_of_its_own():
    code = """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 on: forking beside threads
        from twofold._bridge import _sync
        async def give(): return 7
        assert _sync.resolve(give()) == 7
        assert _sync.map_concurrent(lambda n: n, [1, 2]) == [1, 2]
        child = os.fork()
        assert _sync.resolve(give()) == 7
        assert _sync.map_concurrent(lambda n: n, [1, 2]) == [1, 2]
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)


def test_the_sync_twin_works_without_asyncio():
    code = """
        import sys
        sys.modules["asyncio"] = sys.modules["anyio"] = sys.modules["greenlet"] = None
        import importlib.util, types
        package = types.ModuleType("twofold")
        package.__path__ = [importlib.util.find_spec("twofold").submodule_search_locations[0]]
        sys.modules["twofold"] = package
        from twofold._bridge import _sync
        assert _sync.map_concurrent(lambda n: _sync.call_user(lambda: n), range(3)) == [0, 1, 2]
        assert _sync.run_with_timeout(lambda: 5, 10, TimeoutError) == 5
        channel = _sync.EventChannel()
        assert [*_sync.run_with_events(lambda: channel.put(1), channel)][0] == 1
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)
