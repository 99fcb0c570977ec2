"""Run networks in ONNX files with onnxruntime, on one thread of the CPU.

onnxruntime is an extra (``pip install 'mot-bench[onnx]'``) and is imported only when a file is
opened.
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

# The setting of the folder with external weights. It is set to a folder that does not exist,
# because onnxruntime would otherwise look in the working directory.
_EXTERNAL_WEIGHTS = "session.model_external_initializers_file_folder_path"
Floats = npt.NDArray[np.float32]
Size = int | None
OTHER_WAY = (
    "(another way: run it yourself, and give its boxes or embeddings as .npz, one file a sequence)"
)


class OnnxNetwork:
    """A network with one input of pictures (B, 3, H, W) and one output.

    Attributes:
        path: the file.
        batch: the number of pictures in a batch; None if it is free.
        height, width: size of the input in pixels; None if it is free.
        output: sizes of the output; None where a size is free.
        found: the outputs as text, for error messages.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InputError: the file is missing, truncated or not an ONNX file, or the network has
                another kind of input or output.
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
        self.batch, _, self.height, self.width = _input_shape(path, inputs)
        if len(outputs) != 1 or outputs[0].type != "tensor(float)":
            raise InputError(path, "one output in float32", f"{_shown(outputs)} {OTHER_WAY}")
        self._input = inputs[0].name
        self.output: tuple[Size, ...] = tuple(_size(size) for size in outputs[0].shape)
        self.found = _shown(outputs)

    def digest(self, **settings: object) -> str:
        """Return the hex SHA-256 of the file and of settings that change the output."""
        return hashlib.sha256(
            f"{self._digest} {json.dumps(settings, sort_keys=True)}".encode()
        ).hexdigest()

    def run(self, pictures_bchw: Floats) -> Floats:
        """Return the outputs for one or more pictures.

        If the batch size is fixed, zeros fill up the last batch.

        Raises:
            InputError: onnxruntime cannot run the network on these pictures.
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
            path, "a complete ONNX file", f"{len(content)} bytes that are not one ({reason})"
        ) from error


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MotBenchError(
            f"ONNX files need onnxruntime, which is not installed ({error}): "
            "pip install 'mot-bench[onnx]'"
        ) from error
    return onnxruntime


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Return all exceptions of onnxruntime, which have no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = [
        value
        for value in vars(state).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    return (*kinds, RuntimeError, ValueError)


def _input_shape(path: Path, inputs: Any) -> list[Size]:
    """Return the shape of the only input; raise InputError unless it takes pictures."""
    shape = [_size(size) for size in inputs[0].shape] if len(inputs) == 1 else []
    takes_pictures = len(shape) == 4 and shape[1] in (3, None)
    if not takes_pictures or inputs[0].type != "tensor(float)":
        expected = "one input of shape (batch, 3, height, width) in float32"
        raise InputError(path, expected, f"{_shown(inputs)} {OTHER_WAY}")
    return shape


def _size(size: object) -> Size:
    return size if isinstance(size, int) and size > 0 else None


def _shown(values: Any) -> str:
    return (
        ", ".join(f"{value.name} {tuple(value.shape)} {value.type}" for value in values) or "none"
    )
