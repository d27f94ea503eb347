"""Bidirectional: cells, merge modes, options, masks, and stacks."""

from functools import partial

import numpy as np

from .layers import layer_case
from .records import Draw
from .recurrent import CELLS, MASKS

MODES = ["concat", "sum", "mul", "ave"]
OPTIONS = {
    "last output": {},
    "sequences": {"return_sequences": True},
}


def files():
    """Yields (file name, function that makes its cases)."""
    yield "bidirectional", partial(cases, Draw(300))
    yield "bidirectional-masks", partial(mask_cases, Draw(301))


def cases(draw):
    x = draw.grid((2, 4, 2), 1.5)

    def around(cell, options, **wrapper):
        name, base = CELLS[cell]
        title = ", ".join([cell.replace("-", " "), *map(str, wrapper.values()), str(options["title"])])
        inner = (name, {"units": options.get("units", 3), **base, **OPTIONS.get(options["title"], {})})
        return layer_case(title, draw, [("Bidirectional", {"layer": inner, **wrapper})], x)

    for cell in CELLS:
        for title in OPTIONS:
            yield around(cell, {"title": title})
    for mode in MODES:
        for title in ("last output", "sequences"):
            yield around("lstm", {"title": title, "units": 2}, merge_mode=mode)
    for shape, units in (((1, 1, 1), 1), ((2, 9, 1), 5)):
        inner = ("GRU", {"units": units, "return_sequences": True})
        yield layer_case(f"{shape} {units}", draw, [("Bidirectional", {"layer": inner})], draw.grid(shape, 1.5))
    own = {"layer": ("GRU", {"units": 3}), "backward_layer": ("LSTM", {"units": 2, "go_backwards": True, "name": "own"})}
    yield layer_case("a layer of its own for the way back", draw, [("Bidirectional", own)], x)
    sequences = {"return_sequences": True}
    own = {
        "layer": ("GRU", {"units": 3, "go_backwards": True, **sequences}),
        "backward_layer": ("GRU", {"units": 2, "name": "own", **sequences}),
    }
    yield layer_case("the first layer goes backwards", draw, [("Bidirectional", own)], x)
    tokens = np.array([[3, 9, 1, 1, 0, 0], [0, 0, 5, 2, 7, 9], [4, 4, 4, 8, 10, 1], [0, 3, 0, 6, 6, 0]], "int32")
    for mask_zero in (False, True):
        yield layer_case(f"embedding, twice, dense, mask {mask_zero}", draw, [
            ("Embedding", {"input_dim": 11, "output_dim": 4, "mask_zero": mask_zero}),
            ("Bidirectional", {"layer": ("GRU", {"units": 3, **sequences}), "merge_mode": "sum"}),
            ("Bidirectional", {"layer": ("LSTM", {"units": 2})}),
            ("Dense", {"units": 1}),
        ], tokens)  # fmt: skip


def mask_cases(draw):
    for title, rows in MASKS.items():
        mask = np.array(rows, bool)
        inputs = draw.grid((*mask.shape, 2), 1.5)
        for cell in ("gru-reset-after", "lstm"):
            for option in OPTIONS:
                inner = (CELLS[cell][0], {"units": 2, **OPTIONS[option]})
                name = f"{cell.replace('-', ' ')}, {title}, {option}"
                yield layer_case(name, draw, [("Bidirectional", {"layer": inner})], inputs, mask=mask)
    mask = np.array(MASKS["with holes"], bool)
    cells = [("GRUCell", {"units": 3}), ("SimpleRNNCell", {"units": 2})]
    for mode in MODES:
        inner = ("RNN", {"cell": cells, "return_sequences": mode in ("sum", "ave")})
        layer = ("Bidirectional", {"layer": inner, "merge_mode": mode})
        yield layer_case(f"stacked cells, {mode}", draw, [layer], draw.grid((3, 6, 2), 1.5), mask=mask)
