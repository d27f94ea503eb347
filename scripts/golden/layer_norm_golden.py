"""Writes what PyTorch computes for layer-normalised cells to test/golden/torch-files/layer-norm-cells.json.

python scripts/golden/layer_norm_golden.py     (torch 2, and what keras_golden.py needs)

The steps are written with torch.nn.functional.layer_norm, in float64; the gradients are torch's own. What is dropped is
what Gruvy drops with the same seed; a masked step carries the states on, and the output, which is 0 at first.
"""

import os
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
torch.set_default_dtype(torch.float64)
OUT = Path(__file__).resolve().parents[2] / "test/golden/torch-files/layer-norm-cells.json"
ROWS, STEPS, FEATURES, UNITS = 3, 5, 2, 3
MASK = torch.tensor([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1], [1, 1, 1, 0, 0]], dtype=torch.bool)
DROPS = {"dropout": 0.375, "recurrentDropout": 0.2, "seed": 70}
os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")


def on_grid(generator, shape, limit, scale=64):
    most = round(limit * scale)
    return torch.randint(-most, most + 1, shape, generator=generator) / scale


def norm(x, epsilon, gain=None, shift=None):
    return torch.nn.functional.layer_norm(x, (UNITS,), gain, shift, epsilon)


def weights_of(gates, more, generator):
    found = {}
    for g in gates:
        found[f"kernel_{g}"] = on_grid(generator, (FEATURES, UNITS), 1)
        found[f"recurrent_kernel_{g}"] = on_grid(generator, (UNITS, UNITS), 0.75)
        found[f"gamma_{g}"] = 1 + on_grid(generator, (UNITS,), 0.5)
        found[f"recurrent_gamma_{g}"] = 1 + on_grid(generator, (UNITS,), 0.5)
        found[f"bias_{g}"] = on_grid(generator, (UNITS,), 0.5)
    for name in more:
        found[name] = on_grid(generator, (UNITS,), 0.5) + (1 if name == "gamma" else 0)
    return found


def sums(x, h, w, g, epsilon):
    return (
        norm(x @ w[f"kernel_{g}"], epsilon, w[f"gamma_{g}"], w[f"bias_{g}"]),
        norm(h @ w[f"recurrent_kernel_{g}"], epsilon, w[f"recurrent_gamma_{g}"]),
    )


def gru_step(x, states, w, epsilon, kept):
    (h,) = states
    z, r, c = (sums(x, h * kept, w, g, epsilon) for g in "zrc")
    update = torch.sigmoid(z[0] + z[1])
    candidate = torch.tanh(c[0] + torch.sigmoid(r[0] + r[1]) * c[1])
    return (update * h + (1 - update) * candidate,)


def lstm_step(x, states, w, epsilon, kept):
    h, c = states
    i, f, g, o = (sum(sums(x, h * kept, w, name, epsilon)) for name in "ifgo")
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(norm(c, epsilon, w["gamma"], w["beta"])), c


def tensor(value):
    return {"shape": list(value.shape), "data": [float(f"{v:.7g}") for v in value.detach().flatten().tolist()]}


def kept(rate, seed, width):
    """[rows, width]: what is left of each row, the same at every step."""
    from cases.dropping import row_factors

    return torch.tensor(row_factors(seed, ROWS, width, rate)) if rate else torch.ones(ROWS, width)


def case(name, step, gates, more, states, epsilon, seed, mask=None, backwards=False, drops=None):
    generator = torch.Generator().manual_seed(seed)
    weights = {k: v.requires_grad_() for k, v in weights_of(gates, more, generator).items()}
    x = on_grid(generator, (ROWS, STEPS, FEATURES), 1.5).requires_grad_()
    cotangent = on_grid(generator, (ROWS, STEPS, UNITS), 1)
    now = tuple(torch.zeros(ROWS, UNITS) for _ in range(states))
    dropout, recurrent, start = (drops or {"dropout": 0, "recurrentDropout": 0, "seed": 0}).values()
    of_input, of_state = kept(dropout, start, FEATURES), kept(recurrent, start + 0x5EED, UNITS)
    outputs = []
    for t in reversed(range(STEPS)) if backwards else range(STEPS):
        # Only products see the state's share.
        found = step(x[:, t] * of_input, now, weights, epsilon, of_state)
        now = found if mask is None else tuple(torch.where(mask[:, t, None], a, b) for a, b in zip(found, now))
        outputs.append(now[0])
    output = torch.stack(outputs, 1)
    (output * cotangent).sum().backward()
    return {
        "name": ", ".join([name, *(["masked"] if mask is not None else []), *(["backwards"] if backwards else []), *(["dropout"] if drops else [])]),
        "kind": name,
        "config": {"epsilon": epsilon, **(drops or {})},
        **({} if mask is None else {"mask": {"shape": list(mask.shape), "data": mask.int().flatten().tolist()}}),
        **({"goBackwards": True} if backwards else {}),
        "input": tensor(x),
        "cotangent": tensor(cotangent),
        "weights": [{"path": k, **tensor(v)} for k, v in weights.items()],
        "output": tensor(output),
        "weightGradients": [tensor(v.grad) for v in weights.values()],
        "inputGradient": tensor(x.grad),
    }


def main():
    from cases.records import write

    cases = []
    for seed, (epsilon, *cell) in enumerate((
        (1e-3, "layerNormGruCell", gru_step, "zrc", [], 1),
        (1e-2, "layerNormLstmCell", lstm_step, "ifgo", ["gamma", "beta"], 2),
    )):  # fmt: skip
        cases.append(case(*cell, epsilon, 1 + seed))
        cases.append(case(*cell, epsilon, 3 + seed, mask=MASK, backwards=True))
        cases.append(case(*cell, epsilon, 5 + seed, mask=MASK, drops=DROPS))
    write(OUT, {"torch": torch.__version__, "cases": cases})
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
