"""Networks in ONNX files, run by onnxruntime on one thread of the CPU.

onnxruntime is an extra (``pip install 'mot-bench[onnx]'``), imported only when a file is opened.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mot_bench.errors import InputError, MotBenchError

# Where weights outside of the file lie: nowhere, for onnxruntime would look in the folder that one
# happens to be in.
_EXTERNAL_WEIGHTS = "session.model_external_initializers_file_folder_path"
Floats = npt.NDArray[np.float32]
Size = int | None
OTHER_WAY = (
    "(another way: run it yourself, and give its boxes or embeddings as .npz, one file a sequence)"
)


class OnnxNetwork:
    """A network with one picture-like input (B, 3, H, W) and one output.

    Attributes:
        path: of the file.
        batch: how many pictures it takes at once; None for any number.
        height, width: of its input in pixels; None for any.
        output: sizes of the output; None where one is free.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: the file is missing, no ONNX file, truncated, or its input is of another
                kind.
            MotBenchError: onnxruntime is not installed.
        """
        self.path = path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(path, "an ONNX file", error.strerror or str(error)) from error
        self._digest = hashlib.sha256(content).hexdigest()
        self._session = _open(path, content)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._input = inputs[0].name if inputs else ""
        shape = [_size(size) for size in inputs[0].shape] if inputs else []
        if (
            len(inputs) != 1
            or inputs[0].type != "tensor(float)"
            or len(shape) != 4
            or shape[1] not in (3, None)
        ):
            expected = "one input of shape (batch, 3, height, width) in float32"
            raise InputError(path, expected, f"{_shown(inputs)} {OTHER_WAY}")
        if len(outputs) != 1 or outputs[0].type != "tensor(float)":
            raise InputError(path, "one output in float32", f"{_shown(outputs)} {OTHER_WAY}")
        self.batch, _, self.height, self.width = shape
        self.output: tuple[Size, ...] = tuple(_size(size) for size in outputs[0].shape)
        self.found = _shown(outputs)

    def digest(self, **settings: object) -> str:
        """Hex SHA-256 of the file and of settings that change what comes out."""
        return hashlib.sha256(
            f"{self._digest} {json.dumps(settings, sort_keys=True)}".encode()
        ).hexdigest()

    def run(self, pictures_bchw: Floats) -> Floats:
        """Outputs of any number of pictures, at least one.

        Files of a fixed batch get their last one filled up.

        Raises:
            InputError: onnxruntime cannot run the file on them.
        """
        step = self.batch or len(pictures_bchw)
        parts = []
        for start in range(0, len(pictures_bchw), step):
            part = pictures_bchw[start : start + step]
            missing = step - len(part)
            filled = (
                np.concatenate((part, np.zeros((missing, *part.shape[1:]), np.float32)))
                if missing
                else part
            )
            parts.append(self._run(np.ascontiguousarray(filled))[: len(part)])
        return np.concatenate(parts)

    def _run(self, pictures_bchw: Floats) -> Floats:
        errors = _onnx_errors()
        try:
            output: Floats = self._session.run(None, {self._input: pictures_bchw})[0]
        except errors as error:
            found = str(error).splitlines()[0]
            raise InputError(
                self.path, f"a network that takes input of shape {pictures_bchw.shape}", found
            ) from error
        return output


def _open(path: Path, content: bytes) -> Any:
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    options.add_session_config_entry(
        _EXTERNAL_WEIGHTS, os.fspath(path.resolve() / "no such folder")
    )
    errors = _onnx_errors()
    try:
        return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except errors as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        if "external data" in reason.lower():
            way_out = "onnx.save(onnx.load(FILE), FILE2) writes one file"
            raise InputError(
                path, "an ONNX file with its weights in it", f"weights in another file ({way_out})"
            ) from error
        raise InputError(
            path, "a whole ONNX file", f"{len(content)} bytes that are none ({reason})"
        ) from error


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MotBenchError(
            f"ONNX files need onnxruntime, which is not there ({error}): pip install 'mot-bench[onnx]'"
        ) from error
    return onnxruntime


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Everything that onnxruntime raises; its exceptions have no common base."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = [
        value
        for value in vars(state).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    return (*kinds, RuntimeError, ValueError)


def _size(size: object) -> Size:
    return size if isinstance(size, int) and size > 0 else None


def _shown(values: Any) -> str:
    return (
        ", ".join(f"{value.name} {tuple(value.shape)} {value.type}" for value in values) or "none"
    )
