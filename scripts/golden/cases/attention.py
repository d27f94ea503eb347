"""Attention and AdditiveAttention on a query, a value and perhaps a key: options, masks, odd shapes."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from .dropping import drawn_as_here
from .layers import named
from .records import Draw, number, precision, tensor

KINDS = {
    "dot": ("Attention", {}),
    "dot scaled": ("Attention", {"use_scale": True}),
    "concat": ("Attention", {"score_mode": "concat"}),
    "concat scaled": ("Attention", {"score_mode": "concat", "use_scale": True}),
    "additive": ("AdditiveAttention", {}),
    "additive without scale": ("AdditiveAttention", {"use_scale": False}),
}
QUERY_MASK = np.array([[1, 1, 0], [0, 1, 1]], bool)
VALUE_MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1]], bool)


def files():
    """Yields (file name, function that makes its cases)."""
    yield "attention", partial(cases, Draw(430))
    yield "attention-dropout", partial(dropout_cases, Draw(431))


def cases(draw):
    for title, (name, config) in KINDS.items():
        yield case(draw, title, name, config)
        yield case(draw, f"{title}, with a key", name, config, key=True)
        yield case(draw, f"{title}, masks", name, config, masks=(QUERY_MASK, VALUE_MASK))
        yield case(draw, f"{title}, causal, value mask", name, config, masks=(None, VALUE_MASK | [1, 0, 0, 0, 0]), causal=True)
    yield case(draw, "query mask alone", "Attention", {}, masks=(QUERY_MASK, None), causal=True)
    for shape in ((1, 1, 1, 1, 1), (2, 4, 4, 8, 8), (1, 2, 7, 9, 3), (2, 5, 2, 3, 17)):
        for title in ("dot scaled", "additive"):
            yield case(draw, f"{title} {shape}", *KINDS[title], shape=shape, key=shape[3] != shape[4])


def dropout_cases(draw):
    for seed, (title, (name, config)) in enumerate(KINDS.items()):
        options = {**config, "dropout": 0.5 if seed % 2 else 0.375, "seed": 50 + seed}
        yield case(draw, title, name, options, training=True)
        if "scaled" not in title:
            masks = (QUERY_MASK, VALUE_MASK | [1, 0, 0, 0, 0])
            yield case(draw, f"{title}, causal, masks", name, options, masks=masks, causal=True, training=True)


def case(draw, title, name, config, shape=(2, 3, 5, 4, 4), key=False, masks=(None, None), causal=False, training=False):
    """`shape`: rows, steps of the query and of the value, features of query and key, and of the value."""
    with precision("float64"):
        rows, queries, values, features, width = shape
        inputs = [draw.grid((rows, queries, features), 1.5), draw.grid((rows, values, width), 1.5)]
        if key:
            inputs.append(draw.grid((rows, values, features), 1.5))
        keras.utils.clear_session()
        layer = getattr(keras.layers, name)(**config)
        tensors = [tf.constant(x) for x in inputs]
        layer.build([x.shape for x in inputs])
        for variable in layer.weights:
            variable.assign(draw.grid(tuple(variable.shape), 1.0))
        given = [None if mask is None else tf.constant(mask) for mask in masks]
        options = {"mask": given if any(m is not None for m in masks) else None, "use_causal_mask": causal}
        with tf.GradientTape() as tape, drawn_as_here([layer]):
            tape.watch(tensors)
            output = layer(tensors, training=training, **options)
            cotangent = draw.grid(output.shape, 1.0)
            loss = tf.reduce_sum(output * cotangent)
        gradients = tape.gradient(loss, [w.value for w in layer.weights] + tensors)
        count = len(layer.weights)
        return {
            "name": title,
            "layer": {"className": name, "config": config},
            "causal": causal,
            **({"training": True} if training else {}),
            "inputs": [tensor(x) for x in inputs],
            "masks": [None if mask is None else tensor(mask) for mask in masks],
            "weights": named(layer.weights),
            "output": tensor(output.numpy()),
            "cotangent": tensor(cotangent),
            "loss": number(loss),
            "weightGradients": [tensor(g.numpy()) for g in gradients[:count]],
            "inputGradients": [tensor(g.numpy()) for g in gradients[count:]],
        }
