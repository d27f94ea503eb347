"""Keras 3 on the CPU; KERAS_BACKEND chooses tensorflow (default), jax or torch."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from workloads import FirstStep, Stopwatch, classifies, main, reads_tokens, timed_predictions, training_rows  # noqa: E402

CELLS = {"rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}
BUCKET = 100
"""Lengths of buckets are multiples of this: each new length is compiled anew."""


def model_of(work, options):
    cell = {
        "dropout": work.get("dropout", 0),
        "recurrent_dropout": work.get("recurrentDropout", 0),
        "unroll": options.get("unroll", False),
    }
    last = len(work["cells"]) - 1
    steps = None if options.get("bucketed") else work["steps"]
    model = keras.Sequential([keras.Input((steps,) if reads_tokens(work) else (steps, work["inputs"]))])
    if reads_tokens(work):
        model.add(layers.Embedding(work["vocabulary"], work["inputs"], mask_zero=work.get("mask", False)))
    for i, name in enumerate(work["cells"]):
        model.add(CELLS[name](work["units"], return_sequences=i < last, **cell))
    model.add(layers.Dense(1, activation="sigmoid" if classifies(work) else None))
    model.compile(
        optimizer="adam",
        loss="binary_crossentropy" if classifies(work) else "mean_squared_error",
        metrics=["accuracy"] if classifies(work) else None,
        steps_per_execution=options.get("stepsPerExecution", 1),
        jit_compile=options.get("jitCompile", "auto"),
    )
    return model


class Buckets(keras.utils.PyDataset):
    """Batches of rows of like length, cut to the longest of them; all but two in a new order in every epoch."""

    def __init__(self, x, y, batch):
        super().__init__()
        lengths = (x != 0).sum(axis=1)
        padded_before = x[:, -1].any()
        order = np.argsort(lengths, kind="stable")
        self.batches = []
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            width = min(x.shape[1], -(-int(lengths[rows].max()) // BUCKET) * BUCKET)
            self.batches.append((x[rows, -width:] if padded_before else x[rows, :width], y[rows]))
        # The first two, a short and a long one, tell TensorFlow to expect many lengths; they keep their places.
        self.batches.insert(1, self.batches.pop())

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]

    def on_epoch_end(self):
        rest = self.batches[2:]
        np.random.default_rng(0).shuffle(rest)
        self.batches[2:] = rest


class Watch(keras.callbacks.Callback):
    def __init__(self, first):
        super().__init__()
        self.first = first

    def on_train_batch_end(self, batch, logs=None):
        if self.first.end is None:
            float(logs["loss"])  # JAX would still be at it
            self.first.done()


def run(work, x, y, options):
    if "predict" in work:
        model = model_of(work, options)
        yield from timed_predictions(lambda part: np.asarray(model.predict_on_batch(part)), x, work["predict"])
        return
    first = FirstStep()
    model = model_of(work, options)
    if options.get("bucketed"):
        given = {"x": Buckets(x, y, work["batch"])}
    else:
        given = {"x": x, "y": y, "batch_size": work["batch"], "validation_split": work.get("validationSplit", 0)}
    model.fit(**given, callbacks=[Watch(first)], verbose=0)
    model.fit(**given, verbose=0)
    clock = Stopwatch()
    history = model.fit(**given, epochs=work["epochs"], verbose=0).history
    steps = work["epochs"] * -(-training_rows(work) // work["batch"])
    yield {**clock.line(steps), "loss": history["loss"][-1], **first.line()}


if __name__ == "__main__":
    main(f"Keras {keras.__version__}, {keras.backend.backend()}", run)
