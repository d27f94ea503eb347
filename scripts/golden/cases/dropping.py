"""Keras with the keep factors that Gruvy draws: the numbers of src/base/random.ts, in the places where Keras draws its own."""

from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend

DROPOUT_STREAM = 3
STATE_SEED = 0x5EED
# Which gate of Keras's order each of ours is, where the input is dropped for every gate by itself.
INPUT_GATES = {"GRUCell": [2, 0, 1], "LSTMCell": [0, 1, 2, 3], "SimpleRNNCell": [0]}


def mix(x):
    x = np.asarray(x, np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def key(seed):
    """The words of the first step of a training."""
    with np.errstate(over="ignore"):
        low = mix(np.uint32(seed) ^ np.uint32(0x9E3779B9))
        high = mix(low ^ np.uint32(0x85EBCA6B))
        first = mix(mix(high + np.uint32(DROPOUT_STREAM)))
        return first, mix(first ^ low ^ np.uint32(0xC2B2AE35))


def kept(elements, first, second, rate):
    with np.errstate(over="ignore"):
        bits = mix(mix(elements.astype(np.uint32) + first) ^ second) >> np.uint32(8)
    return (bits >= round(rate * 2**24)) / (1 - rate)


def padded(width, panel=8):
    return -(-width // panel) * panel


def row_factors(seed, rows, width, rate, gate=0, step=None):
    """[rows, width]: by the row's number, the gate, and where every step draws anew the step."""
    first, second = key(seed)
    if step is not None:
        with np.errstate(over="ignore"):
            first = mix(first + np.uint32(step))
    elements = (np.arange(rows)[:, None] + gate * 65536) * padded(width) + np.arange(width)
    return kept(elements, first, second, rate)


def step_factors(seed, rows, steps, width, rate):
    return np.stack([row_factors(seed, rows, width, rate, step=step) for step in range(steps)], 1)


def pair_factors(seed, rows, steps, others, rate):
    """[rows, steps of the query, steps of the value]."""
    first, second = key(seed)
    elements = np.arange(steps)[:, None] * padded(others, 4) + np.arange(others)
    found = []
    for row in range(rows):
        with np.errstate(over="ignore"):
            start = mix(first + np.uint32(row) * np.uint32(0x9E3779B1))
        found.append(kept(elements, start, second, rate))
    return np.stack(found)


def cell_factors(cell, rows, features):
    """What a cell draws in Keras, in its order: of the input one for all gates or one for each, then of the state."""
    name = type(cell).__name__
    gates = getattr(cell, "dropout_mask_count", None) or 1
    order = INPUT_GATES[name] if gates > 1 else [0]
    found = []
    if cell.dropout > 0:
        found += [row_factors(cell.seed, rows, features, cell.dropout, order.index(gate)) for gate in range(gates)]
    if cell.recurrent_dropout > 0:
        seed = cell.seed + STATE_SEED
        found += [row_factors(seed, rows, cell.units, cell.recurrent_dropout, gate) for gate in range(gates)]
    return found


def seeded(layers):
    """All layers and cells within some layers that draw numbers."""
    found = []
    for layer in layers:
        for one in layer._flatten_layers():
            generator = getattr(one, "seed_generator", None)
            if generator is not None and not isinstance(one, keras.layers.RNN):
                found.append((id(generator), one))
    return dict(found)


@contextmanager
def drawn_as_here(layers, records=None):
    """Inside, Keras's `dropout` multiplies with our factors. `records` is given a list of what each layer was given."""
    owners, counts, real = seeded(layers), {}, backend.random.dropout

    def factors_of(layer, shape, rate, noise_shape):
        count = counts[layer] = counts.get(layer, -1) + 1
        rows = shape[0]
        if isinstance(layer, keras.layers.Attention):
            return pair_factors(layer.seed, *shape, rate)
        if isinstance(layer, keras.layers.SpatialDropout1D):
            assert tuple(noise_shape) == (rows, 1, shape[2])
            return row_factors(layer.seed, rows, shape[2], rate)[:, None]
        if isinstance(layer, keras.layers.Dropout):
            assert noise_shape is None
            if len(shape) == 2:
                # Within TimeDistributed once for every step.
                return row_factors(layer.seed, *shape, rate, step=count)
            return step_factors(layer.seed, *shape, rate)
        assert isinstance(layer, keras.layers.SimpleRNNCell | keras.layers.GRUCell | keras.layers.LSTMCell)
        features = layer.kernel.shape[0]
        return cell_factors(layer, rows, features)[count]

    def dropout(inputs, rate, noise_shape=None, seed=None):
        layer = owners[id(seed)]
        # What stays is scaled as Keras scales it, and where it drops alike so do we.
        ones = tf.ones_like(inputs)
        drawn = np.unique(real(ones, rate, noise_shape=noise_shape, seed=seed).numpy())
        assert all(np.isclose(value, [0, 1 / (1 - rate)], atol=1e-12).any() for value in drawn), drawn
        factors = factors_of(layer, tuple(inputs.shape), rate, noise_shape)
        if records is not None:
            records.setdefault(layer, []).append(factors)
        return inputs * tf.constant(factors, inputs.dtype)

    backend.random.dropout = dropout
    try:
        yield
    finally:
        backend.random.dropout = real
