"""Processes that work for a suite: one thread each, deaf to Ctrl-C, and gone when their parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from typing import TypeVarTuple, Unpack

from mot_bench.engine.environment import THREAD_VARIABLES
from mot_bench.files.temporary import own_temporary_folder

_Arguments = TypeVarTuple("_Arguments")


def start_processes(
    count: int, begin: Callable[[Unpack[_Arguments]], None], arguments: tuple[*_Arguments]
) -> ProcessPoolExecutor:
    """Processes for tasks; each starts with the first task that it is needed for.

    From here on this process too asks numerical libraries for one thread (``THREAD_VARIABLES``):
    what it starts inherits that.

    Args:
        count: how many at most, at least 1.
        begin: is called once in each, before any task; a function of a module.
        arguments: of it; they travel between processes.
    """
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    _use_own_temporary_folder()
    modules = {each.__module__ for each in (begin, *arguments) if callable(each)}
    return ProcessPoolExecutor(count, _context(sorted(modules)), _begin, (begin, *arguments))


def end_processes(processes: ProcessPoolExecutor, *, at_once: bool = False) -> None:
    """End processes when what they are at is done; ``at_once`` without waiting for that."""
    running = list((getattr(processes, "_processes", None) or {}).values())
    processes.shutdown(wait=not at_once, cancel_futures=True)
    if at_once:
        for process in running:
            process.terminate()


def _use_own_temporary_folder() -> None:
    """Have ``multiprocessing`` keep its sockets where a later command removes them if this process is killed."""
    config: dict[str, object] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    if "tempdir" not in config:
        config["tempdir"] = own_temporary_folder()


def _context(modules: list[str]) -> BaseContext:
    """Fork from a clean server process where the system has that (quick and safe), else start anew.

    The server has ``modules`` imported already, if it is this call that starts it.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from mot_bench.engine.nameless_locks import NamelessForkServer

    context = NamelessForkServer()
    context.set_forkserver_preload(modules)
    return context


def _begin(begin: Callable[[Unpack[_Arguments]], None], *arguments: *_Arguments) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*arguments)


def _end_with_parent() -> None:
    """End this process when its parent is killed: nobody would take its results.

    What it was writing is swept later.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
