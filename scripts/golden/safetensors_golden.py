"""Makes and checks files with the reference implementation of safetensors (pip install safetensors==0.8.0 numpy).

    python scripts/golden/safetensors_golden.py             writes src/storage/formats/golden/python.safetensors
    python scripts/golden/safetensors_golden.py --read F... prints a JSON line for each file: what the reference reads, or why not
"""

import json
import pathlib
import sys
import zlib

import numpy as np
import safetensors

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "src/storage/formats/golden/python.safetensors"


def write() -> None:
    arrays = []  # kept alive: the specification holds an address

    def of(array: np.ndarray, dtype: str = "") -> safetensors.TensorSpec:
        arrays.append(array)
        return safetensors.TensorSpec(
            dtype=dtype or str(array.dtype), shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes
        )

    tensors = {
        "gru/gru_cell/kernel": of(np.array([[0.5, -1.25, 3e-38], [1e30, -0.0, 7.0]], np.float32)),
        "half": of(np.array([1.0, -2.5, 65504.0, 6e-8], np.float16)),
        "brain": of(np.array([0x3F80, 0xC020], np.uint16), "bfloat16"),
        "double": of(np.array([0.1, -1e300], np.float64)),
        "steps": of(np.array(12345, np.int64)),
        "ids": of(np.array([[1], [-2]], np.int32)),
        "bytes": of(np.array([0, 127, 255], np.uint8)),
        "flags": of(np.array([True, False], np.bool_)),
        "nothing": of(np.zeros((3, 0), np.float32)),
        'né "quoted"\n': of(np.array([1.0], np.float32)),
        "__proto__": of(np.array([2.0], np.float32)),
    }
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_bytes(safetensors.serialize(tensors, {"note": "größe 😀"}))


def read(path: str) -> dict:
    try:
        file = pathlib.Path(path).read_bytes()
        tensors = dict(safetensors.deserialize(file))
    except safetensors.SafetensorError as error:
        return {"refused": str(error)}
    with safetensors.safe_open(path, "numpy") as opened:
        metadata = opened.metadata() or {}
    found = {
        name: [info["dtype"], list(info["shape"]), zlib.crc32(bytes(info["data"]))] for name, info in tensors.items()
    }
    return {"tensors": found, "metadata": metadata}


if len(sys.argv) > 2 and sys.argv[1] == "--read":
    for path in sys.argv[2:]:
        print(json.dumps(read(path), sort_keys=True))
else:
    write()
