"""How numbers are drawn and written: inputs on a grid that float32 holds exactly, results to seven or nine digits."""

import json
from contextlib import contextmanager

import keras
import numpy as np

significant_digits = 9


class Draw:
    """Random values on a grid, so that a float32 engine starts from the very numbers Keras had in float64."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def grid(self, shape, limit=1.0, scale=64):
        """Multiples of 1/scale in [-limit, limit]; scale must be a power of two."""
        most = max(1, round(limit * scale))
        return self.random.integers(-most, most + 1, size=shape) / scale

    def weight(self, variable):
        """Values for a Keras variable, about as large as its initializer's; a bias, or one number, is as large as a half."""
        shape = tuple(variable.shape)
        if variable.name == "bias" or shape == ():
            return self.grid(shape, 0.5)
        return self.grid(shape, min(1.0, 1.7 / np.sqrt(shape[0])), 256)

    def integers(self, shape, low, high):
        return self.random.integers(low, high, size=shape).astype("int32")


@contextmanager
def seven_digits():
    """For cases with many numbers: the tests ask for five."""
    global significant_digits
    significant_digits = 7
    try:
        yield
    finally:
        significant_digits = 9


@contextmanager
def precision(name):
    """Everything Keras makes inside is of this type; the goldens use float64 unless a case says otherwise."""
    keras.config.set_floatx(name)
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def exact(config):
    """Options as float64, since Keras takes a plain Python float for a float32 where it builds a tensor of it."""

    def convert(value):
        if isinstance(value, list):
            return [convert(v) for v in value]
        return np.float64(value) if isinstance(value, float) else value

    return {key: convert(value) for key, value in config.items()}


def number(value):
    """A float of so many significant digits, whole where it is whole. Values of the grid pass unchanged."""
    rounded = float(f"{float(value):.{significant_digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e9 else rounded


def tensor(value):
    """A tensor record. Values on a grid of 1/64 or 1/256 are kept as whole numbers and their `scale`."""
    array = np.asarray(value)
    if array.dtype == bool:
        return {"shape": list(array.shape), "dtype": "bool", "data": [int(v) for v in array.ravel()]}
    if array.dtype.kind in "iu":
        return {"shape": list(array.shape), "dtype": "int32", "data": [int(v) for v in array.ravel()]}
    flat = array.astype("float64").ravel()
    for scale in (1, 64, 256):
        if np.all(flat * scale == np.rint(flat * scale)):
            record = {"shape": list(array.shape), "data": [int(v) for v in flat * scale]}
            return record if scale == 1 else {**record, "scale": scale}
    return {"shape": list(array.shape), "data": [number(v) for v in flat]}


def write(path, record):
    """One line for a tensor or a list of plain values, so that a change in a case is a change in few lines."""
    path.write_text(_text(record, "") + "\n", encoding="utf8")


def _text(value, indent):
    plain = (str, int, float, bool, type(None))
    if isinstance(value, dict) and "data" not in value and value:
        inner = indent + " "
        rows = ",\n".join(f"{inner}{json.dumps(k)}: {_text(v, inner)}" for k, v in value.items())
        return "{\n" + rows + "\n" + indent + "}"
    if isinstance(value, (list, tuple)) and not all(isinstance(v, plain) for v in value):
        inner = indent + " "
        return "[\n" + ",\n".join(inner + _text(v, inner) for v in value) + "\n" + indent + "]"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
