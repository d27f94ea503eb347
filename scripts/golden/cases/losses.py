"""Losses: value and gradient on vectors and sequences, from probabilities and logits, with masks, at the edges."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend

from .records import Draw, number, precision, tensor


def files():
    """Yields (file name, function that makes its cases)."""
    yield "losses", partial(loss_cases, Draw(300))
    yield "losses-after-activation", partial(after_activation, Draw(301))
    yield "losses-focal-and-margins", partial(further_cases, Draw(302))


def evaluated(class_name, config, target, prediction, mask, dtype):
    """The mean loss, its gradient and the values before the mean, all computed in this type."""
    with precision(dtype):
        loss = getattr(keras.losses, class_name)(**config)
        single = getattr(keras.losses, class_name)(**config, reduction="none")
        value = tf.constant(prediction, dtype)
        with tf.GradientTape() as tape:
            tape.watch(value)
            masked = tf.identity(value)
            if mask is not None:
                backend.set_keras_mask(masked, tf.constant(mask))
            mean = loss(tf.constant(target), masked)
        return mean, tape.gradient(mean, value), single(tf.constant(target), value)


def loss_case(name, class_name, config, target, prediction, mask=None):
    mean, gradient, single = evaluated(class_name, config, target, prediction, mask, "float64")
    mean32, gradient32, _ = evaluated(class_name, config, target, prediction, mask, "float32")
    return {
        "name": name,
        "className": class_name,
        "config": config,
        "target": tensor(target),
        "prediction": tensor(prediction),
        **({} if mask is None else {"mask": tensor(mask)}),
        "values": tensor(single.numpy()),
        "loss": number(mean),
        "gradient": tensor(gradient.numpy()),
        "loss32": number(mean32),
        "gradient32": tensor(gradient32.numpy()),
    }


def loss_cases(draw):
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    yield from regression_cases(draw, mask)
    yield from binary_cases(draw, mask)
    yield from categorical_cases(draw, mask)


def regression_cases(draw, mask):
    row, rows, steps = draw.grid((5,), 2), draw.grid((4, 3), 2), draw.grid((3, 4, 2), 2)
    ties = np.array([[1.0, 2.0, -1.0, 0.5]])
    for name, config in (
        ("MeanSquaredError", {}),
        ("MeanAbsoluteError", {}),
        ("Huber", {}),
        ("Huber", {"delta": 0.5}),
    ):
        title = f"{name} {config}" if config else name

        def case(what, target, prediction, mask=None, title=title, name=name, config=config):
            return loss_case(f"{title}, {what}", name, config, target, prediction, mask)

        yield case("rank 1", row, draw.grid(row.shape, 2))
        yield case("rows", rows, draw.grid(rows.shape, 2))
        yield case("target of rank 1, prediction of rank 2", row, draw.grid((5, 1), 2))
        yield case("sequences", steps, draw.grid(steps.shape, 2))
        yield case("sequences, mask", steps, draw.grid(steps.shape, 2), mask=mask)
        yield case("equal, and one and delta apart", ties, np.array([[1.0, 1.0, -1.5, 0.5]]))


def binary_cases(draw, mask):
    labels = np.array([[1.0], [0.0], [1.0], [0.0]])
    probabilities, logits = np.array([[0.75], [0.5], [0.015625], [0.25]]), draw.grid((4, 1), 4)
    bce = "BinaryCrossentropy"
    yield loss_case("binary, probabilities", bce, {}, labels, probabilities)
    yield loss_case("binary, labels of rank 1", bce, {}, labels[:, 0], probabilities)
    yield loss_case("binary, logits", bce, {"from_logits": True}, labels, logits)
    yield loss_case(
        "binary, several outputs", bce, {}, np.eye(3)[[0, 2]], np.array([[0.5, 0.25, 0.125], [0.875, 0.5, 0.75]])
    )
    yield loss_case("binary, soft labels", bce, {}, np.array([[0.25], [0.5], [1.0], [0.0]]), probabilities)
    yield loss_case("binary, label smoothing", bce, {"label_smoothing": 0.25}, labels, probabilities)
    zero_one = np.array([[0.0], [0.0], [1.0], [1.0]])
    yield loss_case("binary, probabilities 0 and 1", bce, {}, labels, zero_one)
    yield loss_case(
        "binary, large logits", bce, {"from_logits": True}, labels, np.array([[60.0], [60.0], [-60.0], [-120.0]])
    )
    steps = (draw.random.random((3, 4, 1)) < 0.5).astype("float64")
    near = (draw.integers((3, 4, 1), 1, 64) / 64).astype("float64")
    yield loss_case("binary, sequences", bce, {}, steps, near)
    yield loss_case("binary, sequences, mask", bce, {}, steps, near, mask=mask)
    yield loss_case("binary, sequences, all masked", bce, {}, steps, near, mask=np.zeros_like(mask))


def categorical_cases(draw, mask):
    classes = np.array([2, 0, 1, 2], "int32")
    probabilities = np.array([[0.25, 0.25, 0.5], [0.5, 0.375, 0.125], [0.125, 0.75, 0.125], [0.5, 0.25, 0.25]])
    uneven = np.array([[0.5, 0.25, 0.5], [1.0, 0.5, 0.25], [0.125, 0.25, 0.125], [2.0, 1.0, 1.0]])
    edges = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]])
    logits, large = draw.grid((4, 3), 4), np.array([[90.0, 0, -90], [0, 90, 0], [-90, -90, -90], [0, 0, 200]])
    sequence, labels = draw.grid((3, 4, 5), 3), draw.integers((3, 4), 0, 5)
    soft = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0, 1, 0], [0.75, 0.25, 0]])
    logit = {"from_logits": True}
    for name, target, steps in (
        ("CategoricalCrossentropy", np.eye(3)[classes], np.eye(5)[labels]),
        ("SparseCategoricalCrossentropy", classes, labels),
    ):
        yield loss_case(f"{name}, probabilities", name, {}, target, probabilities)
        yield loss_case(f"{name}, rows that do not add up to 1", name, {}, target, uneven)
        yield loss_case(f"{name}, probabilities 0 and 1", name, {}, target, edges)
        yield loss_case(f"{name}, logits", name, logit, target, logits)
        yield loss_case(f"{name}, large logits", name, logit, target, large)
        yield loss_case(f"{name}, sequences, logits", name, logit, steps, sequence)
        yield loss_case(f"{name}, sequences, logits, mask", name, logit, steps, sequence, mask=mask)
    yield loss_case("sparse, labels of rank 2", "SparseCategoricalCrossentropy", {}, classes[:, None], probabilities)
    yield loss_case("categorical, soft labels", "CategoricalCrossentropy", {}, soft, probabilities)
    yield loss_case(
        "categorical, label smoothing",
        "CategoricalCrossentropy",
        {"label_smoothing": 0.25},
        np.eye(3)[classes],
        probabilities,
    )


def further_cases(draw):
    """Focal crossentropies, margins, divergences and errors in proportion."""
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    labels = (draw.random.random((4, 3)) < 0.5).astype("float64")
    near = (draw.integers((4, 3), 1, 64) / 64).astype("float64")
    logits, steps = draw.grid((4, 3), 4), draw.grid((3, 4, 3), 2)
    classes = np.eye(3)[np.array([2, 0, 1, 2])]
    shares = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0, 1, 0], [0.75, 0.25, 0]])
    positive = (draw.integers((4, 3), 1, 128) / 32).astype("float64")
    counts = draw.integers((4, 3), 0, 5).astype("float64")
    logit = {"from_logits": True}
    binary, several = "BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"
    for config in ({}, {"gamma": 0.5}, {"gamma": 3.0, "alpha": 0.75, "apply_class_balancing": True}):
        yield loss_case(f"{binary} {config}, shares", binary, config, labels, near)
        yield loss_case(f"{binary} {config}, logits", binary, {**config, **logit}, labels, logits)
    yield loss_case(f"{binary}, probabilities 0 and 1", binary, {}, np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[0.0], [1.0], [0.0], [1.0]]))  # fmt: skip
    for config in ({}, {"gamma": 0.5, "alpha": 1.0}):
        yield loss_case(f"{several} {config}, rows that do not add up to 1", several, config, classes, near)
        yield loss_case(f"{several} {config}, logits", several, {**config, **logit}, classes, logits)
    yield loss_case(f"{several}, soft labels", several, {}, shares, near)
    for title, target, prediction in (
        ("Hinge", labels, logits),
        ("Hinge of -1 and 1", 2 * labels - 1, logits),
        ("SquaredHinge", labels, logits),
        ("CategoricalHinge", classes, logits),
        ("CategoricalHinge with ties", classes, np.array([[0.5, 0.5, 1.0], [9.0, 0, 0], [1, 0, 1], [0, 0, 0]])),
        ("LogCosh", logits, draw.grid((4, 3), 4)),
        ("KLDivergence", shares, near),
        ("Poisson", counts, positive),
        ("MeanAbsolutePercentageError", logits, draw.grid((4, 3), 4)),
        ("MeanSquaredLogarithmicError", positive, draw.grid((4, 3), 4)),
    ):
        name = title.split(" ")[0]
        yield loss_case(title, name, {}, target, prediction)
        longer = np.resize(target, (3, 4, 3)).astype("float64")
        yield loss_case(f"{title}, sequences, mask", name, {}, longer, np.abs(steps) + 0.25, mask=mask)
    longer, ones = np.resize(labels, (3, 4, 3)), np.resize(classes, (3, 4, 3))
    yield loss_case(f"{binary}, sequences, mask", binary, logit, longer, steps, mask=mask)
    yield loss_case(f"{several}, sequences, mask", several, logit, ones, steps, mask=mask)
    smooth = {"label_smoothing": 0.25, **logit}
    yield loss_case("BinaryCrossentropy, logits, label smoothing", "BinaryCrossentropy", smooth, labels, logits)
    yield loss_case("CategoricalCrossentropy, logits, label smoothing", "CategoricalCrossentropy", smooth, classes, logits)


def after_activation(draw):
    """Keras computes a crossentropy after its sigmoid or softmax from the logits: nothing is clipped."""
    binary = np.array([[1.0], [0.0], [1.0], [0.0], [1.0]])
    logits = np.array([[60.0], [60.0], [-60.0], [0.5], [-20.0]])
    yield activation_case("sigmoid", "BinaryCrossentropy", binary, logits)
    yield activation_case("sigmoid", "BinaryCrossentropy", np.eye(3)[[0, 2]], draw.grid((2, 3), 30))
    rows = np.array([[90.0, 0, -90], [0, 90, 0], [0.5, -1, 2]])
    yield activation_case("softmax", "CategoricalCrossentropy", np.eye(3)[[2, 0, 1]], rows)
    yield activation_case("softmax", "SparseCategoricalCrossentropy", np.array([2, 0, 1], "int32"), rows)
    # Any other layer between the two (Flatten here) brings the clipped form back.
    yield activation_case("sigmoid", "BinaryCrossentropy", binary, logits, between="Flatten")


def activation_case(activation, class_name, target, logits, between=None):
    """A Dense layer with the identity as its weights, so that its input is the logits. Graph and eager mode agree."""
    width = logits.shape[1]
    with precision("float64"):
        found = []
        for eager in (False, True):
            middle = [getattr(keras.layers, between)()] if between else []
            model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(width, activation=activation), *middle])
            model.compile("sgd", getattr(keras.losses, class_name)(), run_eagerly=eager)
            model.set_weights([np.eye(width), np.zeros(width)])
            evaluated_loss = model.evaluate(logits, target, verbose=0)
            inputs = tf.constant(logits)
            step = loss_and_gradient(model, tf.constant(target))
            loss, gradient = (step if eager else tf.function(step))(inputs)
            assert np.isclose(float(loss), evaluated_loss, rtol=1e-12)
            found.append((loss.numpy(), gradient.numpy()))
        (loss, gradient), (graph_loss, graph_gradient) = found[1], found[0]
        assert np.isclose(loss, graph_loss) and np.allclose(gradient, graph_gradient)
        return {
            "name": f"{activation}, {class_name}, width {width}" + (f", {between} between" if between else ""),
            "activation": activation,
            "className": class_name,
            **({"between": between} if between else {}),
            "logits": tensor(logits),
            "target": tensor(target),
            "loss": number(loss),
            "gradient": tensor(gradient),
        }


def loss_and_gradient(model, target):
    def step(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = model.compute_loss(x=inputs, y=target, y_pred=model(inputs, training=True))
        return loss, tape.gradient(loss, inputs)

    return step
