"""Dense, Embedding, Flatten and Activation, the activation functions alone, and stacks of layers."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from .layers import layer_case
from .records import Draw, precision, tensor

ACTIVATIONS = [
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign", "tanh", "sigmoid",
    "hard_sigmoid", "exponential", "mish", "softmax", "log_softmax",
]  # fmt: skip
DENSE_ACTIVATIONS = ["linear", "sigmoid", "tanh", "relu", "softmax", "elu", "softplus", "hard_sigmoid"]
POINTS = [-100, -20, -6, -3, -2.5, -1, -0.5, -0.015625, 0, 0.015625, 0.5, 1, 2.5, 3, 6, 20]


def files():
    """Yields (file name, function that makes its cases)."""
    yield "activations", partial(map, activation_case, ACTIVATIONS)
    yield "layers", partial(layer_cases, Draw(200))
    yield "stacks", partial(stack_cases, Draw(201))
    yield "initializers", initializer_cases
    yield "initializer-distributions", distribution_cases


def activation_case(name):
    """The function on fixed points, two rows of eight, and the gradient of sum(output * cotangent)."""
    with precision("float64"):
        x = np.array(POINTS, "float64").reshape(2, 8)
        cotangent = Draw(210).grid(x.shape, 1.0)
        x_tensor = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x_tensor)
            output = keras.activations.get(name)(x_tensor)
            loss = tf.reduce_sum(output * cotangent)
        return {
            "name": name,
            "input": tensor(x),
            "output": tensor(output.numpy()),
            "cotangent": tensor(cotangent),
            "inputGradient": tensor(tape.gradient(loss, x_tensor).numpy()),
        }


def layer_cases(draw):
    flat, deep = draw.grid((3, 5), 1.5), draw.grid((3, 4, 5), 1.5)
    for activation in DENSE_ACTIVATIONS:
        yield layer_case(f"dense {activation}", draw, [("Dense", {"units": 4, "activation": activation})], flat)
    yield layer_case("dense on sequences", draw, [("Dense", {"units": 3, "activation": "tanh"})], deep)
    yield layer_case("dense on sequences, softmax", draw, [("Dense", {"units": 3, "activation": "softmax"})], deep)
    yield layer_case("dense without bias", draw, [("Dense", {"units": 4, "use_bias": False})], flat)
    yield layer_case("dense 1x1x1", draw, [("Dense", {"units": 1})], draw.grid((1, 1)))
    yield layer_case("dense 7x17x33", draw, [("Dense", {"units": 33, "activation": "relu"})], draw.grid((7, 17), 1.5))
    tokens = np.array([[1, 1, 4, 0], [6, 1, 0, 0], [2, 4, 4, 4]], "int32")
    yield layer_case("embedding", draw, [("Embedding", {"input_dim": 7, "output_dim": 3})], tokens)
    options = {"input_dim": 7, "output_dim": 3, "mask_zero": True}
    yield layer_case("embedding, mask_zero", draw, [("Embedding", options)], tokens)
    yield layer_case("flatten", draw, [("Flatten", {})], deep)
    yield layer_case("activation", draw, [("Activation", {"activation": "tanh"})], deep)
    yield layer_case("activation softmax", draw, [("Activation", {"activation": "softmax"})], flat)
    yield layer_case("dropout, not training", draw, [("Dropout", {"rate": 0.5})], flat)


def stack_cases(draw):
    embedding = ("Embedding", {"input_dim": 11, "output_dim": 4})
    masked = ("Embedding", {"input_dim": 11, "output_dim": 4, "mask_zero": True})
    tokens = np.array([[3, 9, 1, 1, 0, 0], [0, 0, 5, 2, 7, 9], [4, 4, 4, 8, 10, 1], [0, 3, 0, 6, 6, 0]], "int32")
    series = draw.grid((3, 6, 2), 1.5)
    sequences = {"return_sequences": True}

    def case(name, layers, x=tokens):
        return layer_case(name, draw, layers, x)

    yield case("embedding, simple rnn", [embedding, ("SimpleRNN", {"units": 4})])
    yield case(
        "embedding, gru, dense sigmoid",
        [embedding, ("GRU", {"units": 4}), ("Dense", {"units": 1, "activation": "sigmoid"})],
    )
    yield case(
        "masked embedding, gru, lstm, dense",
        [
            masked,
            ("GRU", {"units": 5, **sequences}),
            ("LSTM", {"units": 3}),
            ("Dense", {"units": 2, "activation": "tanh"}),
        ],
    )
    yield case("masked embedding, lstm, dense on sequences", [
        masked, ("LSTM", {"units": 3, **sequences}), ("Dense", {"units": 3, "activation": "softmax"}),
    ])  # fmt: skip
    yield case("masked embedding, dropout, gru before", [
        masked, ("Dropout", {"rate": 0.3}), ("GRU", {"units": 4, "reset_after": False}), ("Dense", {"units": 1}),
    ])  # fmt: skip
    # The mask reaches the second layer as it was, though the first one's output runs backwards in time.
    yield case("masked embedding, gru backwards, simple rnn", [
        masked, ("GRU", {"units": 3, "go_backwards": True, **sequences}), ("SimpleRNN", {"units": 3}),
    ])  # fmt: skip
    yield case("masked embedding, gru, activation, gru", [
        masked, ("GRU", {"units": 3, **sequences}), ("Activation", {"activation": "relu"}), ("GRU", {"units": 4}),
    ])  # fmt: skip
    # Flatten drops the mask: the masked steps carry the state before them on.
    yield case("masked embedding, gru, flatten, dense", [
        masked, ("GRU", {"units": 3, **sequences}), ("Flatten", {}), ("Dense", {"units": 2, "activation": "sigmoid"}),
    ])  # fmt: skip
    yield case("gru, dropout, gru, dense", [
        ("GRU", {"units": 5, **sequences}), ("Dropout", {"rate": 0.2}), ("GRU", {"units": 4}), ("Dense", {"units": 1}),
    ], series)  # fmt: skip
    yield case("dense on sequences, lstm, lstm, flatten", [
        ("Dense", {"units": 3, "activation": "relu"}),
        ("LSTM", {"units": 4, **sequences}), ("LSTM", {"units": 2, **sequences}), ("Flatten", {}),
    ], series)  # fmt: skip


def initializer_cases():
    """What the default initializers draw from, as far as it can be said without their random numbers."""
    default = [
        ("Dense", {"units": 7}, (None, 5)),
        ("Embedding", {"input_dim": 11, "output_dim": 4}, (None, 6)),
        ("SimpleRNN", {"units": 4}, (None, 6, 3)),
        ("LSTM", {"units": 4}, (None, 6, 3)),
        ("LSTM", {"units": 4, "unit_forget_bias": False}, (None, 6, 3)),
        ("GRU", {"units": 4}, (None, 6, 3)),
        ("GRU", {"units": 4, "reset_after": False}, (None, 6, 3)),
    ]
    for name, config, shape in default:
        keras.utils.clear_session()
        layer = getattr(keras.layers, name)(**config)
        layer.build(shape)
        yield {
            "name": f"{name} {config}",
            "layers": [{"className": name, "config": config}],
            "inputShape": list(shape[1:]),
            "weights": [initial_weight(v) for v in layer.weights],
        }


def initial_weight(variable):
    """The limit of a uniform draw, `orthogonal` for orthonormal rows, or the values when they are fixed."""
    record = {"name": variable.name, "shape": list(variable.shape)}
    value = variable.numpy()
    if variable.name == "bias":
        return {**record, "values": tensor(value)}
    if variable.name == "recurrent_kernel":
        assert np.allclose(value @ value.T, np.eye(len(value)), atol=1e-5)
        return {**record, "distribution": "orthogonal"}
    limit = 0.05 if variable.name == "embeddings" else float(np.sqrt(6 / sum(variable.shape)))
    assert 0.7 * limit < np.abs(value).max() <= limit
    return {**record, "distribution": "uniform", "limit": limit}


def distribution_cases():
    """What initializers draw, by the mean, deviation and quantiles of many numbers; those without chance exactly."""
    shares = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
    matrix, convolution = [30, 20], [3, 10, 20]
    scaled = [
        {"scale": 2.0, "mode": mode, "distribution": kind}
        for mode in ("fan_in", "fan_out", "fan_avg")
        for kind in ("truncated_normal", "untruncated_normal", "uniform")
    ]
    for name, config, shape in (
        *((f"{kind}{how}", {}, shape) for kind in ("Glorot", "He", "Lecun") for how in ("Uniform", "Normal") for shape in (matrix, convolution)),
        *(("VarianceScaling", config, matrix) for config in scaled),
        ("VarianceScaling", {}, convolution),
        ("GlorotUniform", {}, [600]),
        ("RandomUniform", {}, matrix),
        ("RandomNormal", {}, matrix),
        ("TruncatedNormal", {}, matrix),
        ("TruncatedNormal", {"mean": 1.0, "stddev": 0.5}, matrix),
        ("Orthogonal", {"gain": 0.5}, matrix),
    ):  # fmt: skip
        kind = getattr(keras.initializers, name)
        drawn = np.concatenate([kind(**config, seed=seed)(shape).numpy().ravel() for seed in range(200)])
        words = ", ".join(map(str, [*config.values(), shape]))
        yield {
            "name": f"{name} {words}",
            "className": name,
            "config": config,
            "shape": shape,
            "mean": round(float(drawn.mean()), 6),
            "deviation": round(float(drawn.std()), 6),
            "shares": shares,
            "quantiles": [round(float(q), 6) for q in np.quantile(drawn, shares)],
        }
    for name, config in (("Identity", {"gain": 2.0}), ("Constant", {"value": -0.5}), ("Ones", {}), ("Zeros", {})):
        shape = [3, 5]
        values = getattr(keras.initializers, name)(**config)(shape).numpy()
        yield {"name": name, "className": name, "config": config, "shape": shape, "values": tensor(values)}
