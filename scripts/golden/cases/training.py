"""Whole trainings: single steps with the weights after each, and fit with its history."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras.src.trainers.data_adapters.array_slicing import train_validation_split

from .layers import build, described, named, set_drawn_weights
from .optimizers import make_optimizer
from .records import Draw, number, precision, seven_digits, tensor

SEQUENCES = {"return_sequences": True}
SIGMOID = ("Dense", {"units": 1, "activation": "sigmoid"})
ADAM = {"learning_rate": 0.01}


def files():
    """Yields (file name, function that makes its cases)."""
    yield "training", partial(training_cases, Draw(600))
    yield "training-repeated-tokens", partial(repeated_cases, Draw(601))
    yield "training-stateful", partial(stateful_cases, Draw(603))
    yield "fit", partial(fit_cases, Draw(602))
    yield "fit-weighted", partial(weighted_cases, Draw(604))
    yield "training-options", partial(option_cases, Draw(605))
    yield "training-options-more", partial(further_option_cases, Draw(606))
    yield "validation-split", split_cases


def embedding(mask_zero=False):
    return ("Embedding", {"input_dim": 20, "output_dim": 8, "mask_zero": mask_zero})


def distinct_tokens(draw, rows, steps, padded=False):
    """No token twice in a batch, but for padding: Keras on TensorFlow treats repeated ones in a way of its own."""
    tokens = draw.random.permutation(np.arange(1, 20))[: rows * steps]
    tokens = np.concatenate([tokens, np.zeros(rows * steps - len(tokens), int)]).reshape(rows, steps).astype("int32")
    if padded:
        for i in range(rows):
            tokens[i, : i % steps] = 0
    return tokens


def compiled(layers, shape, draw, optimizer, loss, metrics=None, weighted_metrics=None):
    made = make_optimizer(*optimizer)
    model = keras.Sequential(build(layers))
    model.build(shape)
    set_drawn_weights(model.weights, draw)
    model.compile(made, loss, metrics=metrics, weighted_metrics=weighted_metrics)
    return model


def compile_record(optimizer, loss, metrics=None):
    name, config = optimizer
    record = {"optimizer": {"className": name, "config": config}, "loss": loss}
    return {**record, "metrics": metrics} if metrics else record


def training_cases(draw):
    def labels(*shape):
        return (draw.random.random(shape) < 0.5) * 1.0

    for name, layers, make_x, make_y, optimizer, loss in (
        (
            "embedding, gru, adam, binary crossentropy",
            [embedding(), ("GRU", {"units": 5}), SIGMOID],
            lambda: distinct_tokens(draw, 4, 5),
            lambda: labels(4, 1),
            ("Adam", ADAM),
            "binary_crossentropy",
        ),
        (
            "embedding, lstm, adam, mse",
            [embedding(), ("LSTM", {"units": 5}), ("Dense", {"units": 1})],
            lambda: distinct_tokens(draw, 3, 6),
            lambda: draw.grid((3, 1), 1),
            ("Adam", ADAM),
            "mean_squared_error",
        ),
        (
            "masked embedding, gru, adam, binary crossentropy",
            [embedding(mask_zero=True), ("GRU", {"units": 5}), SIGMOID],
            lambda: distinct_tokens(draw, 4, 5, padded=True),
            lambda: labels(4, 1),
            ("Adam", ADAM),
            "binary_crossentropy",
        ),
        (
            "simple rnn, softmax, sgd with momentum, sparse categorical crossentropy",
            [("SimpleRNN", {"units": 4}), ("Dense", {"units": 3, "activation": "softmax"})],
            lambda: draw.grid((3, 4, 2), 1.5),
            lambda: draw.integers((3,), 0, 3),
            ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
            "sparse_categorical_crossentropy",
        ),
        (
            "gru, gru before, rmsprop, mean absolute error",
            [("GRU", {"units": 4, **SEQUENCES}), ("GRU", {"units": 3, "reset_after": False}), ("Dense", {"units": 2})],
            lambda: draw.grid((5, 6, 2), 1.5),
            lambda: draw.grid((5, 2), 1),
            ("RMSprop", {"learning_rate": 0.01}),
            "mean_absolute_error",
        ),
    ):
        batches = [(make_x(), make_y()) for _ in range(3)]
        yield training_case(name, layers, batches, draw, optimizer, loss)


def repeated_cases(draw):
    """Adam squares the summed gradient of a token. Keras on TensorFlow alone sums the squares of its occurrences."""
    layers = [("Embedding", {"input_dim": 6, "output_dim": 3}), ("GRU", {"units": 4}), SIGMOID]
    batches = [(draw.integers((4, 5), 0, 5), np.array([[1.0], [0.0], [0.0], [1.0]])) for _ in range(3)]
    for title, summed in (("gradients summed", True), ("as Keras on TensorFlow", False)):
        for optimizer in (("Adam", ADAM), ("SGD", {"learning_rate": 0.5, "global_clipnorm": 0.05})):
            name = f"{title}, {optimizer[0].lower()}"
            yield training_case(name, layers, batches, Draw(610), optimizer, "binary_crossentropy", summed)


def stateful_cases(draw):
    """States go from batch to batch: while training, then while predicting twice, and once more after a reset."""
    stateful = {"stateful": True}
    for name, layers, make_x in (
        (
            "gru, lstm, sgd",
            [("GRU", {"units": 4, **SEQUENCES, **stateful}), ("LSTM", {"units": 3, **stateful}), ("Dense", {"units": 2})],
            lambda: draw.grid((3, 4, 2), 1.5),
        ),
        (
            "masked embedding, simple rnn backwards, gru before, sgd",
            [
                embedding(mask_zero=True),
                ("SimpleRNN", {"units": 4, "go_backwards": True, **SEQUENCES, **stateful}),
                ("GRU", {"units": 3, "reset_after": False, **stateful}),
                ("Dense", {"units": 2}),
            ],
            lambda: distinct_tokens(draw, 3, 5, padded=True),
        ),
        (
            "bidirectional lstm, sgd",
            [("Bidirectional", {"layer": ("LSTM", {"units": 3, **stateful})}), ("Dense", {"units": 2})],
            lambda: draw.grid((3, 4, 2), 1.5),
        ),
        (
            "rnn of an lstm cell, sgd",
            [("RNN", {"cell": ("LSTMCell", {"units": 3}), **stateful}), ("Dense", {"units": 2})],
            lambda: draw.grid((3, 4, 2), 1.5),
        ),
        (
            "stacked cells backwards, sgd",
            [
                ("RNN", {"cell": [("GRUCell", {"units": 2}), ("LSTMCell", {"units": 3})], "go_backwards": True, **stateful}),
                ("Dense", {"units": 2}),
            ],
            lambda: draw.grid((3, 4, 2), 1.5),
        ),
        (
            "masked embedding, sum of both directions of a gru, sgd",
            [
                embedding(mask_zero=True),
                ("Bidirectional", {"layer": ("GRU", {"units": 3, **stateful}), "merge_mode": "sum"}),
                ("Dense", {"units": 2}),
            ],
            lambda: distinct_tokens(draw, 3, 5, padded=True),
        ),
    ):
        batches = [(make_x(), draw.grid((3, 2), 1)) for _ in range(3)]
        optimizer = ("SGD", {"learning_rate": 0.5})

        def predictions(model):
            x = batches[0][0]
            found = [model.predict_on_batch(x), model.predict_on_batch(x)]
            for layer in model.layers:
                # Keras cannot reset states that lie within lists, which those of stacked cells do.
                if isinstance(layer, keras.layers.RNN):
                    for state in keras.tree.flatten(layer.states):
                        state.assign(np.zeros(state.shape))
                elif hasattr(layer, "reset_state"):
                    layer.reset_state()
            return {"predictions": [tensor(y) for y in [*found, model.predict_on_batch(x)]]}

        yield training_case(name, layers, batches, draw, optimizer, "mean_squared_error", then=predictions)


def training_case(name, layers, batches, draw, optimizer, loss, summed=None, then=None):
    """One step a batch: the loss before it, the weights after it. `then` adds to the record."""
    with precision("float64"):
        model = compiled(layers, batches[0][0].shape, draw, optimizer, loss)
        start = named(model.weights)
        losses, after = [], []
        for x, y in batches:
            if summed:
                losses.append(number(summed_step(model, x, y)))
            else:
                model.reset_metrics()
                losses.append(number(model.train_on_batch(x, y)))
            after.append([tensor(w.numpy()) for w in model.weights])
        return {
            "name": name,
            "layers": described(layers),
            **compile_record(optimizer, loss),
            "weights": start,
            "batches": [{"x": tensor(x), "y": tensor(y)} for x, y in batches],
            "losses": losses,
            "after": after,
            **(then(model) if then else {}),
        }


def summed_step(model, x, y):
    """train_on_batch, but with the embedding's gradient as one dense table, as every other backend has it."""
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=tf.constant(y), y_pred=model(x, training=True))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in variables])
    model.optimizer.apply([tf.convert_to_tensor(g) for g in gradients], variables)
    return loss


