"""Writes what Keras has no such thing for to test/golden/torch-files/losses-and-metrics.json: from PyTorch, in float64.

python scripts/golden/torch_losses_golden.py     (torch 2, numpy)

torch.nn.functional has the Gaussian likelihood and the crossentropy; the pinball loss and the errors are written out here
from their papers' formulas, and torch takes the gradients.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
torch.set_default_dtype(torch.float64)
OUT = Path(__file__).resolve().parents[2] / "test/golden/torch-files/losses-and-metrics.json"


def pinball(prediction, target, quantiles):
    """Koenker and Bassett: all features of the first quantile, then those of the second."""
    parts = prediction.chunk(len(quantiles), -1)
    each = [torch.where(target > p, q * (target - p), (1 - q) * (p - target)) for q, p in zip(quantiles, parts)]
    return torch.cat(each, -1).mean(-1)


def gaussian(prediction, target, variance, full):
    mean, raw = prediction.chunk(2, -1)
    spread = raw.exp() if variance == "log" else torch.nn.functional.softplus(raw) + 1e-6
    return torch.nn.functional.gaussian_nll_loss(mean, target, spread, full=full, eps=0.0, reduction="none").mean(-1)


def case(name, kind, config, target, prediction, values, mask=None):
    prediction = torch.tensor(prediction, requires_grad=True)
    each = values(prediction, torch.tensor(target))
    loss = each.mean() if mask is None else each[torch.tensor(mask)].mean()
    loss.backward()
    from cases.records import number, tensor

    record = {"name": name, "kind": kind, "config": config, "target": tensor(target), "prediction": tensor(prediction.detach().numpy())}  # fmt: skip
    if mask is not None:
        record["mask"] = tensor(mask)
    return {**record, "value": number(loss.item()), "gradient": tensor(prediction.grad.numpy())}


def main():
    from cases.records import Draw, write

    draw = Draw(700)
    mask = np.array([[1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
    cases = []
    for title, shape, given in (("rows", (5, 2), None), ("sequences, mask", (3, 4, 2), mask)):
        target, wide = draw.grid(shape, 2), lambda k: draw.grid((*shape[:-1], k * shape[-1]), 2)
        for quantiles in ([0.5], [0.25], [0.125, 0.5, 0.875]):
            cases.append(case(f"quantile {quantiles}, {title}", "quantile", {"quantiles": quantiles}, target, wide(len(quantiles)), lambda p, y, q=quantiles: pinball(p, y, q), given))  # fmt: skip
        for variance, full in (("log", False), ("softplus", False), ("log", True)):
            config = {"variance": variance, "full": full}
            cases.append(case(f"gaussianNll {variance} {full}, {title}", "gaussianNll", config, target, wide(2), lambda p, y, c=config: gaussian(p, y, **c), given))  # fmt: skip
        one = draw.grid(shape, 2)
        one[0], target = target[0], target.copy()
        target[0] = one[0] = 0
        cases.append(case(f"smape, {title}", "smape", {}, target, one, lambda p, y: torch.where((p == 0) & (y == 0), 0 * p, 200 * (p - y).abs() / (p.abs() + y.abs()).clamp(min=1e-300)).mean(-1), given))  # fmt: skip
        cases.append(case(f"mase, {title}", "mase", {"scale": 0.75}, target, one, lambda p, y: (p - y).abs().mean(-1) / 0.75, given))  # fmt: skip
        logits, labels = draw.grid((*shape[:-1], 3), 3), draw.integers(shape[:-1], 0, 3)
        entropy = lambda p, y: torch.nn.functional.cross_entropy(p.reshape(-1, 3), y.reshape(-1).long(), reduction="none").reshape(y.shape)  # fmt: skip
        found = case(f"perplexity, {title}", "perplexity", {"fromLogits": True}, labels, logits, entropy, given)
        cases.append({**found, "value": float(f"{np.exp(found['value']):.9g}")})
    for one in cases:
        if one["kind"] in ("smape", "mase", "perplexity"):
            del one["gradient"]
    write(OUT, {"torch": torch.__version__, "cases": cases})
    print(f"{OUT.name}: {OUT.stat().st_size} bytes, {len(cases)} cases")


if __name__ == "__main__":
    main()
