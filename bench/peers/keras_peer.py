"""Keras 3 on the CPU; KERAS_BACKEND chooses tensorflow (default), jax or torch."""

import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras  # noqa: E402
from keras import layers  # noqa: E402
from workloads import EMBEDDING, VOCABULARY, data, is_text, main, milliseconds, predicted, trained  # noqa: E402

CELLS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


class Clock(keras.callbacks.Callback):
    """Times calls, each of which runs one or several steps, and epochs."""

    def __init__(self):
        super().__init__()
        self.calls, self.epoch_ms = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_start, self.steps_done = time.perf_counter(), 0

    def on_epoch_end(self, epoch, logs=None):
        self.epoch_ms.append(milliseconds(self.epoch_start))

    def on_train_batch_begin(self, batch, logs=None):
        self.call_start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        elapsed = milliseconds(self.call_start)
        done = min(batch + 1, self.params["steps"])  # the last call of an epoch may run fewer steps than its index says
        self.calls.append((elapsed, done - self.steps_done))
        self.steps_done = done


def model_of(work):
    text = is_text(work)
    options = {"dropout": work.get("dropout", 0), "recurrent_dropout": work.get("recurrentDropout", 0)}
    last = len(work["cells"]) - 1
    model = keras.Sequential([keras.Input((work["steps"],) if text else (work["steps"], 1))])
    if text:
        model.add(layers.Embedding(VOCABULARY, EMBEDDING))
    for i, cell in enumerate(work["cells"]):
        model.add(CELLS[cell](work["units"], return_sequences=i < last, **options))
    model.add(layers.Dense(1, activation="sigmoid" if text else None))
    model.compile(
        optimizer="adam",
        loss="binary_crossentropy" if text else "mean_squared_error",
        metrics=["accuracy"] if text else None,
        steps_per_execution=work.get("stepsPerExecution", 1),
    )
    return model


def run(work):
    model = model_of(work)
    x, y = data(work)
    if "predict" in work:
        yield from predicted(model.predict_on_batch, x, work["predict"])
        return
    clock = Clock()
    split = work.get("validationSplit", 0)
    history = model.fit(
        x, y, batch_size=work["batch"], epochs=work["epochs"], validation_split=split, callbacks=[clock], verbose=0
    )
    steps_an_epoch = -(-int(len(x) * (1 - split)) // work["batch"])
    yield trained(clock.calls, clock.epoch_ms, steps_an_epoch, history.history["loss"][-1])


if __name__ == "__main__":
    main(f"keras {keras.__version__} {keras.backend.backend()}", run)
