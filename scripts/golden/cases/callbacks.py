"""What EarlyStopping and ReduceLROnPlateau decide on given sequences of a metric."""

from types import SimpleNamespace

import keras
import numpy as np
from keras.src.trainers.compile_utils import MetricsList

from .records import number, precision

SERIES = {
    "falling": [1.0, 0.8, 0.9, 0.7, 0.71, 0.72, 0.73, 0.69, 0.68, 0.7, 0.7, 0.7, 0.7, 0.7],
    "rising": [0.5, 0.6, 0.6, 0.7, 0.65, 0.66, 0.64, 0.71, 0.7, 0.7, 0.7, 0.7],
    "slow": [1.0, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.5, 0.5, 0.5, 0.5, 0.5],
    "equal": [1.0, 1.0, 1.0],
    "halving": [2.0, 1.0, 0.5, 0.25],
}
EARLY_STOPPING = [
    ("falling", {}),
    ("falling", {"patience": 2}),
    ("falling", {"patience": 3}),
    ("falling", {"patience": 4, "min_delta": 0.02}),
    ("falling", {"patience": 2, "start_from_epoch": 4}),
    ("falling", {"patience": 2, "baseline": 0.85}),
    ("falling", {"patience": 2, "baseline": 0.5}),
    ("falling", {"patience": 3, "restore_best_weights": True}),
    ("falling", {"patience": 30, "restore_best_weights": True}),
    ("falling", {"monitor": "loss", "patience": 2}),
    ("slow", {"patience": 2, "min_delta": 0.045}),
    ("equal", {}),
    ("halving", {"patience": 1}),
    ("rising", {"monitor": "val_accuracy", "patience": 2}),
    ("rising", {"monitor": "val_accuracy", "patience": 3, "mode": "max"}),
    ("rising", {"monitor": "val_accuracy", "patience": 2, "mode": "min"}),
]
PLATEAU = [
    ("falling", {}),
    ("falling", {"patience": 2}),
    ("falling", {"patience": 1, "factor": 0.5}),
    ("falling", {"patience": 1, "factor": 0.5, "cooldown": 2}),
    ("falling", {"patience": 1, "factor": 0.5, "cooldown": 1, "min_lr": 0.02}),
    ("slow", {"patience": 2}),
    ("slow", {"patience": 2, "min_delta": 0.045}),
    ("rising", {"monitor": "val_accuracy", "patience": 2, "factor": 0.5}),
    ("rising", {"monitor": "val_accuracy", "patience": 2, "factor": 0.5, "mode": "min"}),
    ("falling", {"patience": 3, "factor": 0.5, "mode": "max"}),
]


def files():
    """Yields (file name, function that makes its cases)."""
    yield "callbacks", callback_cases


def callback_cases():
    for series, config in EARLY_STOPPING:
        yield early_stopping_case(series, config)
    for series, config in PLATEAU:
        yield plateau_case(series, config)


def epochs(callback, values):
    """Runs the callback through the epochs as fit would, and yields (epoch, logs) after each."""
    model = SimpleNamespace(
        stop_training=False,
        weights_of_epoch=None,
        metrics=[MetricsList([keras.metrics.BinaryAccuracy(name="accuracy")])],
        optimizer=SimpleNamespace(learning_rate=0.1),
    )
    model.get_weights = lambda: model.epoch
    model.set_weights = lambda epoch: setattr(model, "weights_of_epoch", epoch)
    callback.set_model(model)
    callback.on_train_begin()
    for model.epoch, value in enumerate(values):
        logs = {callback.monitor: value}
        callback.on_epoch_end(model.epoch, logs)
        yield model, logs
        if model.stop_training:
            break
    callback.on_train_end()


def described(name, series, config):
    words = ", ".join([series, *(f"{k} {v}" for k, v in config.items())])
    return {"name": f"{name} {words}", "className": name, "config": config, "values": SERIES[series]}


def early_stopping_case(series, config):
    with precision("float64"):
        callback = keras.callbacks.EarlyStopping(**config)
        ran = list(epochs(callback, SERIES[series]))
    return {
        **described("EarlyStopping", series, config),
        "epochs": len(ran),
        "stopped": ran[-1][0].stop_training,
        "bestEpoch": callback.best_epoch,
        "best": callback.best,
        "restoredEpoch": ran[-1][0].weights_of_epoch,
    }


def plateau_case(series, config):
    """`logged` is what the epoch's logs say, the rate it ran with; `learningRates` holds from the next epoch on."""
    with precision("float64"):
        callback = keras.callbacks.ReduceLROnPlateau(**config)
        rates, logged = [], []
        for model, logs in epochs(callback, SERIES[series]):
            rates.append(number(np.asarray(model.optimizer.learning_rate)))
            logged.append(number(logs["learning_rate"]))
    return {
        **described("ReduceLROnPlateau", series, config),
        "learningRate": 0.1,
        "learningRates": rates,
        "logged": logged,
    }
