"""The network of examples/translation.js in Keras, on the CPU: reads numbered sentences as JSON from standard input, trains,
and prints the numbers of the words that it writes for the test's sentences."""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

UNITS = 64
BATCH = 32


def translator(english, french):
    source = keras.Input((None,), dtype="int32")
    target = keras.Input((None,), dtype="int32")
    known = layers.Dropout(0.2)(layers.Embedding(english, 128, mask_zero=True)(source))
    reader = layers.Bidirectional(layers.GRU(UNITS, return_sequences=True, return_state=True))
    read, forwards, backwards = reader(known)
    state = layers.Concatenate()([forwards, backwards])
    words = layers.Dropout(0.2)(layers.Embedding(french, 128, mask_zero=True)(target))
    written = layers.GRU(2 * UNITS, return_sequences=True)(words, initial_state=state)
    found = layers.Attention(use_scale=True)([written, read])
    mixed = layers.Dense(2 * UNITS, activation="tanh")(layers.Concatenate()([written, found]))
    scores = layers.Dense(french, activation="softmax")(layers.Dropout(0.2)(mixed))
    return keras.Model([source, target], scores)


def padded(sentences, width):
    rows = np.zeros((len(sentences), width), "int32")
    for row, words in enumerate(sentences):
        rows[row, : len(words)] = words
    return rows


def main():
    data = json.load(sys.stdin)
    begin, end = data["begin"], data["end"]
    keras.utils.set_random_seed(data["seed"])
    model = translator(data["english"], data["french"])

    def part(name):
        source, target = data[name]["source"], data[name]["target"]
        before = padded([[begin, *words] for words in target], data["longest"] + 1)
        after = padded([[*words, end] for words in target], data["longest"] + 1)
        return [padded(source, data["longestEnglish"]), before], after

    (x, y), validation = part("train"), part("validation")
    rate = keras.optimizers.schedules.CosineDecay(0.003, data["epochs"] * -(-len(y) // BATCH))
    model.compile(
        optimizer=keras.optimizers.Adam(rate, clipnorm=1), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    best = keras.callbacks.EarlyStopping("val_loss", patience=data["epochs"], restore_best_weights=True)
    told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch + 1, logs, file=sys.stderr))
    model.fit(
        x, y, epochs=data["epochs"], batch_size=BATCH, validation_data=validation, callbacks=[best, told], verbose=0
    )

    # As each word depends on those before it alone, the whole model may write: it is shown what it has written so far,
    # always in as many steps, since TensorFlow compiles anew for each number of them.
    source = padded(data["test"], data["longestEnglish"])
    written = np.zeros((len(source), 2 * data["longest"] + 1), "int32")
    written[:, 0] = begin
    for place in range(2 * data["longest"]):
        scores = model.predict([source, written[:, :-1]], batch_size=256, verbose=0)[:, place]
        following = end + scores[:, end:].argmax(axis=1)
        written[:, place + 1] = np.where(written[:, place] == end, end, following)
    print(json.dumps({"keras": keras.__version__, "written": written[:, 1:].tolist()}))


main()
