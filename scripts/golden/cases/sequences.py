"""Layers between and behind recurrent ones: normalization, masking, pooling over time, wrappers of single steps."""

from functools import partial

import numpy as np

from .layers import layer_case
from .records import Draw
from .recurrent import MASKS


def files():
    """Yields (file name, function that makes its cases)."""
    yield "sequence-layers", partial(cases, Draw(310))


def cases(draw):
    for shape in ((3, 5), (1, 1), (2, 8), (2, 17)):
        yield layer_case(f"normalization {shape}", draw, [("LayerNormalization", {})], draw.grid(shape, 2.0))
    x = draw.grid((2, 4, 5), 2.0)
    for options in ({"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.5}):
        yield layer_case(f"normalization {options}", draw, [("LayerNormalization", options)], x)
    normal = [("GRU", {"units": 3, "return_sequences": True}), ("LayerNormalization", {}), ("LSTM", {"units": 2})]
    yield layer_case("gru, normalization, lstm", draw, normal, x)
    inner = ("Dense", {"units": 3, "activation": "tanh"})
    yield layer_case("time distributed", draw, [("TimeDistributed", {"layer": inner})], x)
    pools = ("GlobalAveragePooling1D", "GlobalMaxPooling1D")
    for pool in pools:
        for shape in ((2, 4, 5), (1, 1, 1), (3, 9, 8)):
            yield layer_case(f"{pool} {shape}", draw, [(pool, {})], draw.grid(shape, 0.1))
        # The mean leaves masked steps out, the largest does not.
        layers = [("Embedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True}),
                  ("GRU", {"units": 4, "return_sequences": True}), (pool, {})]  # fmt: skip
        tokens = np.array([[3, 1, 4, 0, 0], [0, 0, 5, 2, 7], [0, 3, 0, 6, 0], [8, 8, 8, 8, 8]], "int32")
        yield layer_case(f"{pool}, masked gru", draw, layers, tokens)
    for title, rows in MASKS.items():
        if "all masked" not in title:
            mask = np.array(rows, bool)
            inputs = draw.grid((*mask.shape, 3), 1.5)
            yield layer_case(f"mean, {title}", draw, [(pools[0], {})], inputs, mask=mask)
    yield layer_case("spatial dropout, not training", draw, [("SpatialDropout1D", {"rate": 0.5})], x)
    padded = draw.grid((5, 6, 3), 1.5)
    for value in (0.0, -1.0):
        padded[~np.array(MASKS["mixed, one row all masked"], bool)] = value
        masking = ("Masking", {"mask_value": value})
        yield layer_case(f"masking {value}", draw, [masking], padded)
        yield layer_case(f"masking {value}, gru", draw, [masking, ("GRU", {"units": 3})], padded)
        both = ("Bidirectional", {"layer": ("LSTM", {"units": 2, "return_sequences": True})})
        yield layer_case(f"masking {value}, both ways", draw, [masking, both, ("GRU", {"units": 2})], padded)
    normal, act = ("LayerNormalization", {}), ("Activation", {"activation": "softmax"})
    for inner in (normal, act):
        yield layer_case(f"time distributed {inner[0]}", draw, [("TimeDistributed", {"layer": inner})], x)
    table = ("Embedding", {"input_dim": 9, "output_dim": 3, "mask_zero": True})
    kept = [("TimeDistributed", {"layer": ("Dense", {"units": 2})}), normal, ("SpatialDropout1D", {"rate": 0.5})]
    yield layer_case("layers that hand the mask on, gru", draw, [table, *kept, ("GRU", {"units": 2})], tokens)
