"""BatchNormalization: what it gives while training and at rest, its gradients, and its moving statistics after a step."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from .layers import build, dense_gradient, described, named
from .records import Draw, number, precision, seven_digits, tensor
from .recurrent import MASKS


def files():
    """Yields (file name, function that makes its cases)."""
    yield "batch-normalization", partial(cases, Draw(420))


def cases(draw):
    for shape in ((4, 3), (7, 9), (2, 1), (1, 2)):
        yield case(draw, f"{shape}", [("BatchNormalization", {})], draw.grid(shape, 2.0))
    x = draw.grid((3, 4, 5), 2.0)
    for options in (
        {}, {"center": False}, {"scale": False}, {"center": False, "scale": False}, {"epsilon": 0.5}, {"momentum": 0.5},
    ):  # fmt: skip
        yield case(draw, f"sequences {options}", [("BatchNormalization", options)], x)
    for title, rows in MASKS.items():
        mask = np.array(rows, bool)
        yield case(draw, title, [("BatchNormalization", {})], draw.grid((*mask.shape, 3), 1.5), mask)
    sequences = {"return_sequences": True}
    layers = [("GRU", {"units": 3, **sequences}), ("BatchNormalization", {}), ("LSTM", {"units": 2}),
              ("BatchNormalization", {"momentum": 0.9}), ("Dense", {"units": 2})]  # fmt: skip
    yield case(draw, "gru, normalization, lstm, normalization, dense", layers, draw.grid((5, 4, 2), 1.5))
    layers = [("Conv1D", {"filters": 4, "kernel_size": 3}), ("BatchNormalization", {}),
              ("Activation", {"activation": "relu"}), ("GlobalAveragePooling1D", {})]  # fmt: skip
    yield case(draw, "convolution, normalization, relu, mean", layers, draw.grid((3, 6, 2), 1.5))
    mask = np.array(MASKS["with holes"], bool)
    layers = [("BatchNormalization", {}), ("GRU", {"units": 2})]
    yield case(draw, "masked, normalization, gru", layers, draw.grid((*mask.shape, 3), 1.5), mask)
    frozen = ("BatchNormalization", {"trainable": False})
    with seven_digits():
        yield case(draw, "frozen", [frozen], draw.grid((3, 2), 2.0))
        yield case(draw, "frozen, masked", [frozen, ("GRU", {"units": 2})], draw.grid((3, 6, 2), 1.5), mask)
        layers = [("Dense", {"units": 2}), frozen, ("BatchNormalization", {"momentum": 0.5}), ("Dense", {"units": 1})]
        yield case(draw, "dense, frozen, not frozen, dense", layers, draw.grid((4, 2), 1.5))


def case(draw, name, layers, x, mask=None):
    """The first layer gets the mask and hands it on; masked steps all hold the same, which must not count."""
    if mask is not None:
        x[~mask] = 0.5
    with precision("float64"):
        model = keras.Sequential(build(layers))
        model.build(x.shape)
        for variable in model.weights:
            value = draw.weight(variable)
            variable.assign(np.abs(value) + 0.5 if variable.name == "moving_variance" else value)
        weights = named(model.weights)
        inputs, still_mask = tf.constant(x), None if mask is None else tf.constant(mask)

        def run(training):
            value, carried = inputs, still_mask
            for layer in model.layers:
                takes = carried is not None and layer._call_has_mask_arg
                options = {"training": training} if layer._call_has_training_arg else {}
                value = layer(value, mask=carried, **options) if takes else layer(value, **options)
                carried = carried if layer.supports_masking else None
            return value

        still = run(False)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            output = run(True)
            cotangent = draw.grid(output.shape, 1.0)
            loss = tf.reduce_sum(output * cotangent)
        gradients = tape.gradient(loss, [w.value for w in model.trainable_weights] + [inputs])
        record = {"name": name, "layers": described(layers), "input": tensor(x)}
        if mask is not None:
            record["mask"] = tensor(mask)
        return {
            **record,
            "weights": weights,
            "still": tensor(still.numpy()),
            "output": tensor(output.numpy()),
            "cotangent": tensor(cotangent),
            "loss": number(loss),
            "weightGradients": [tensor(dense_gradient(g)) for g in gradients[:-1]],
            "inputGradient": tensor(gradients[-1].numpy()),
            "moved": named(model.non_trainable_weights),
        }
