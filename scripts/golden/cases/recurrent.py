"""GRU (both forms of the reset gate), LSTM and SimpleRNN: options, odd shapes, masks, dropout with given masks."""

from functools import partial

import numpy as np

from .layers import layer_case
from .records import Draw, seven_digits

CELLS = {
    "gru-reset-after": ("GRU", {"reset_after": True}),
    "gru-reset-before": ("GRU", {"reset_after": False}),
    "lstm": ("LSTM", {}),
    "simple-rnn": ("SimpleRNN", {}),
}
GATES = {"GRU": 3, "LSTM": 4, "SimpleRNN": 1}
SHAPES = {"": (3, 5, 3, 5), "1x1x1x1 ": (1, 1, 1, 1), "1x7x2x4 ": (1, 7, 2, 4), "5x1x4x3 ": (5, 1, 4, 3)}

# One row of a mask for each pattern of padding, six steps long.
MASKS = {
    "padded before": [[0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]],
    "padded after": [[1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0]],
    "with holes": [[1, 0, 1, 1, 0, 1], [0, 1, 0, 0, 1, 0], [1, 1, 0, 0, 0, 1]],
    "mixed, one row all masked": [[1] * 6, [0] * 6, [0, 0, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 1, 0, 1, 1, 0]],
}
OPTIONS = {
    "last output": {},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "backwards, sequences": {"go_backwards": True, "return_sequences": True},
    "without bias": {"use_bias": False, "return_sequences": True},
}
GATED_ACTIVATIONS = [("relu", "hard_sigmoid"), ("linear", "sigmoid"), ("sigmoid", "relu"), ("elu", "linear")]
PLAIN_ACTIVATIONS = ["relu", "linear", "sigmoid", "hard_sigmoid"]
# Of all cells: activation, and that of the gates; in training masks, kept shares and sums are in play as well.
REST_OF_ACTIVATIONS = [("hard_sigmoid", "tanh"), ("softsign", "elu"), ("exponential", "sigmoid"), ("leaky_relu", "selu"),
                       ("tanh", "softplus"), ("tanh", "leaky_relu"), ("tanh", "exponential")]
MORE_ACTIVATIONS = [("gelu", "sigmoid"), ("silu", "gelu"), ("selu", "silu"), ("softplus", "softsign")]


def files():
    """Yields (file name, function that makes its cases): for each cell options and shapes, masks, and an odd width."""
    for seed, (file, cell) in enumerate(CELLS.items()):
        yield file, partial(plain_cases, Draw(100 + seed), *cell)
        yield f"{file}-masks", partial(mask_cases, Draw(110 + seed), *cell)
        yield f"{file}-wide", partial(wide_cases, Draw(120 + seed), *cell)
    yield "rnn", partial(cell_cases, Draw(140))
    yield "recurrent-activations", partial(activation_cases, Draw(150))
    yield "recurrent-activations-more", partial(rest_of_activation_cases, Draw(151))
    yield "softmax-cells", partial(softmax_cases, Draw(152))
    yield "softmax-cells-dropout", partial(softmax_dropout_cases, Draw(153))
    yield "recurrent-dropout", partial(dropout_cases, Draw(130))
    yield "dropout", partial(dropping_cases, Draw(131))


def case(draw, title, name, options, shape, **more):
    rows, steps, features, units = shape
    x = draw.grid((rows, steps, features), 1.5)
    return layer_case(title, draw, [(name, {"units": units, **options})], x, **more)


def plain_cases(draw, name, base):
    """Each option, and shapes that are no multiple of anything."""
    for title, options in OPTIONS.items():
        yield case(draw, title, name, {**base, **options}, SHAPES[""])
    if name == "SimpleRNN":
        for activation in PLAIN_ACTIVATIONS:
            yield case(
                draw, activation, name, {**base, "activation": activation, "return_sequences": True}, (3, 5, 3, 5)
            )
    else:
        for activation, gate in GATED_ACTIVATIONS:
            options = {**base, "activation": activation, "recurrent_activation": gate, "return_sequences": True}
            yield case(draw, f"{activation}, gates {gate}", name, options, (2, 4, 3, 5))
    for title, shape in SHAPES.items():
        if title:
            yield case(draw, title.strip(), name, {**base, "return_sequences": shape[1] > 1}, shape)


def wide_cases(draw, name, base):
    """33 units: one more than a multiple of any vector; kept apart, since its weights fill a file."""
    yield case(draw, "2x17x3x33", name, base, (2, 17, 3, 33))


def mask_cases(draw, name, base):
    for title, rows in MASKS.items():
        mask = np.array(rows, bool)
        shape = (len(rows), 6, 3, 5)
        mixed = title.startswith("mixed")
        for option, config in OPTIONS.items():
            if option in ("last output", "sequences") or mixed and "backwards" in option:
                yield case(draw, f"{title}, {option}", name, {**base, **config}, shape, mask=mask)


