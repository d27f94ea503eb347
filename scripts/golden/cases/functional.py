"""Functional models: several inputs and outputs, shared layers, models as layers, masks that meet."""

from functools import partial

import keras
import numpy as np

from .layers import set_drawn_weights
from .records import Draw, number, precision, tensor

K = keras.layers


def files():
    """Yields (file name, function that makes its cases)."""
    yield "functional", partial(cases, Draw(900))


def cases(draw):
    for name, make, data in (
        ("several inputs and outputs, a shared layer", several, several_data),
        ("masks that meet", masks, masks_data),
        ("a model twice in a model", nested, nested_data),
        ("an encoder and a decoder that attends", translator, translator_data),
    ):
        with precision("float64"):
            model, losses, weights = make()
            set_drawn_weights(model.weights, draw)
            model.compile(keras.optimizers.SGD(0.1), losses, loss_weights=weights)
            x, y = data(draw)
            start = [{"path": w.path, "tensor": tensor(w.numpy())} for w in model.weights]
            found = model.predict_on_batch(x)
            steps = []
            for _ in range(3):
                model.reset_metrics()
                steps.append(number(np.ravel(model.train_on_batch(x, y))[0]))
            yield {
                "name": name,
                "x": {key: tensor(value) for key, value in x.items()},
                "y": {key: tensor(value) for key, value in y.items()},
                "weights": start,
                "outputs": {key: tensor(value) for key, value in found.items()},
                "losses": steps,
                "after": [tensor(w.numpy()) for w in model.weights],
            }


def several():
    series = keras.Input((None, 3), name="series")
    other = keras.Input((None, 3), name="other")
    shop = keras.Input((2,), name="shop")
    shared = K.GRU(4, name="shared")
    both = K.Concatenate(name="both")([shared(series), shared(other), shop])
    sales = K.Dense(1, name="sales")(both)
    opened = K.Dense(1, activation="sigmoid", name="open")(K.Subtract(name="difference")([shared(series), shared(other)]))
    model = keras.Model({"series": series, "other": other, "shop": shop}, {"sales": sales, "open": opened})
    return model, {"sales": "mse", "open": "binary_crossentropy"}, {"sales": 1.0, "open": 0.5}


def several_data(draw):
    x = {"series": draw.grid((5, 6, 3)), "other": draw.grid((5, 4, 3)), "shop": draw.grid((5, 2))}
    return x, {"sales": draw.grid((5, 1)), "open": (draw.random.random((5, 1)) < 0.5) * 1.0}


def masks():
    words = keras.Input((None,), dtype="int32", name="words")
    marks = keras.Input((None, 2), name="marks")
    embedded = K.Embedding(9, 3, mask_zero=True, name="table")(words)
    projected = K.Dense(3, name="projection")(K.Masking(name="marked")(marks))
    mean = K.Average(name="mean")([embedded, projected])
    states = K.LSTM(3, return_sequences=True, name="reader")(K.Concatenate(name="side")([mean, embedded]))
    each = K.Dense(2, name="each")(states)
    last = K.Dense(1, name="last")(K.GRU(2, name="summary")(states))
    model = keras.Model({"words": words, "marks": marks}, {"each": each, "last": last})
    return model, {"each": "mse", "last": "mse"}, {"each": 2.0, "last": 1.0}


def masks_data(draw):
    words = draw.integers((4, 5), 1, 9)
    words[0, 3:] = 0
    words[2, :2] = 0
    marks = draw.grid((4, 5, 2))
    marks[1, 4] = 0
    marks[2, 1] = 0
    return {"words": words, "marks": marks}, {"each": draw.grid((4, 5, 2)), "last": draw.grid((4, 1))}


def nested():
    piece = keras.Input((None, 2), name="piece")
    inner = keras.Model(piece, K.Dense(3, activation="tanh", name="squeeze")(K.GRU(3, name="state")(piece)), name="tower")
    left, right = keras.Input((None, 2), name="left"), keras.Input((None, 2), name="right")
    product = K.Multiply(name="product")([inner(left), inner(right)])
    model = keras.Model({"left": left, "right": right}, {"like": K.Dense(1, name="like")(product)})
    return model, {"like": "mse"}, None


def nested_data(draw):
    return {"left": draw.grid((4, 5, 2)), "right": draw.grid((4, 3, 2))}, {"like": draw.grid((4, 1))}


def translator():
    """The decoder starts from the states of both directions, and reads the masked words by attention."""
    words, before = (keras.Input((None,), dtype="int32", name=name) for name in ("words", "before"))
    both = K.Bidirectional(K.LSTM(2, return_sequences=True, return_state=True, name="reader"), name="encoder")
    read, *states = both(K.Embedding(9, 3, mask_zero=True, name="source")(words))
    start = [K.Concatenate(name=name)([states[i], states[i + 2]]) for i, name in enumerate(("hidden", "carry"))]
    embedded = K.Embedding(7, 3, mask_zero=True, name="target")(before)
    # Keras forgets the mask of a sequence that is called with states, unless it is given once more.
    counts = keras.ops.not_equal(before, 0)
    written = K.LSTM(4, return_sequences=True, name="decoder")(embedded, initial_state=start, mask=counts)
    looked = K.AdditiveAttention(name="attention")([written, read])
    logits = K.Dense(7, activation="softmax", name="next")(K.Concatenate(name="side")([written, looked]))
    return keras.Model({"words": words, "before": before}, {"next": logits}), {"next": "sparse_categorical_crossentropy"}, None


def translator_data(draw):
    # Each token once in a batch: see training-repeated-tokens.
    words = np.array([[3, 1, 0, 0], [2, 8, 4, 0], [5, 6, 7, 0]], "int32")
    before = np.array([[1, 4, 0], [2, 0, 0], [3, 5, 6]], "int32")
    return {"words": words, "before": before}, {"next": draw.integers((3, 3), 0, 7)}