def fit_cases(draw):
    plain = {"batch_size": 3, "epochs": 2, "shuffle": False, "validation_split": 0.2}
    tokens = np.concatenate([distinct_tokens(draw, 3, 5) for _ in range(3)] + [distinct_tokens(draw, 1, 5)])
    padded = np.concatenate(
        [distinct_tokens(draw, 3, 6, padded=True) for _ in range(3)] + [distinct_tokens(draw, 1, 6)]
    )
    adam = ("Adam", {"learning_rate": 0.05})
    yield fit_case(
        "embedding, gru, accuracy, last short batch",
        [embedding(), ("GRU", {"units": 5}), SIGMOID],
        tokens,
        (draw.random.random((10, 1)) < 0.5) * 1.0,
        plain,
        draw,
        adam,
        "binary_crossentropy",
        ["accuracy"],
    )
    yield fit_case(
        "gru, gru, regression metrics",
        [("GRU", {"units": 4, **SEQUENCES}), ("GRU", {"units": 3}), ("Dense", {"units": 1})],
        draw.grid((11, 5, 1), 1),
        draw.grid((11, 1), 1),
        {**plain, "batch_size": 4, "validation_split": 0.25},
        draw,
        adam,
        "mean_squared_error",
        ["mae", "root_mean_squared_error"],
    )
    yield fit_case(
        "lstm, softmax, accuracy, no validation",
        [("LSTM", {"units": 4}), ("Dense", {"units": 3, "activation": "softmax"})],
        draw.grid((7, 4, 2), 1.5),
        draw.integers((7,), 0, 3),
        {"batch_size": 4, "epochs": 3, "shuffle": False},
        draw,
        adam,
        "sparse_categorical_crossentropy",
        ["accuracy"],
    )
    # A label a step: a batch's mean is over its unmasked steps, the epoch's mean is over rows, masked steps or not.
    yield fit_case(
        "masked embedding, gru, a label a step",
        [embedding(mask_zero=True), ("GRU", {"units": 4, **SEQUENCES}), SIGMOID],
        padded,
        (draw.random.random((10, 6, 1)) < 0.5) * 1.0,
        plain,
        draw,
        adam,
        "binary_crossentropy",
        ["accuracy", "precision"],
    )


