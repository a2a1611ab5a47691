"""What every Shell must do, whatever it runs on: the tests for sshd and for this machine are made of these."""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, Event, Purpose
from corotui.cluster.quoting import command
from corotui.errors import CommandError, CommandTimeoutError, OutputLimitError
from corotui.ssh import Shell
from corotui.ssh.remote_script import new_sentinel
from tests.support.ssh.processes import wait_until_gone, wait_until_running


async def read(stream: AbstractAsyncContextManager[AsyncIterator[str]]) -> list[str]:
    async with stream as lines:
        return [line async for line in lines]


def files(folder: Path) -> dict[str, bytes]:
    """Contents by name of the files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class Commands:
    """A test class gives fixtures `shell` and `events`."""

    async def test_output_input_and_exit_code(self, shell: Shell) -> None:
        result = await shell.run("echo out; echo err >&2; cat; exit 3", stdin=b"in\0put")
        assert (result.stdout, result.stderr, result.exit_code) == (b"out\nin\0put", b"err\n", 3)
        assert not result.ok
        assert not result.truncated

    async def test_any_exit_code_is_a_result_until_it_is_expected(self, shell: Shell) -> None:
        result = await shell.run("echo gone wrong >&2; exit 3")
        assert result.expect(0, 3) is result
        with pytest.raises(CommandError, match="returned 3: gone wrong"):
            result.expect()

    async def test_a_signal_is_no_exit_code(self, shell: Shell) -> None:
        result = await shell.run("kill -KILL $$")
        assert result.exit_code in (None, 137)  # 137: if coreutils' timeout is its parent

    async def test_without_input_there_is_an_end_of_input(self, shell: Shell) -> None:
        assert (await shell.run("cat; echo end")).text == "end\n"

    async def test_input_that_nobody_reads_does_no_harm(self, shell: Shell) -> None:
        assert (await shell.run("exit 0", stdin=b"x" * 5_000_000)).ok

    async def test_much_input_arrives_whole(self, shell: Shell) -> None:
        data = secrets.token_bytes(3_000_000)
        result = await shell.run("cksum; true", stdin=data)
        assert result.text.split()[1] == str(len(data))

    async def test_a_quoted_command_is_not_read_twice(self, shell: Shell) -> None:
        assert (await shell.run("""printf '%s|' "a  b" '$HOME' \\\\ "'" 'é'""")).text == "a  b|$HOME|\\|'|é|"

    async def test_the_language_is_plain_and_sbin_is_in_the_path(self, shell: Shell) -> None:
        result = await shell.run("echo $LC_ALL; echo $PATH")
        language, path = result.text.splitlines()
        assert language == "C"
        assert "/usr/sbin" in path.split(":")

    @pytest.mark.parametrize("stream", [1, 2])
    async def test_a_flood_is_ended_long_before_its_time(self, shell: Shell, stream: int) -> None:
        word = secrets.token_hex(8)
        start, cpu = time.monotonic(), time.process_time()
        with pytest.raises(OutputLimitError, match=r"printed more than 4\.0 MiB and was ended") as caught:
            await shell.run(f"echo first; yes {word} >&{stream}", timeout=60, limit=1000)
        await wait_until_gone(word)
        assert caught.value.stdout.startswith(b"first\n")
        assert len(caught.value.stdout) <= 1000
        assert time.monotonic() - start < 30
        assert time.process_time() - cpu < 10

    async def test_a_slow_flood_is_ended_at_its_time_with_what_it_said(self, shell: Shell) -> None:
        with pytest.raises(CommandTimeoutError) as caught:
            await shell.run("echo first; while :; do echo x; sleep 0.1; done", timeout=1)
        assert caught.value.stdout.startswith(b"first\nx\n")

    async def test_a_secret_that_was_cut_off_is_in_no_error(self, shell: Shell) -> None:
        with pytest.raises(CommandTimeoutError) as caught:
            await shell.run("cat; sleep 60", stdin=b"sesame", timeout=0.5, purpose=Purpose.SECRET)
        assert caught.value.stdout == b""

    async def test_a_daemon_that_drips_does_not_keep_us(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("corotui.ssh.command.streams.MAX_LINGER", 2.0)
        start = time.monotonic()
        result = await shell.run("(for i in $(seq 60); do echo x; sleep 0.5; done) & echo started", timeout=60)
        assert result.ok
        assert time.monotonic() - start < 20

    async def test_a_stream_without_end_is_ended(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        word = secrets.token_hex(8)
        monkeypatch.setattr("corotui.ssh.command.shell_base.MAX_STREAM_LINES", 5000)
        with pytest.raises(OutputLimitError):
            await read(shell.stream(f"yes {word}"))
        await wait_until_gone(word)
        monkeypatch.setattr("corotui.ssh.command.shell_base.MAX_STREAM", 1 << 20)
        with pytest.raises(OutputLimitError):
            await read(shell.stream(f"yes {word * 300} | tr -d '\\n'"))
        await wait_until_gone(word)

    async def test_the_rest_beyond_the_limit_is_read_and_dropped(self, shell: Shell) -> None:
        result = await shell.run("head -c 3000000 /dev/zero; echo end >&2", limit=1000)
        assert (len(result.stdout), result.stderr, result.truncated) == (1000, b"end\n", True)

    async def test_exactly_the_limit_is_whole(self, shell: Shell) -> None:
        assert not (await shell.run("head -c 1000 /dev/zero", limit=1000)).truncated

    async def test_a_command_that_hangs_is_ended_with_its_children(self, shell: Shell) -> None:
        word = f"sleep 61{secrets.randbelow(10**6):06}"
        with pytest.raises(CommandTimeoutError):
            await shell.run(f"{word} & {word} & wait", timeout=0.5, privileged=True)
        await wait_until_gone(word.replace(" ", "\0"))

    async def test_a_command_that_is_called_off_is_ended(self, shell: Shell) -> None:
        word = f"62{secrets.randbelow(10**6):06}"
        task = asyncio.create_task(shell.run(f"sleep {word}"))
        await wait_until_running(f"sleep\0{word}")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await wait_until_gone(f"sleep\0{word}")

    async def test_a_daemon_that_keeps_the_output_open_does_not_keep_us(self, shell: Shell) -> None:
        word = f"63{secrets.randbelow(10**6):06}"
        result = await shell.run(f"sleep {word} & echo started")
        assert result.text == "started\n"
        await shell.run(f"pkill -f 'sleep {word}'")

    async def test_many_commands_at_once(self, shell: Shell) -> None:
        results = await asyncio.gather(*(shell.run(f"sleep 0.05; echo {number}") for number in range(20)))
        assert [result.text for result in results] == [f"{number}\n" for number in range(20)]

    async def test_reports_tell_the_command_and_no_content(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        await shell.run("cat >&2; exit 7", stdin=b"sesame", purpose=Purpose.SECRET)
        started, ended = events
        assert isinstance(started, CommandStarted)
        assert isinstance(ended, CommandEnded)
        assert started.command == ended.command == "cat >&2; exit 7"
        assert (started.run, ended.exit_code) == (ended.run, 7)
        assert "sesame" not in repr(events)

    async def test_reports_say_what_the_command_is_for(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        await shell.run("true", purpose=Purpose.POLL)
        await shell.run("true")
        purposes = [event.purpose for event in events if isinstance(event, CommandStarted | CommandEnded)]
        assert purposes == [Purpose.POLL, Purpose.POLL, Purpose.WORK, Purpose.WORK]

    async def test_sentinels_do_not_tell_two_runs_of_a_script_apart(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        for word in (new_sentinel(), new_sentinel()):
            await shell.run(command("sh", "-s", word), stdin=f"echo {word}\n".encode())
        await shell.run(command("sh", "-s", new_sentinel()), stdin=b"echo other\n")
        keys = [event.merge_key for event in events if isinstance(event, CommandStarted)]
        assert keys[0] == keys[1] != keys[2]

    async def test_a_secret_reaches_no_exception_and_no_repr(self, shell: Shell) -> None:
        result = await shell.run("cat; cat >&2; exit 1", stdin=b"sesame", purpose=Purpose.SECRET)
        assert result.stdout == b"sesame"
        assert "sesame" not in repr(result)
        with pytest.raises(CommandError) as caught:
            result.expect()
        assert "sesame" not in str(caught.value) + caught.value.output

    async def test_a_report_of_what_was_cut_off_says_why(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        with pytest.raises(CommandTimeoutError):
            await shell.run("sleep 60", timeout=0.3)
        (ended,) = [event for event in events if isinstance(event, CommandEnded)]
        assert ended.exit_code is None
        assert ended.error == "stopped after 0.3 s"

    async def test_lines_come_in_their_order_from_both_streams(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        async with shell.stream("for i in 1 2 3; do echo o$i; echo e$i >&2; done; printf last") as lines:
            output = [line async for line in lines]
        assert output == ["o1", "e1", "o2", "e2", "o3", "e3", "last"]
        assert [event.text for event in events if isinstance(event, CommandOutput)] == output
        assert isinstance(events[-1], CommandEnded)
        assert events[-1].exit_code == 0

    async def test_lines_are_raw_and_bounded(self, shell: Shell) -> None:
        command = (
            r"printf '\033[31mred\033[0m\r\n'; head -c 100000 /dev/zero | tr '\0' x; echo; printf '\033]0;t\007end\n'"
        )
        async with shell.stream(command) as lines:
            red, long, end = [line async for line in lines]
        assert (red, end) == ("\x1b[31mred\x1b[0m", "\x1b]0;t\x07end")
        assert len(long) <= 2000

    async def test_a_stream_that_fails_says_its_last_words(self, shell: Shell, events: list[Event]) -> None:
        events.clear()
        with pytest.raises(CommandError, match=r"(?s)returned 4: .*no room"):
            await read(shell.stream("echo work; echo no room >&2; exit 4"))
        assert isinstance(events[-1], CommandEnded)
        assert events[-1].exit_code == 4

    async def test_leaving_a_stream_ends_the_command(self, shell: Shell, events: list[Event]) -> None:
        word = f"64{secrets.randbelow(10**6):06}"
        async with shell.stream(f"echo first; sleep {word} & sleep {word}", privileged=True) as lines:
            assert await anext(aiter(lines)) == "first"
            await wait_until_running(f"sleep\0{word}")
        await wait_until_gone(f"sleep\0{word}")
        assert isinstance(events[-1], CommandEnded)
        assert events[-1].exit_code is None

    async def test_leaving_a_stream_by_an_exception_ends_the_command(self, shell: Shell) -> None:
        word = f"65{secrets.randbelow(10**6):06}"

        async def work() -> None:
            async with shell.stream(f"sleep {word}"):
                await wait_until_running(f"sleep\0{word}")
                raise KeyError

        with pytest.raises(KeyError):
            await work()
        await wait_until_gone(f"sleep\0{word}")

    async def test_a_stream_has_a_time_limit(self, shell: Shell) -> None:
        word = f"66{secrets.randbelow(10**6):06}"
        with pytest.raises(CommandTimeoutError):
            await read(shell.stream(f"sleep {word}", timeout=0.4))
        await wait_until_gone(f"sleep\0{word}")

    async def test_a_slow_reader_loses_nothing(self, shell: Shell) -> None:
        async with shell.stream("seq 1 5000") as lines:
            output = [await anext(lines)]
            await asyncio.sleep(1.2)  # longer than the silence that ends a stream
            output += [line async for line in lines]
        assert output == [str(number) for number in range(1, 5001)]

    async def test_a_flood_does_not_run_ahead_of_its_reader(self, shell: Shell) -> None:
        async with shell.stream(f"yes {(word := secrets.token_hex(8))}") as lines:
            for _ in range(3):
                assert await anext(lines) == word
        await wait_until_gone(word)

    async def test_a_file_is_put_whole_with_mode_and_owner(self, shell: Shell, tmp_path: Path) -> None:
        data = secrets.token_bytes(300_000)
        path = tmp_path / "a b'c"
        await shell.put(str(path), data, mode=0o400, owner=str(os.getuid()), group=str(os.getgid()))
        assert files(tmp_path) == {"a b'c": data}
        assert stat.S_IMODE(path.stat().st_mode) == 0o400

    async def test_an_empty_file_is_put(self, shell: Shell, tmp_path: Path) -> None:
        await self._put(shell, tmp_path / "empty", b"")
        assert (tmp_path / "empty").read_bytes() == b""

    async def test_a_file_is_replaced_at_once(self, shell: Shell, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"old")
        before = path.stat().st_ino
        with path.open("rb") as reader:
            await self._put(shell, path, b"new")
            assert reader.read() == b"old"
        assert path.read_bytes() == b"new"
        assert path.stat().st_ino != before

    async def test_a_link_stays_and_what_it_leads_to_is_replaced(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "real").write_bytes(b"old")
        (tmp_path / "link").symlink_to("real")
        await self._put(shell, tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_bytes() == b"new"

    async def test_a_put_is_reported_without_its_content(
        self, shell: Shell, events: list[Event], tmp_path: Path
    ) -> None:
        events.clear()
        await self._put(shell, tmp_path / "authkey", b"sesame")
        assert "sesame" not in repr(events)
        assert isinstance(events[0], CommandStarted)
        assert events[0].command.startswith(f"write {tmp_path}/authkey (6 bytes, 0644 ")

    @pytest.mark.parametrize(
        ("where", "owner", "word"),
        [("none/file", "", "No such file"), ("", "", "is a directory"), ("file", "no-such-user", "invalid user")],
    )
    async def test_a_put_that_fails_leaves_the_old_file_and_no_litter(
        self, shell: Shell, tmp_path: Path, where: str, owner: str, word: str
    ) -> None:
        (tmp_path / "file").write_bytes(b"old")
        with pytest.raises(CommandError, match=word):
            await self._put(shell, tmp_path / where, b"new", owner=owner)
        assert files(tmp_path) == {"file": b"old"}

    async def _put(self, shell: Shell, path: Path, data: bytes, *, owner: str = "") -> None:
        await shell.put(str(path), data, owner=owner or str(os.getuid()), group=str(os.getgid()))
