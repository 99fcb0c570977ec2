"""The results of stages: their keys, reading them, and making what is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mot_bench.engine.claims import claimed
from mot_bench.engine.stage import NotReady, Stage
from mot_bench.engine.store import Store, key_of
from mot_bench.engine.versions import stage_version

_Content = TypeVar("_Content")


class Cache:
    """Results of stages in a store, as one context sees them."""

    def __init__(self, store: Store, context: Any) -> None:
        """Serve a context; ``context`` is handed to the stages."""
        self.store = store
        self._context = context
        self._known: dict[str, tuple[str, dict[str, object]]] = {}
        self._seen: set[tuple[str, str]] = set()

    def key(self, stage: Stage) -> str:
        """Return the key of a stage's result.

        Raises:
            NotReady: a stage that it needs has not run.
        """
        return self._identified(stage)[0]

    def has(self, stage: Stage) -> bool:
        """Return whether the result of a stage is there and whole."""
        try:
            return self.store.has(stage.name, self.key(stage))
        except NotReady:
            return False

    def read(self, stage: Stage, name: str) -> bytes | None:
        """Return a file of a stage's result; None unless the whole result is there."""
        try:
            return self.store.read(stage.name, self.key(stage), name)
        except NotReady:
            return None

    def needed(self, stage: Stage, name: str) -> bytes:
        """Return a file of the result of a stage that another one needs.

        Raises:
            NotReady: the stage has not run.
        """
        content = self.store.read(stage.name, self.key(stage), name)
        if content is None:
            raise NotReady(
                f"{stage.label}: expected its result in {self.folder(stage)}, found none or a damaged "
                "one (mot-bench run makes it again)"
            )
        return content

    def parsed(
        self, stage: Stage, name: str, parse: Callable[[bytes], _Content], expected: str
    ) -> _Content | None:
        """Return what ``parse`` makes of a file of a stage's result; None if it is not there.

        Raises:
            InputError: the file holds something else than ``expected`` (see ``Store.parsed``).
        """
        try:
            return self.store.parsed(stage.name, self.key(stage), name, parse, expected)
        except NotReady:
            return None

    def file(self, stage: Stage, name: str) -> Path | None:
        """Return the path of a file to map or stream; None unless the whole result is there."""
        try:
            return self.store.file(stage.name, self.key(stage), name)
        except NotReady:
            return None

    def folder(self, stage: Stage) -> Path:
        """Return the folder of a stage's result, whether the result is there or not."""
        return self.store.folder(stage.name, self.key(stage))

    def make(self, stage: Stage, *, force: bool = False) -> None:
        """Make the result of a stage and publish it, unless it is there and ``force`` is False.

        Where another process is making the same result, wait for it and take that.

        Raises:
            StageFailed: the stage failed.
            MotBenchError: the store cannot be written.
        """
        key, inputs = self._identified(stage)
        with claimed(self.store.root, stage.name, key):
            if force or not self.store.has(stage.name, key):
                made = stage.run(self._context)
                self.store.publish(stage.name, key, made.files, inputs, made.times)

    def seen(self) -> set[tuple[str, str]]:
        """Return stage and key of every result that was asked for."""
        return set(self._seen)

    def work_folder(self, stage: Stage) -> Path:
        """Return the folder in which an unfinished result is kept, to go on from after a kill."""
        return self.store.work_folder(stage.name, self.key(stage))

    def _identified(self, stage: Stage) -> tuple[str, dict[str, object]]:
        known = self._known.get(stage.label)
        if known is None:
            inputs = {**stage.inputs(self._context), "code": stage_version(stage.name)}
            known = self._known[stage.label] = key_of(inputs), inputs
            self._seen.add((stage.name, known[0]))
        return known
