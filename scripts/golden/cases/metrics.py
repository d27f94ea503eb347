"""Metrics on fixed arrays, with ties and values on thresholds; which accuracy `"accuracy"` stands for."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend
from keras.src.trainers.compile_utils import get_metric

from .records import Draw, number, precision, tensor

# Target and prediction shapes as a model compiled with metrics=["accuracy"] meets them.
SHAPE_PAIRS = [
    ((4,), (4, 1)),
    ((4, 1), (4, 1)),
    ((4,), (4, 3)),
    ((4, 1), (4, 3)),
    ((4, 3), (4, 3)),
    ((4, 6), (4, 6, 3)),
    ((4, 6, 1), (4, 6, 3)),
    ((4, 6, 3), (4, 6, 3)),
    ((4, 6, 1), (4, 6, 1)),
    ((4, 6), (4, 6, 1)),
]
NAMES = [
    "accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "mse",
    "mean_squared_error", "mae", "mean_absolute_error", "root_mean_squared_error", "auc", "AUC", "precision", "recall",
]  # fmt: skip


def files():
    """Yields (file name, function that makes its cases)."""
    yield "metrics", partial(metric_cases, Draw(400))
    yield "metric-names", name_cases
    yield "metrics-of-classes-and-errors", partial(further_cases, Draw(401))
    yield "metrics-weighted", partial(weighted_cases, Draw(402))


def metric_case(name, class_name, updates, config=None, masks=None, weights=None):
    """`updates` are (target, prediction) pairs, one a batch, perhaps with the weight of each row or step; the value after each."""
    values = {}
    # TensorFlow has no top k of float64.
    for dtype in ("float32", "float64")[: 1 if "TopK" in class_name else 2]:
        with precision(dtype):
            metric = getattr(keras.metrics, class_name)(**(config or {}))
            values[dtype] = []
            for i, (target, prediction) in enumerate(updates):
                given = tf.constant(prediction, dtype)
                if masks:
                    backend.set_keras_mask(given, tf.constant(masks[i]))
                metric.update_state(tf.constant(target), given, None if weights is None else tf.constant(weights[i], dtype))
                values[dtype].append(number(metric.result()))
    record = {"name": name, "className": class_name, "config": config or {}, "updates": []}
    for i, (target, prediction) in enumerate(updates):
        update = {"target": tensor(target), "prediction": tensor(prediction)}
        if masks:
            update["mask"] = tensor(masks[i])
        if weights:
            update["weights"] = tensor(weights[i])
        record["updates"].append(update)
    return {**record, "values": values.get("float64", values["float32"]), "values32": values["float32"]}


def metric_cases(draw):
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    yield from regression_cases(draw, mask)
    yield from accuracy_cases(draw, mask)
    yield from threshold_cases(draw, mask)


def regression_cases(draw, mask):
    for name in ("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError"):
        two = [(draw.grid((n, 2), 2), draw.grid((n, 2), 2)) for n in (5, 2)]
        yield metric_case(f"{name}, two batches", name, two)
        yield metric_case(f"{name}, target of rank 1", name, [(draw.grid((5,), 2), draw.grid((5, 1), 2))])
        steps = [(draw.grid((3, 4, 1), 2), draw.grid((3, 4, 1), 2))]
        yield metric_case(f"{name}, sequences", name, steps)
        yield metric_case(f"{name}, sequences, mask", name, steps, masks=[mask])


def accuracy_cases(draw, mask):
    half = np.array([[0.5], [0.515625], [0.484375], [1.0], [0.0]])
    labels = np.array([[1.0], [1.0], [1.0], [0.0], [0.0]])
    binary = [(labels, half), (labels[:2], half[2:4])]
    yield metric_case("binary accuracy, 0.5 is no", "BinaryAccuracy", binary)
    yield metric_case("binary accuracy, target of rank 1", "BinaryAccuracy", [(labels[:, 0], half)])
    yield metric_case("binary accuracy, threshold", "BinaryAccuracy", binary, {"threshold": 0.25})
    several = [(np.eye(3)[[0, 1]], np.array([[0.75, 0.25, 0.5], [0.75, 0.75, 0.75]]))]
    yield metric_case("binary accuracy, several outputs", "BinaryAccuracy", several)
    steps = [((draw.random.random((3, 4, 1)) < 0.5) * 1.0, draw.integers((3, 4, 1), 0, 65) / 64)]
    yield metric_case("binary accuracy, sequences", "BinaryAccuracy", steps)
    yield metric_case("binary accuracy, sequences, mask", "BinaryAccuracy", steps, masks=[mask])
    # The first of equal largest values is the class.
    ties = np.array([[0.25, 0.5, 0.25], [0.375, 0.375, 0.25], [0.25, 0.375, 0.375], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]])
    classes = np.array([1, 1, 2, 0, 2], "int32")
    yield metric_case("categorical accuracy, ties", "CategoricalAccuracy", [(np.eye(3)[classes], ties)])
    yield metric_case("sparse accuracy, ties", "SparseCategoricalAccuracy", [(classes, ties), (classes[:2], ties[3:])])
    yield metric_case("sparse accuracy, labels of rank 2", "SparseCategoricalAccuracy", [(classes[:, None], ties)])
    steps = [(draw.integers((3, 4), 0, 3), draw.grid((3, 4, 3), 2))]
    yield metric_case("sparse accuracy, sequences", "SparseCategoricalAccuracy", steps)
    yield metric_case("sparse accuracy, sequences, mask", "SparseCategoricalAccuracy", steps, masks=[mask])


def threshold_cases(draw, mask):
    labels = np.array([1, 0, 1, 1, 0, 0, 1, 0.0])[:, None]
    scores = np.array([0.5, 0.5, 0.75, 0.25, 0.25, 0.0, 1.0, 0.625])[:, None]
    many = [((draw.random.random((40, 1)) < 0.4) * 1.0, draw.integers((40, 1), 0, 65) / 64) for _ in range(3)]
    steps = [((draw.random.random((3, 4, 1)) < 0.5) * 1.0, draw.integers((3, 4, 1), 0, 65) / 64)]
    for name in ("AUC", "Precision", "Recall"):
        yield metric_case(f"{name}, ties and thresholds", name, [(labels, scores)])
        yield metric_case(f"{name}, three batches", name, many)
        yield metric_case(f"{name}, target of rank 1", name, [(labels[:, 0], scores)])
        yield metric_case(f"{name}, one class only", name, [(np.ones((3, 1)), scores[:3])])
        yield metric_case(f"{name}, no positive", name, [(np.zeros((3, 1)), scores[:3])])
        yield metric_case(f"{name}, sequences", name, steps)
        # Unlike the means above, these three (and RootMeanSquaredError) count masked steps.
        yield metric_case(f"{name}, sequences, mask", name, steps, masks=[mask])
    yield metric_case("AUC, perfect", "AUC", [(labels, labels)])
    yield metric_case("AUC, all equal", "AUC", [(labels, np.full_like(labels, 0.25))])
    yield metric_case("AUC, PR curve", "AUC", many, {"curve": "PR"})
    yield metric_case("AUC, 5 thresholds", "AUC", many, {"num_thresholds": 5})
    yield metric_case("Precision, threshold", "Precision", many, {"thresholds": 0.75})
    yield metric_case("Recall, threshold", "Recall", many, {"thresholds": 0.75})


def further_cases(draw):
    """Top-k with ties, F1, R2, and losses as metrics."""
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    scores, classes = draw.integers((9, 5), 0, 9) / 8, draw.integers((9,), 0, 5)
    rows = np.eye(5)[classes]
    steps = [(draw.integers((3, 4), 0, 5), draw.integers((3, 4, 5), 0, 9) / 8)]
    for k in (1, 2, 3):
        yield metric_case(f"top {k}, ties", "TopKCategoricalAccuracy", [(rows, scores)], {"k": k})
        yield metric_case(f"sparse top {k}, ties", "SparseTopKCategoricalAccuracy", [(classes, scores)], {"k": k})
    yield metric_case("sparse top 2, mask", "SparseTopKCategoricalAccuracy", steps, {"k": 2}, masks=[mask])
    many = [(rows, scores), (rows[:4], scores[3:7])]
    labels = (draw.random.random((9, 5)) < 0.4) * 1.0
    for average in ("micro", "macro", "weighted"):
        yield metric_case(f"F1, {average}, two batches", "F1Score", many, {"average": average})
        config = {"average": average, "threshold": 0.5}
        yield metric_case(f"F1, {average}, threshold", "F1Score", [(labels, scores)], config)
    yield metric_case("F1, nothing predicted", "F1Score", [(rows, np.zeros_like(scores))], {"average": "macro"})
    numbers = [(draw.grid((n, 3), 2), draw.grid((n, 3), 2)) for n in (5, 4)]
    flat = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 4.0]])
    for way in ("uniform_average", "variance_weighted_average"):
        yield metric_case(f"R2, {way}, two batches", "R2Score", numbers, {"class_aggregation": way})
        constant = [(flat, flat + np.array([[0.5, 0.25]]))]
        yield metric_case(f"R2, {way}, a target that never changes", "R2Score", constant, {"class_aggregation": way})
    for name, target, prediction in (
        ("BinaryCrossentropy", labels, (1 + 8 * scores) / 10),
        ("CategoricalCrossentropy", rows, (1 + 8 * scores) / 10),
        ("SparseCategoricalCrossentropy", classes, (1 + 8 * scores) / 10),
        ("MeanAbsolutePercentageError", numbers[0][0], numbers[0][1]),
        ("LogCoshError", numbers[0][0], numbers[0][1]),
    ):
        yield metric_case(f"{name} as a metric", name, [(target, prediction)])


def name_cases():
    """Which class a name stands for and what it is called in the logs of fit."""
    for target, prediction in SHAPE_PAIRS:
        metric = get_metric("accuracy", tf.zeros(target), tf.zeros(prediction))
        yield {
            "name": f"accuracy, target {list(target)}, prediction {list(prediction)}",
            "metric": "accuracy",
            "targetShape": list(target),
            "predictionShape": list(prediction),
            "className": type(metric).__name__,
            "logName": metric.name,
        }
    for name in NAMES:
        metric = get_metric(name, tf.zeros((4, 1)), tf.zeros((4, 1)))
        yield {
            "name": f"{name} in the logs",
            "metric": name,
            "targetShape": [4, 1],
            "predictionShape": [4, 1],
            "className": type(metric).__name__,
            "logName": metric.name,
        }


def weighted_cases(draw):
    """Every metric with a weight for each row, those of sequences with one for each step, masked and not."""
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]], bool)
    labels = (draw.random.random((7, 1)) < 0.5).astype("float64")
    several = (draw.random.random((7, 3)) < 0.5).astype("float64")
    shares = (draw.integers((7, 3), 1, 64) / 64).astype("float64")
    classes, near = draw.integers((7,), 0, 3), draw.grid((7, 3), 2)
    one_hot, exact = np.eye(3)[classes], draw.grid((7, 3), 2)
    weights = [draw.integers((7,), 0, 9) / 4]
    for name, target, prediction, config in (
        ("MeanSquaredError", exact, near, {}),
        ("MeanAbsoluteError", exact, near, {}),
        ("RootMeanSquaredError", exact, near, {}),
        ("MeanAbsolutePercentageError", exact, near, {}),
        ("LogCoshError", exact, near, {}),
        ("R2Score", exact, near, {}),
        ("R2Score", exact, near, {"class_aggregation": "variance_weighted_average"}),
        ("BinaryAccuracy", several, shares, {"threshold": 0.25}),
        ("BinaryCrossentropy", several, shares, {}),
        ("CategoricalAccuracy", one_hot, shares, {}),
        ("CategoricalCrossentropy", one_hot, shares, {}),
        ("SparseCategoricalAccuracy", classes, shares, {}),
        ("SparseCategoricalCrossentropy", classes, shares, {}),
        ("TopKCategoricalAccuracy", one_hot, shares, {"k": 2}),
        ("SparseTopKCategoricalAccuracy", classes, shares, {"k": 2}),
        ("F1Score", one_hot, shares, {"average": "macro"}),
        ("F1Score", several, shares, {"average": "weighted", "threshold": 0.5}),
        ("F1Score", several, shares, {"average": "micro", "threshold": 0.25}),
        ("Precision", labels, shares[:, :1], {}),
        ("Recall", labels, shares[:, :1], {"thresholds": 0.25}),
        ("AUC", labels, shares[:, :1], {}),
    ):
        words = ", ".join(map(str, config.values()))
        yield metric_case(f"{name} {words}".strip(), name, [(target, prediction)], config, weights=weights)
    near, exact, one_hot = draw.grid((3, 4, 3), 2), draw.grid((3, 4, 3), 2), np.eye(3)[draw.integers((3, 4), 0, 3)]
    shares = (draw.integers((3, 4, 3), 1, 64) / 64).astype("float64")
    flags = (draw.random.random((3, 4, 3)) < 0.5).astype("float64")
    for name, target, prediction in (
        ("MeanSquaredError", exact, near),
        ("MeanAbsolutePercentageError", exact, near),
        ("LogCoshError", exact, near),
        ("BinaryAccuracy", flags, shares),
        ("BinaryCrossentropy", flags, shares),
        ("CategoricalAccuracy", one_hot, shares),
        ("CategoricalCrossentropy", one_hot, shares),
        ("TopKCategoricalAccuracy", one_hot, shares),
    ):
        config = {"k": 2} if name.startswith("TopK") else {}
        yield metric_case(f"{name}, sequences, mask", name, [(target, prediction)], config, masks=[mask])
        steps = [draw.integers((3, 4), 0, 9) / 4]
        yield metric_case(f"{name}, a weight a step, mask", name, [(target, prediction)], config, [mask], steps)