def activation_cases(draw):
    """Functions whose slope cannot be told from their value, and others that few cells have."""
    for file, (name, base) in CELLS.items():
        title = file.replace("-", " ")
        for activation, gate in MORE_ACTIVATIONS:
            gates = {} if name == "SimpleRNN" else {"recurrent_activation": gate}
            options = {**base, "activation": activation, **gates, "return_sequences": True}
            what = f"{title}, {activation}" + (f", gates {gate}" if gates else "")
            yield case(draw, what, name, options, (2, 4, 3, 5))
            mask = np.array(MASKS["with holes"], bool)
            if activation == "silu":
                yield case(draw, f"{what}, masked", name, {**base, "activation": activation, **gates}, (3, 6, 3, 5), mask=mask)


def rest_of_activation_cases(draw):
    """What cells have least of all, so that every function stands in every place of every cell."""
    for file, (name, base) in CELLS.items():
        title = file.replace("-", " ")
        for activation, gate in REST_OF_ACTIVATIONS:
            if name == "SimpleRNN":
                activation, gates = {"hard_sigmoid": "elu", "tanh": ""}.get(activation, activation), {}
            else:
                gates = {"recurrent_activation": gate}
            if activation:
                options = {**base, "activation": activation, **gates, "return_sequences": True}
                what = f"{title}, {activation}" + (f", gates {gate}" if gates else "")
                # An exponential of exponentials soon leaves all bounds.
                steps = 2 if "exponential" in what else 3
                yield case(draw, what, name, options, (2, steps, 2, 3))


def softmax_cases(draw):
    """A function of all units at once, in every place of every cell."""
    both = {"activation": "softmax", "recurrent_activation": "softmax"}
    sequences = {"return_sequences": True}
    holes = np.array([[1, 0, 1, 1], [0, 1, 1, 0]], bool)
    with seven_digits():
        for file, (name, base) in CELLS.items():
            title = file.replace("-", " ")
            places = {"activation": both["activation"]} if name == "SimpleRNN" else both
            yield case(draw, title, name, {**base, **places, **sequences}, (2, 3, 2, 3))
            for place, function in places.items():
                options = {**base, place: function, "go_backwards": place == "recurrent_activation"}
                yield case(draw, f"{title}, {place} alone, masked", name, options, (2, 4, 2, 3), mask=holes)
        cells = [("GRUCell", {"units": 2, "reset_after": False, **both}), ("LSTMCell", {"units": 3, **both}),
                 ("GRUCell", {"units": 2, **both}), ("SimpleRNNCell", {"units": 2, "activation": "softmax"})]  # fmt: skip
        yield layer_case("stacked cells", draw, [("RNN", {"cell": cells, **sequences})], draw.grid((2, 3, 2), 1.5))
        ways = {"layer": ("LSTM", {"units": 2, **both, **sequences}), "backward_layer": ("GRU", {"units": 2, **both, **sequences, "go_backwards": True})}
        yield layer_case("both ways, masked", draw, [("Bidirectional", ways)], draw.grid((2, 4, 2), 1.5), mask=holes)


def softmax_dropout_cases(draw):
    both = {"activation": "softmax", "recurrent_activation": "softmax", "dropout": 0.375, "recurrent_dropout": 0.2}
    holes = np.array([[1, 0, 1], [0, 1, 1]], bool)
    with seven_digits():
        for seed, (file, (name, base)) in enumerate(CELLS.items()):
            options = {**base, **both, "seed": 60 + seed, "return_sequences": True}
            if name == "SimpleRNN":
                del options["recurrent_activation"]
            yield case(draw, file.replace("-", " "), name, options, (2, 3, 2, 3), mask=holes, training=True)


def cell_cases(draw):
    """Layers made of cells, one or several above each other."""
    gru, lstm, plain = ("GRUCell", {"units": 3}), ("LSTMCell", {"units": 2}), ("SimpleRNNCell", {"units": 5})
    mask = np.array(MASKS["with holes"], bool)
    for title, cells, options, given in (
        ("one gru cell", gru, {}, None),
        ("lstm cell, sequences", lstm, {"return_sequences": True}, None),
        ("gru, lstm", [gru, lstm], {}, None),
        ("lstm, plain, gru, sequences", [lstm, plain, gru], {"return_sequences": True}, None),
        ("gru, gru, backwards, sequences", [gru, gru], {"return_sequences": True, "go_backwards": True}, None),
        ("plain, lstm, backwards, masked", [plain, lstm], {"go_backwards": True}, mask),
        ("gru, plain, sequences, masked", [gru, plain], {"return_sequences": True}, mask),
    ):
        x = draw.grid((3, 6, 2), 1.5)
        yield layer_case(title, draw, [("RNN", {"cell": cells, **options})], x, mask=given)
    gates = {"activation": "elu", "recurrent_activation": "hard_sigmoid", "use_bias": False}
    for title, cell in (
        ("gru cell, reset before", ("GRUCell", {"units": 2, "reset_after": False})),
        ("gru cell, activations, without bias", ("GRUCell", {"units": 2, **gates})),
        ("gru cell, reset before, activations", ("GRUCell", {"units": 2, "reset_after": False, **gates})),
        ("lstm cell, activations, without bias", ("LSTMCell", {"units": 2, **gates})),
        ("plain cell, relu, without bias", ("SimpleRNNCell", {"units": 2, "activation": "relu", "use_bias": False})),
    ):
        yield layer_case(title, draw, [("RNN", {"cell": cell, "return_sequences": True})], draw.grid((2, 4, 2), 1.5))


