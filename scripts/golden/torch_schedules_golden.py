"""Writes the rates of PyTorch's LinearLR, alone and before other schedules, to test/golden/torch-files/schedules.json.

python scripts/golden/torch_schedules_golden.py     (torch 2, and what keras_golden.py needs)
"""

import os
import sys
from pathlib import Path

import torch
from torch.optim import lr_scheduler as schedulers

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
OUT = Path(__file__).resolve().parents[2] / "test/golden/torch-files/schedules.json"
RATE = 0.1
# Ours, and what follows a warm-up in PyTorch; from 0 the cosine of PyTorch rises again behind its last step.
BEHIND = [
    (RATE, lambda o: schedulers.ConstantLR(o, factor=1.0)),
    ({"name": "exponentialDecay", "initialLearningRate": RATE, "decaySteps": 1, "decayRate": 0.75}, lambda o: schedulers.ExponentialLR(o, 0.75)),
    ({"name": "exponentialDecay", "initialLearningRate": RATE, "decaySteps": 3, "decayRate": 0.5, "staircase": True}, lambda o: schedulers.StepLR(o, 3, 0.5)),
    ({"name": "cosineDecay", "initialLearningRate": RATE, "decaySteps": 8, "alpha": 0.25}, lambda o: schedulers.CosineAnnealingLR(o, 8, RATE / 4)),
    ({"name": "piecewiseConstantDecay", "boundaries": [1, 4], "values": [RATE, RATE / 2, RATE / 4]}, lambda o: schedulers.MultiStepLR(o, [2, 5], 0.5)),
    ({"name": "polynomialDecay", "initialLearningRate": RATE, "decaySteps": 6, "endLearningRate": 0, "power": 2}, lambda o: schedulers.PolynomialLR(o, 6, 2)),
]  # fmt: skip


def rates(behind, warmup):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    # A line to the whole rate in the last of `warmup` steps.
    first = schedulers.LinearLR(optimizer, start_factor=1 / warmup, total_iters=max(1, warmup - 1))
    both = schedulers.SequentialLR(optimizer, [first, behind(optimizer)], milestones=[warmup])
    found = []
    for _ in range(warmup + 8):
        found.append(both.get_last_lr()[0])
        optimizer.step()
        both.step()
    return found


def main():
    from cases.records import number, write

    cases = []
    for ours, behind in BEHIND:
        for warmup in (1, 4):
            name = ours["name"] if isinstance(ours, dict) else "a rate"
            more = ", staircase" if isinstance(ours, dict) and ours.get("staircase") else ""
            cases.append({
                "name": f"{name}{more} behind {warmup} steps",
                "kind": "linearWarmup",
                "config": {"learningRate": ours, "warmupSteps": warmup},
                "values": [number(rate) for rate in rates(behind, warmup)],
            })  # fmt: skip
    write(OUT, {"torch": torch.__version__, "cases": cases})
    print(f"{OUT.name}: {OUT.stat().st_size} bytes, {len(cases)} cases")


if __name__ == "__main__":
    main()
