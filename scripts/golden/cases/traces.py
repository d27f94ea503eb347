"""What the cells of Keras compute at each step: states from the cells themselves, gates from Keras's functions."""

import keras
import tensorflow as tf

from .layers import build, described, named, set_drawn_weights
from .records import Draw, precision, tensor


def files():
    """Yields (file name, function that makes its cases)."""
    yield "traces", lambda: trace_cases(Draw(11))


def trace_cases(draw):
    """One case for each cell; a mask leaves steps out."""
    shape = (2, 5, 3)
    mask = [[True, True, False, True, True], [False, True, True, True, False]]
    options = {"units": 4, "return_sequences": True}
    layers = [
        ("gru", ("GRU", options), None),
        ("gru, reset before", ("GRU", {**options, "reset_after": False}), None),
        ("lstm", ("LSTM", options), None),
        ("simple rnn", ("SimpleRNN", options), None),
        ("gru, masked", ("GRU", options), mask),
        ("lstm, masked, backwards", ("LSTM", {**options, "go_backwards": True}), mask),
    ]
    return [trace_case(name, draw, layer, draw.grid(shape, 1.0), mask) for name, layer, mask in layers]


def trace_case(name, draw, layer, x, mask):
    with precision("float64"):
        model = keras.Sequential(build([layer]))
        model.build(x.shape)
        set_drawn_weights(model.weights, draw)
        cell = model.layers[0].cell
        rows, steps, _ = x.shape
        states = [tf.zeros((rows, cell.units), "float64") for _ in range(2 if layer[0] == "LSTM" else 1)]
        found = [None] * steps
        order = range(steps)[::-1] if layer[1].get("go_backwards") else range(steps)
        for t in order:
            alive = tf.constant([[True]] * rows if mask is None else [[row[t]] for row in mask])
            gates = gates_of(cell, x[:, t], states)
            _, after = cell(x[:, t], states)
            after = after if isinstance(after, (list, tuple)) else [after]
            states = [tf.where(alive, new, old) for new, old in zip(after, states)]
            gates = {key: tf.where(alive, value, 0.0) for key, value in gates.items()}
            found[t] = {**gates, "h": states[0], **({"c": states[1]} if len(states) > 1 else {})}
        values = {key: tensor(tf.stack([step[key] for step in found], axis=1).numpy()) for key in found[0]}
        record = {"name": name, "layers": described([layer]), "input": tensor(x)}
        if mask is not None:
            record["mask"] = {"shape": [rows, steps], "data": [int(v) for row in mask for v in row], "dtype": "bool"}
        record["weights"] = named(model.weights)
        record["values"] = values
        return record


def gates_of(cell, x, states):
    """The gates of a step in Keras's order, with the cell's own activations."""
    h = states[0]
    gate, f, units = getattr(cell, "recurrent_activation", None), cell.activation, cell.units
    kernel, recurrent = tf.convert_to_tensor(cell.kernel), tf.convert_to_tensor(cell.recurrent_kernel)

    def part(value, index):
        return value[..., index * units : (index + 1) * units]

    if isinstance(cell, keras.layers.SimpleRNNCell):
        return {}
    bias = tf.convert_to_tensor(cell.bias)
    if isinstance(cell, keras.layers.LSTMCell):
        i, forget, candidate, o = [part(x @ kernel + h @ recurrent + bias, index) for index in range(4)]
        return {"i": gate(i), "f": gate(forget), "candidate": f(candidate), "o": gate(o)}
    inputs = x @ kernel + (bias[0] if cell.reset_after else bias)
    inner = h @ recurrent + (bias[1] if cell.reset_after else 0.0)
    z, r = (gate(part(inputs, index) + part(inner, index)) for index in range(2))
    through = r * part(inner, 2) if cell.reset_after else (r * h) @ part(recurrent, 2)
    return {"z": z, "r": r, "candidate": f(part(inputs, 2) + through)}