def option_cases(draw):
    """Regularizers, constraints, frozen layers; gradients put by, averaged weights."""

    def of(class_name, **config):
        return {"class_name": class_name, "config": config}

    regularized = [
        ("Embedding", {"input_dim": 20, "output_dim": 3, "embeddings_regularizer": of("L2", l2=0.1)}),
        ("GRU", {"units": 3, "kernel_regularizer": of("L2", l2=0.25), "recurrent_regularizer": of("L1", l1=0.125), "bias_regularizer": of("L1L2", l1=0.0625, l2=0.25)}),  # fmt: skip
        ("Dense", {"units": 2, "kernel_regularizer": of("L1", l1=0.25)}),
    ]
    constrained = [
        ("Embedding", {"input_dim": 20, "output_dim": 9, "embeddings_constraint": of("MaxNorm", max_value=0.75)}),
        ("GRU", {"units": 3, **SEQUENCES, "kernel_constraint": of("MaxNorm", max_value=0.5), "recurrent_constraint": of("UnitNorm"), "bias_constraint": of("MinMaxNorm", min_value=0.25, max_value=0.5, rate=0.5)}),  # fmt: skip
        ("LSTM", {"units": 2, "kernel_constraint": of("NonNeg"), "bias_constraint": of("MaxNorm", max_value=0.75)}),
        ("Dense", {"units": 2, "kernel_constraint": of("UnitNorm"), "bias_constraint": of("NonNeg")}),
    ]
    frozen = {"trainable": False, "kernel_regularizer": of("L2", l2=0.5)}
    partly = [
        ("Embedding", {"input_dim": 20, "output_dim": 3, "trainable": False}),
        ("GRU", {"units": 3, **SEQUENCES}),
        ("SimpleRNN", {"units": 3, **frozen}),
        ("Dense", {"units": 2}),
    ]
    front = [("Embedding", {"input_dim": 20, "output_dim": 3}), ("GRU", {"units": 3, **frozen}), ("Dense", {"units": 2})]
    plain = [("GRU", {"units": 3}), ("Dense", {"units": 2})]
    tokens, rows = lambda: distinct_tokens(draw, 3, 6), lambda: draw.grid((3, 4, 2), 1.5)
    adam = {"learning_rate": 0.05}
    decay = {"className": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}}  # fmt: skip
    for name, layers, make, optimizer in (
        ("regularized", regularized, tokens, ("Adam", {**adam, "global_clipnorm": 0.5})),
        ("constrained", constrained, tokens, ("SGD", {"learning_rate": 0.5})),
        ("frozen in the middle", partly, tokens, ("Adam", adam)),
        ("frozen behind an embedding", front, tokens, ("SGD", {"learning_rate": 0.5, "momentum": 0.5})),
        ("gradients put by, adam", plain, rows, ("Adam", {"learning_rate": decay, "gradient_accumulation_steps": 2, "clipvalue": 0.01})),  # fmt: skip
        ("averaged, adam", plain, rows, ("Adam", {**adam, "use_ema": True, "ema_momentum": 0.75})),
        ("averaged and overwritten, sgd", plain, rows, ("SGD", {"learning_rate": 0.5, "use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2})),  # fmt: skip
        ("averaged and put by, rmsprop", plain, rows, ("RMSprop", {"learning_rate": 0.01, "use_ema": True, "ema_overwrite_frequency": 2, "gradient_accumulation_steps": 2})),  # fmt: skip
    ):
        batches = [(make(), draw.grid((3, 2), 1)) for _ in range(4)]

        def final(model):
            model.optimizer.finalize_variable_values(model.trainable_weights)
            return {"final": [tensor(w.numpy()) for w in model.weights]}

        yield training_case(name, layers, batches, draw, optimizer, "mean_squared_error", then=final)


def further_option_cases(draw):
    """The same of convolutions, normalizations and cells; what optimizers do besides."""

    def of(class_name, **config):
        return {"class_name": class_name, "config": config}

    cell = ("GRUCell", {"units": 2, "kernel_regularizer": of("L2", l2=0.25), "recurrent_constraint": of("MaxNorm", max_value=0.75)})
    plain_cell = ("SimpleRNNCell", {"units": 2, "bias_regularizer": of("L1", l1=0.25), "kernel_constraint": of("UnitNorm")})
    held = [
        ("Conv1D", {"filters": 3, "kernel_size": 2, "kernel_regularizer": of("L2", l2=0.125), "bias_constraint": of("NonNeg")}),
        ("BatchNormalization", {"gamma_regularizer": of("L1", l1=0.25), "beta_constraint": of("NonNeg")}),
        ("LayerNormalization", {"gamma_constraint": of("MaxNorm", max_value=1.0), "beta_regularizer": of("L2", l2=0.25)}),
        ("RNN", {"cell": [cell, plain_cell]}),
    ]
    others = [
        ("Conv1D", {"filters": 3, "kernel_size": 2, "kernel_constraint": of("NonNeg"), "bias_regularizer": of("L1", l1=0.25)}),
        ("BatchNormalization", {"gamma_constraint": of("MinMaxNorm", min_value=0.5, max_value=1.0), "beta_regularizer": of("L2", l2=0.25)}),
        ("LayerNormalization", {"gamma_regularizer": of("L1L2", l1=0.125, l2=0.25), "beta_constraint": of("NonNeg")}),
        ("LSTM", {"units": 2, "kernel_regularizer": of("L1", l1=0.125), "recurrent_regularizer": of("L2", l2=0.25), "bias_regularizer": of("L2", l2=0.25), "recurrent_constraint": of("MaxNorm", max_value=0.75)}),
    ]
    sequences = {"return_sequences": True}
    still = [
        ("Conv1D", {"filters": 3, "kernel_size": 2, "trainable": False}),
        ("LayerNormalization", {"trainable": False}),
        ("Bidirectional", {"layer": ("SimpleRNN", {"units": 2, **sequences, "recurrent_regularizer": of("L2", l2=0.25), "bias_constraint": of("NonNeg")})}),
        ("LSTM", {"units": 2, "trainable": False}),
        ("Dense", {"units": 2, "trainable": False}),
    ]
    plain = [("SimpleRNN", {"units": 2}), ("Dense", {"units": 2})]
    for name, layers, optimizer in (
        ("held, stacked cells", held, ("SGD", {"learning_rate": 0.25})),
        ("held otherwise, lstm", others, ("SGD", {"learning_rate": 0.25})),
        ("frozen, both directions", still, ("SGD", {"learning_rate": 0.25, "momentum": 0.5})),
        ("put by, sgd with nesterov and clipping", plain, ("SGD", {"learning_rate": 0.25, "momentum": 0.5, "nesterov": True, "clipnorm": 0.25, "gradient_accumulation_steps": 3})),
        ("averaged and put by, adamw", plain, ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.25, "use_ema": True, "ema_momentum": 0.5, "gradient_accumulation_steps": 2})),
        ("averaged and overwritten, adam with amsgrad and decay", plain, ("Adam", {"learning_rate": 0.05, "amsgrad": True, "weight_decay": 0.25, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3})),
        ("averaged, decayed, centered rmsprop", plain, ("RMSprop", {"learning_rate": 0.05, "momentum": 0.5, "centered": True, "weight_decay": 0.25, "use_ema": True, "ema_momentum": 0.5})),
    ):  # fmt: skip
        batches = [(draw.grid((3, 5, 2), 1.5), draw.grid((3, 2), 1)) for _ in range(4)]

        def final(model):
            model.optimizer.finalize_variable_values(model.trainable_weights)
            return {"final": [tensor(w.numpy()) for w in model.weights]}

        yield training_case(name, layers, batches, draw, optimizer, "mean_squared_error", then=final)

    def norm(class_name, **config):
        return {"kernel_constraint": of(class_name, **config)}

    # Norms along every axis, and several: of a convolution's kernel, of matrices with gates, of biases with two rows.
    convolutions = [("Conv1D", {"filters": 3 if place % 2 else 2, "kernel_size": 2, "padding": "same", **bound}) for place, bound in enumerate((
        norm("MaxNorm", max_value=0.5, axis=[0, 1]), norm("UnitNorm"), norm("MinMaxNorm", min_value=0.25, max_value=0.5, rate=0.5, axis=1),
        norm("MaxNorm", max_value=0.5, axis=2), norm("UnitNorm", axis=[0, 2]), norm("MaxNorm", max_value=0.75, axis=[1, -1]), norm("UnitNorm", axis=[2, 0, 1]),
    ))]  # fmt: skip
    rows = {"recurrent_constraint": of("UnitNorm", axis=-1), "bias_constraint": of("MaxNorm", max_value=0.5, axis=1)}
    gates = ("GRU", {"units": 2, **norm("MaxNorm", max_value=0.5, axis=1), **rows})
    table = ("Embedding", {"input_dim": 3, "output_dim": 2, "embeddings_constraint": of("MaxNorm", max_value=0.5, axis=1)})
    whole = ("Dense", {"units": 2, **norm("MinMaxNorm", min_value=0.5, max_value=0.75, axis=[0, 1])})
    def rules(*weights, seed):
        """A regularizer and a constraint for each."""
        sizes = [of("L1", l1=0.25), of("L2", l2=0.25), of("L1L2", l1=0.125, l2=0.125)]
        bounds = [of("MaxNorm", max_value=0.5), of("NonNeg"), of("UnitNorm"), of("MinMaxNorm", min_value=0.25, max_value=0.5)]
        found = [(f"{weight}_{kind}", among[(seed + place) % len(among)]) for place, weight in enumerate(weights)
                 for kind, among in (("regularizer", sizes), ("constraint", bounds))]  # fmt: skip
        return dict(found)

    three = ("kernel", "recurrent", "bias")
    ruled = [
        ("SimpleRNN", {"units": 2, **SEQUENCES, **rules(*three, seed=0)}),
        ("LSTM", {"units": 2, **SEQUENCES, **rules(*three, seed=1)}),
        ("RNN", {"cell": [("LSTMCell", {"units": 2, **rules(*three, seed=2)}), ("GRUCell", {"units": 2, **rules(*three, seed=3)}),
                          ("SimpleRNNCell", {"units": 1, **rules(*three, seed=4)}), ("GRUCell", {"units": 2, "trainable": False}),
                          ("LSTMCell", {"units": 1, "unit_forget_bias": False, "trainable": False}), ("SimpleRNNCell", {"units": 1, "trainable": False})]}),
        ("Dense", {"units": 2, **rules("kernel", "bias", seed=1)}),
    ]  # fmt: skip
    for name, layers, make in (
        ("rules of every weight", ruled, lambda: draw.grid((2, 3, 2), 1.5)),
        ("norms along axes", [*convolutions, gates], lambda: draw.grid((2, 3, 2), 1.5)),
        ("norms of a table and a whole matrix", [table, ("Flatten", {}), whole], lambda: draw.integers((2, 2), 0, 3)),
    ):
        batches = [(make(), draw.grid((2, 2), 1)) for _ in range(2)]
        with seven_digits():
            yield training_case(name, layers, batches, draw, ("SGD", {"learning_rate": 0.5}), "mean_squared_error", then=final)


def weighted_cases(draw):
    """A weight for each row, each step, or each class; the mean divides by rows or unmasked steps all the same."""
    adam, plain = ("Adam", {"learning_rate": 0.05}), {"epochs": 2, "shuffle": False, "batch_size": 4}
    half = {**plain, "validation_split": 0.25}
    rows, sequence = draw.grid((10, 4, 2), 1.5), [("GRU", {"units": 3, **SEQUENCES})]
    padded = np.concatenate([distinct_tokens(draw, 3, 6, padded=True) for _ in range(3)])
    masked = [embedding(mask_zero=True), ("GRU", {"units": 3, **SEQUENCES}), ("Dense", {"units": 1})]
    metrics = {"metrics": ["mae"], "weighted_metrics": ["mae", "root_mean_squared_error"]}

    def weights(*shape):
        return draw.integers(shape, 0, 9) / 4

    def case(name, layers, x, y, options, loss, given, **metrics):
        return fit_case(name, layers, x, y, options, draw, adam, loss, metrics.get("metrics"), given, metrics.get("weighted_metrics"))  # fmt: skip

    mse = "mean_squared_error"
    yield case("a weight a row", [("LSTM", {"units": 3}), ("Dense", {"units": 2})], rows, draw.grid((10, 2), 1), half, mse, {"sample_weight": weights(10)}, **metrics)  # fmt: skip
    yield case("a weight a row, a target a step", [*sequence, ("Dense", {"units": 2})], rows, draw.grid((10, 4, 2), 1), half, mse, {"sample_weight": weights(10, 1)}, metrics=["mae"])  # fmt: skip
    yield case("a weight a step", [*sequence, ("Dense", {"units": 1})], rows, draw.grid((10, 4, 1), 1), half, mse, {"sample_weight": weights(10, 4)}, metrics=["mae"], weighted_metrics=["mse"])  # fmt: skip
    yield case("a weight a step, masked", masked, padded, draw.grid((9, 6, 1), 1), {**plain, "batch_size": 3}, mse, {"sample_weight": weights(9, 6)}, metrics=["mae"], weighted_metrics=["mse"])  # fmt: skip
    binary = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy", "precision", "recall", "auc"]}
    labels = (draw.random.random((10, 1)) < 0.4) * 1.0
    yield case("a weight a class, binary", [("GRU", {"units": 3}), SIGMOID], rows, labels, half, "binary_crossentropy", {"class_weight": {0: 0.5, 1: 3.0}}, **binary)  # fmt: skip
    softmax = ("Dense", {"units": 3, "activation": "softmax"})
    classes = draw.integers((10,), 0, 3)
    for loss, y in (("sparse_categorical_crossentropy", classes), ("categorical_crossentropy", np.eye(3)[classes])):
        yield case(f"a weight a class, {loss}", [("GRU", {"units": 3}), softmax], rows, y, plain, loss, {"class_weight": {0: 0.25, 2: 2.0}}, metrics=["accuracy"], weighted_metrics=["accuracy"])  # fmt: skip


def fit_case(name, layers, x, y, options, draw, optimizer, loss, metrics, weights=None, weighted_metrics=None):
    with precision("float64"):
        model = compiled(layers, x.shape, draw, optimizer, loss, metrics, weighted_metrics)
        start = named(model.weights)
        weights = weights or {}
        history = model.fit(x, y, verbose=0, **options, **weights).history
        sample = {"sample_weight": weights["sample_weight"]} if "sample_weight" in weights else {}
        evaluated = model.evaluate(x, y, batch_size=options["batch_size"], verbose=0, return_dict=True, **sample)
        return {
            "name": name,
            "layers": described(layers),
            **compile_record(optimizer, loss, metrics),
            "weights": start,
            "x": tensor(x),
            "y": tensor(y),
            "fit": options,
            **({"sampleWeight": tensor(weights["sample_weight"])} if sample else {}),
            **({"classWeight": {str(k): v for k, v in weights["class_weight"].items()}} if "class_weight" in weights else {}),
            **({"weightedMetrics": weighted_metrics} if weighted_metrics else {}),
            "history": {key: [number(v) for v in values] for key, values in history.items()},
            "evaluate": {key: number(value) for key, value in evaluated.items()},
            "predictions": tensor(model.predict(x, verbose=0)),
            "after": [tensor(w.numpy()) for w in model.weights],
        }


def split_cases():
    """How many rows are trained on: floor(rows * (1 - split)), in floating point; null where Keras refuses."""
    for rows in (1, 2, 3, 5, 10, 144, 1000):
        for split in (0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.9):
            data = np.arange(rows)
            try:
                (train,), (held_out,) = train_validation_split((data,), split)
            except ValueError:
                yield {"name": f"{rows} rows, {split}", "rows": rows, "split": split, "train": None}
            else:
                assert list(train) + list(held_out) == list(data)
                yield {"name": f"{rows} rows, {split}", "rows": rows, "split": split, "train": len(train)}
