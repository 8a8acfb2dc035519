"""Tensors as PyTorch saves them, read without PyTorch: of a pickle nothing is run but what makes plain arrays.

Source: `torch.save`, the zip format since 1.6: `NAME/data.pkl`, and each storage's bytes under `NAME/data/`.
"""

import pickle
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_LARGEST_BYTES = 256 << 20
# What reading a pickle or an archive may end in when its bytes are not what they say.
_BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Tensors = Mapping[str, NDArray[Any]]


def read(path: Path) -> Tensors:
    """The tensors in `path`, by name. Raises: ValueError for what is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_BYTES:
                raise ValueError("it is too large")
            [told] = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            with archive.open(told) as opened:
                found = _Reading(opened, archive, told.removesuffix("data.pkl")).load()
    except (zipfile.BadZipFile, zlib.error, pickle.UnpicklingError, *_BROKEN) as error:
        raise ValueError(f"{path.name} holds no tensors as PyTorch saves them") from error
    if not isinstance(found, dict) or not all(isinstance(one, np.ndarray) for one in found.values()):
        raise ValueError(f"{path.name} holds more than tensors by name")
    return found


class _Reading(pickle.Unpickler):
    """Makes arrays and the dictionary they are in, and refuses to name anything else."""

    def __init__(self, opened: IO[bytes], archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(opened)
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case "collections", "OrderedDict":
                return OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _array
            case "torch", storage if storage in _TYPES:
                return _TYPES[storage]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, told: Any) -> NDArray[Any]:
        _, kind, key, *_ = told
        if not isinstance(key, str) or not key.isdigit():
            raise pickle.UnpicklingError("a storage has no number")
        return np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), kind)


def _array(storage: NDArray[Any], offset: int, size: Sequence[int], stride: Sequence[int], *_: object) -> NDArray[Any]:
    if list(stride) != [prod(size[at + 1 :]) for at in range(len(size))]:
        raise pickle.UnpicklingError("a tensor does not lie in one piece")
    return storage[offset : offset + prod(size)].reshape(size)
