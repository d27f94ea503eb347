"""Layers as functional models call them: several inputs, states to start from, several outputs, masks in and out."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from .layers import described, each_layer, make, named, set_drawn_weights
from .records import Draw, number, precision, tensor
from .recurrent import CELLS, MASKS

HOLES = np.array(MASKS["with holes"], bool)
OTHER = np.array([[1, 1, 1, 0, 0, 0], [0, 1, 1, 0, 1, 1], [1, 1, 0, 1, 1, 1]], bool)
SEQUENCES = {"return_sequences": True}
STATE = {"return_state": True}


def files():
    """Yields (file name, function that makes its cases)."""
    yield "states", partial(state_cases, Draw(440))
    yield "bidirectional-outputs", partial(way_cases, Draw(441))
    yield "merging", partial(merging_cases, Draw(442))
    yield "attention-frozen", partial(frozen_cases, Draw(443))


def state_cases(draw):
    """What recurrent layers start from and end with."""
    x = draw.grid((3, 6, 2), 1.5)
    cells = {cell: (name, {"units": 2, **base}) for cell, (name, base) in CELLS.items()}
    cells["stacked"] = ("RNN", {"cell": [("GRUCell", {"units": 3}), ("LSTMCell", {"units": 2})]})
    for cell, (name, base) in cells.items():
        sizes = [3, 2, 2] if cell == "stacked" else [2] * (2 if cell == "lstm" else 1)
        states = [draw.grid((3, size)) for size in sizes]
        for title, options, given, mask in (
            ("states", {**STATE}, [], None),
            ("sequences and states, backwards", {**SEQUENCES, **STATE, "go_backwards": True}, [], None),
            ("from states", {}, states, None),
            ("states, from states, masked", {**SEQUENCES, **STATE}, states, HOLES),
        ):
            yield call_case(f"{cell.replace('-', ' ')}, {title}", draw, (name, {**base, **options}), [x], [mask], given)


def way_cases(draw):
    """Bidirectional layers whose outputs stay apart, and their states."""
    x = draw.grid((3, 6, 2), 1.5)
    apart, both = {"merge_mode": None}, {**SEQUENCES, **STATE}
    for cell in CELLS:
        name, base = CELLS[cell]
        inner = {"units": 2, **base}
        for title, options, mask in (
            ("last outputs", {}, None),
            ("last outputs, masked", {}, HOLES),
            ("sequences", SEQUENCES, None),
            ("sequences and states, masked", both, HOLES),
        ):
            if cell in ("gru-reset-before", "simple-rnn") and options is not both:
                continue
            layer = ("Bidirectional", {"layer": (name, {**inner, **options}), **apart})
            yield call_case(f"{cell.replace('-', ' ')}, {title}", draw, layer, [x], [mask])
    inner = ("LSTM", {"units": 2, **both})
    states = [draw.grid((3, 2)) for _ in range(4)]
    yield call_case("from states", draw, ("Bidirectional", {"layer": inner, **apart}), [x], [HOLES], states)
    yield call_case("from states, side by side", draw, ("Bidirectional", {"layer": inner}), [x], [HOLES], states)
    own = {
        "layer": ("GRU", {"units": 3, "go_backwards": True, **SEQUENCES}),
        "backward_layer": ("LSTM", {"units": 2, "name": "own", **SEQUENCES}),
    }
    for mask in (None, HOLES):
        title = f"the first layer goes backwards, mask {mask is not None}"
        yield call_case(title, draw, ("Bidirectional", {**own, **apart}), [x], [mask])
    cells = ("RNN", {"cell": [("GRUCell", {"units": 3}), ("SimpleRNNCell", {"units": 2})], **SEQUENCES})
    yield call_case("stacked cells", draw, ("Bidirectional", {"layer": cells, **apart}), [x], [HOLES])


def merging_cases(draw):
    """Layers that make one of several; all masked steps are alike, for they count in some of these."""
    for name in ("Add", "Average", "Concatenate", "Multiply", "Subtract"):
        count = 2 if name == "Subtract" else 3
        rows = [draw.grid((2, 3 + place * (name == "Concatenate"))) for place in range(count)]
        yield call_case(f"{name}, rows", draw, (name, {}), rows, [None] * count)
        for title, masks in (
            ("sequences", [None, None]),
            ("masks", [HOLES, OTHER]),
            ("the first one masked", [HOLES, None]),
            ("the second one masked", [None, OTHER]),
        ):
            given = []
            for mask in masks:
                x = draw.grid((3, 6, 2))
                if mask is not None:
                    x[~mask] = 0.5
                given.append(x)
            yield call_case(f"{name}, {title}", draw, (name, {}), given, masks)


def frozen_cases(draw):
    """Attention whose weights are not trained: the gradients go through it all the same."""
    frozen = {"use_scale": True, "trainable": False}
    for title, name, config in (
        ("attention", "Attention", {**frozen, "score_mode": "concat"}),
        ("additive attention", "AdditiveAttention", frozen),
    ):
        yield call_case(title, draw, (name, config), [draw.grid((3, 6, 2), 1.5) for _ in range(2)], [HOLES, OTHER])


def packed(config, states):
    """States as the layer takes them: those of stacked cells are a list for each cell that has several."""
    if "cell" not in config:
        return states
    left = iter(states)
    return [[next(left), next(left)] if cell == "LSTMCell" else next(left) for cell, _ in config["cell"]]


def call_case(title, draw, layer, inputs, masks, states=()):
    """One call of a layer: its outputs, their masks, and the gradients of the sum of outputs * cotangents."""
    name, config = layer
    with precision("float64"):
        keras.utils.clear_session()
        made = getattr(keras.layers, name)(**{key: each_layer(value, make) for key, value in config.items()})
        tensors, start = [tf.constant(x) for x in inputs], [tf.constant(s) for s in states]
        for x, mask in zip(tensors, masks):
            if mask is not None:
                keras.src.backend.set_keras_mask(x, tf.constant(mask))
        given = tensors if len(tensors) > 1 else tensors[0]
        # Keras forgets the mask of a sequence that is called with states, unless it is given once more.
        mask = None if masks[0] is None else tf.constant(masks[0])
        options = {"initial_state": packed(config, start), "mask": mask} if start else {}
        made(given, **options)
        set_drawn_weights(made.weights, draw)
        with tf.GradientTape() as tape:
            tape.watch(tensors + start)
            outputs = tf.nest.flatten(made(given, **options))
            found = [keras.src.backend.get_keras_mask(output) for output in outputs]
            cotangents = [draw.grid(output.shape, 1.0) for output in outputs]
            loss = sum(tf.reduce_sum(output * cotangent) for output, cotangent in zip(outputs, cotangents))
        sources = [w.value for w in made.trainable_weights] + tensors + start
        gradients = tape.gradient(loss, sources, unconnected_gradients="zero")
        gradients = [tensor(gradient.numpy()) for gradient in gradients]
        count = len(made.trainable_weights)
        return {
            "name": title,
            "layer": described([layer])[0],
            "inputs": [tensor(x) for x in inputs],
            "masks": [None if mask is None else tensor(mask) for mask in masks],
            "states": [tensor(state) for state in states],
            "weights": named(made.weights),
            "outputs": [tensor(output.numpy()) for output in outputs],
            "outputMasks": [None if mask is None else tensor(mask.numpy()) for mask in found],
            "cotangents": [tensor(cotangent) for cotangent in cotangents],
            "loss": number(loss),
            "weightGradients": gradients[:count],
            "inputGradients": gradients[count:],
        }