def dropout_cases(draw):
    """Keras draws one mask for all gates from `dropout` alone; with `recurrent_dropout`, one a gate for both."""
    shape = (3, 4, 3, 4)
    inputs, states = {"dropout": 0.5}, {"recurrent_dropout": 0.2}
    padding = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]], bool)
    sequences = {"return_sequences": True}
    for seed, (file, (name, base)) in enumerate(CELLS.items()):
        title = file.replace("-", " ")
        options = {**base, "seed": 20 + seed}
        yield case(draw, f"{title}, input", name, {**options, **sequences, **inputs}, shape, training=True)
        yield case(draw, f"{title}, state", name, {**options, **sequences, **states}, shape, training=True)
        options = {**options, **inputs, **states}
        yield case(draw, f"{title}, both", name, options, shape, training=True)
        yield case(draw, f"{title}, both, padded", name, options, shape, mask=padding, training=True)


def dropping_cases(draw):
    """Layers that drop: single elements, whole features, within cells above each other and in both directions."""
    rows, sequence = (5, 9), (3, 6, 2)
    holes = np.array(MASKS["with holes"], bool)
    both = {"dropout": 0.375, "recurrent_dropout": 0.2}
    cells = [
        ("GRUCell", {"units": 3, "seed": 31, **both}),
        ("LSTMCell", {"units": 2, "seed": 32, "dropout": 0.2, "recurrent_dropout": 0.5}),
        ("SimpleRNNCell", {"units": 4, "seed": 33, "recurrent_dropout": 0.2}),
    ]
    plain = ("SimpleRNNCell", {"units": 3, "seed": 42, "dropout": 0.5})
    before = ("GRUCell", {"units": 3, "seed": 34, "reset_after": False, **both})
    yield layer_case("rows", draw, [("Dropout", {"rate": 0.5, "seed": 1})], draw.grid(rows), training=True)
    yield layer_case("sequences", draw, [("Dropout", {"rate": 0.2, "seed": 2})], draw.grid(sequence), training=True)
    yield layer_case("features", draw, [("SpatialDropout1D", {"rate": 0.5, "seed": 3})], draw.grid((4, 5, 9)), training=True)
    for title, given, options, mask in (
        ("stacked cells", cells, {}, None),
        ("stacked cells, backwards, sequences, masked", cells, {"go_backwards": True, "return_sequences": True}, holes),
        ("one cell, reset before, sequences, masked", before, {"return_sequences": True}, holes),
        ("one plain cell, the input alone", plain, {"go_backwards": True}, None),
    ):
        layer = ("RNN", {"cell": given, **options})
        yield layer_case(title, draw, [layer], draw.grid(sequence, 1.5), mask=mask, training=True)
    for mode, mask in (("concat", None), ("sum", holes)):
        ways = [("GRU", {"units": 3, "seed": 35, "return_sequences": True, **both}),
                ("LSTM", {"units": 3, "seed": 36, "return_sequences": True, "go_backwards": True, **both})]
        layer = ("Bidirectional", {"layer": ways[0], "backward_layer": ways[1], "merge_mode": mode})
        yield layer_case(f"both directions, {mode}", draw, [layer], draw.grid(sequence, 1.5), mask=mask, training=True)
    padded = np.array([[3, 1, 0, 0, 0], [2, 5, 4, 6, 0], [1, 0, 6, 2, 4]], "int32")
    for title, last in (
        ("tokens, features dropped, gru", ("GRU", {"units": 4, "seed": 38, "dropout": 0.2})),
        ("tokens, features dropped, lstm", ("LSTM", {"units": 3, "seed": 39, "recurrent_dropout": 0.2})),
    ):
        layers = [
            ("Embedding", {"input_dim": 7, "output_dim": 5, "mask_zero": True}),
            ("SpatialDropout1D", {"rate": 0.375, "seed": 37}),
            ("Dropout", {"rate": 0.2, "seed": 40}),
            last,
            ("Dropout", {"rate": 0.5, "seed": 41}),
            ("Dense", {"units": 2}),
        ]
        yield layer_case(title, draw, layers, padded, training=True)
    steps = ("TimeDistributed", {"layer": ("Dropout", {"rate": 0.375, "seed": 43})})
    masked = ("Embedding", {"input_dim": 7, "output_dim": 3, "mask_zero": True})
    with seven_digits():
        yield layer_case("at each step", draw, [steps], draw.grid((2, 4, 3)), training=True)
        layers = [masked, steps, ("GRU", {"units": 2})]
        yield layer_case("tokens, at each step, gru", draw, layers, padded, training=True)
