from __future__ import annotations

import asyncio

import pytest

from corotui.errors import WorkError
from corotui.ssh.cancellation import StopRequest, cancel_on_stop, run_to_safe_point


async def test_a_cancelled_caller_waits_for_the_safe_point_however_often() -> None:
    began, stopped, release, ended = (asyncio.Event() for _ in range(4))

    async def work() -> None:
        began.set()
        await release.wait()
        ended.set()

    task = asyncio.create_task(run_to_safe_point(work(), stopped.set))
    await began.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert stopped.is_set()
    assert not task.done()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_result_and_error_of_the_work_come_through() -> None:
    async def value() -> int:
        return 3

    async def failing() -> int:
        raise WorkError("no")

    assert await run_to_safe_point(value()) == 3
    with pytest.raises(WorkError, match="no"):
        await run_to_safe_point(failing())


async def test_the_error_of_cancelled_work_is_the_cause() -> None:
    stop = StopRequest()

    async def work() -> None:
        await stop.wait()
        raise WorkError("half way")

    task = asyncio.create_task(run_to_safe_point(work(), stop.request))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    assert isinstance(raised.value.__cause__, WorkError)


@pytest.mark.parametrize("by_stop", [True, False])
async def test_a_stop_or_a_cancel_lets_the_work_clean_up(by_stop: bool) -> None:
    began, cleaned = asyncio.Event(), asyncio.Event()
    stop = StopRequest()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    task = asyncio.create_task(cancel_on_stop(work(), stop, stopped=WorkError("stopped")))
    await began.wait()
    if by_stop:
        stop.request()
        with pytest.raises(WorkError, match="stopped"):
            await task
    else:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert cleaned.is_set()


async def test_waiting_for_a_stop_ends_after_its_time() -> None:
    stop = StopRequest()
    assert not await stop.wait_for(0.01)
    stop.request()
    assert await stop.wait_for(60)
