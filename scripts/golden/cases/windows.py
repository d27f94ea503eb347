"""Layers that change the steps of a sequence: convolution, pooling in windows, RepeatVector, Reshape."""

from functools import partial

import numpy as np

from .layers import layer_case
from .records import Draw

TOKENS = np.array([[3, 1, 4, 0, 0, 0], [0, 0, 5, 2, 7, 1], [0, 3, 0, 6, 0, 2], [8, 8, 8, 8, 8, 8]], "int32")
MASKED = ("Embedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True})
SEQUENCES = {"return_sequences": True}


def files():
    """Yields (file name, function that makes its cases)."""
    yield "convolution", partial(convolution_cases, Draw(400))
    yield "windows", partial(window_cases, Draw(401))


def convolution_cases(draw):
    def case(title, options, shape=(2, 7, 2)):
        layer = ("Conv1D", {"filters": 2, "kernel_size": 3, **options})
        return layer_case(title, draw, [layer], draw.grid(shape, 1.5))

    for padding in ("valid", "same", "causal"):
        for size in (1, 2, 3, 4):
            for more in ({}, {"strides": 2}, {"strides": 3}, {"dilation_rate": 2}):
                options = {"kernel_size": size, "padding": padding, **more}
                if more and (size == 1 or (size, padding) == (4, "valid")):
                    continue
                title = f"{padding}, size {size}" + "".join(f", {k} {v}" for k, v in more.items())
                yield case(title, options)
    yield case("without bias", {"use_bias": False, "padding": "same"})
    for activation in ("relu", "softmax"):
        yield case(activation, {"activation": activation})
    # Windows longer than the sequence, and those of which no place lies on it.
    yield case("longer than the sequence, same", {"kernel_size": 5, "padding": "same"}, (2, 3, 2))
    yield case("longer than the sequence, causal", {"kernel_size": 5, "padding": "causal"}, (2, 3, 2))
    yield case("dilated beyond, same", {"kernel_size": 2, "dilation_rate": 3, "padding": "same"}, (2, 2, 2))
    yield case("1x1x1", {"filters": 1, "kernel_size": 1}, (1, 1, 1))
    yield case("1x6x9, 17 filters", {"filters": 17, "padding": "same"}, (1, 6, 9))
    yield case("one feature", {"filters": 9, "kernel_size": 4, "padding": "causal"}, (2, 9, 1))
    layers = [MASKED, ("Conv1D", {"filters": 4, "kernel_size": 2, "padding": "causal"}), ("GRU", {"units": 3})]
    yield layer_case("masked embedding, convolution, gru", draw, layers, TOKENS)
    layers = [
        ("Conv1D", {"filters": 5, "kernel_size": 3, "activation": "relu"}), ("MaxPooling1D", {"pool_size": 2}),
        ("Conv1D", {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same"}), ("LSTM", {"units": 2}),
    ]  # fmt: skip
    yield layer_case("convolution, pooling, convolution, lstm", draw, layers, draw.grid((2, 9, 2), 1.5))
    layers = [("GRU", {"units": 3, **SEQUENCES}), ("Conv1D", {"filters": 2, "kernel_size": 3}),
              ("Bidirectional", {"layer": ("LSTM", {"units": 2, **SEQUENCES})})]  # fmt: skip
    yield layer_case("gru, convolution, both ways", draw, layers, draw.grid((2, 6, 2), 1.5))


def window_cases(draw):
    for pool in ("MaxPooling1D", "AveragePooling1D"):
        for options in (
            {"pool_size": 2}, {"pool_size": 3}, {"pool_size": 3, "strides": 1}, {"pool_size": 3, "strides": 2, "padding": "same"},
            {"pool_size": 2, "strides": 1, "padding": "same"}, {"pool_size": 2, "strides": 3},
            {"pool_size": 2, "strides": 3, "padding": "same"}, {"pool_size": 1, "strides": 2},
            {"pool_size": 5, "strides": 1, "padding": "same"},
        ):  # fmt: skip
            # Among so few values many are equal: who gets the gradient of the largest is then the question.
            x = draw.grid((2, 7, 5), 0.05)
            yield layer_case(f"{pool} {options}", draw, [(pool, options)], x)
        yield layer_case(f"{pool} 1x2x1", draw, [(pool, {"pool_size": 2})], draw.grid((1, 2, 1)))
        yield layer_case(f"{pool}, masked embedding, gru", draw, [MASKED, (pool, {"pool_size": 2}), ("GRU", {"units": 2})], TOKENS)
    repeat = [("GRU", {"units": 3}), ("RepeatVector", {"n": 4}), ("LSTM", {"units": 2, **SEQUENCES})]
    yield layer_case("gru, repeat, lstm", draw, repeat, draw.grid((2, 5, 2), 1.5))
    yield layer_case("repeat 1", draw, [("RepeatVector", {"n": 1})], draw.grid((3, 9)))
    yield layer_case("repeat 5", draw, [("RepeatVector", {"n": 5})], draw.grid((2, 3)))
    for shape, target in (
        ((6,), (3, 2)), ((6,), (6,)), ((12,), (-1, 3)), ((4, 3), (6, 2)), ((4, 3), (12,)), ((4, 3), (-1,)),
        ((4, 3), (-1, 6)), ((4, 3), (3, -1)), ((6, 4), (4, 6)), ((3, 10), (5, 6)), ((4, 9), (2, 18)),
    ):  # fmt: skip
        x = draw.grid((2, *shape))
        yield layer_case(f"reshape {shape} {target}", draw, [("Reshape", {"target_shape": target})], x)
    layers = [MASKED, ("Reshape", {"target_shape": (3, 6)}), ("GRU", {"units": 2})]
    yield layer_case("masked embedding, reshape, gru", draw, layers, TOKENS)
