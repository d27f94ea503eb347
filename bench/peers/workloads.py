"""The workloads of ../workloads.json, their data, and the line that a peer prints for each."""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

WORKLOADS = json.loads((Path(__file__).parent.parent / "workloads.json").read_text(encoding="utf8"))
VOCABULARY = 10_000
EMBEDDING = 128
PREDICTIONS = 30


def is_text(work):
    """Text workloads embed tokens and end in a sigmoid; the others read one number a step and forecast the next."""
    return work["data"] == "tokens"


def data(work):
    """(x, y) as numpy arrays: token ids and 0/1 labels, or windows of a series in [0, 1] and the value after each."""
    rows, steps = work["rows"], work["steps"]
    if is_text(work):
        random = np.random.default_rng(0)
        x = random.integers(1, VOCABULARY, (rows, steps)).astype("int32")
        for i in range(0, rows, 3):  # one row in three is padded after its end
            x[i, random.integers(steps // 4, steps) :] = 0
        return x, random.integers(0, 2, (rows, 1)).astype("float32")
    t = np.arange(rows + steps)
    series = np.sin(t / 10) if work["data"] == "sine" else t / 144 + 0.3 * np.sin(2 * np.pi * t / 12)
    series = (series - series.min()) / np.ptp(series)
    x = np.stack([series[i : i + steps] for i in range(rows)])[..., None]
    return x.astype("float32"), series[steps:, None].astype("float32")


def main(peer, run):
    """Runs the workloads named on the command line and prints what `run(name, work)` yields, a JSON line each."""
    parser = argparse.ArgumentParser(description=f"Times the workloads with {peer}, one JSON line each.")
    parser.add_argument("workloads", nargs="*", help=f"any of {', '.join(WORKLOADS)}; all when left out")
    parser.add_argument("--epochs", type=int, help="in place of the workload's own number")
    arguments = parser.parse_args()
    for name in arguments.workloads or WORKLOADS:
        if name not in WORKLOADS:
            parser.error(f"no workload {name!r}; there are {', '.join(WORKLOADS)}")
        work = {"epochs": 1, **WORKLOADS[name]}
        if arguments.epochs:
            work["epochs"] = arguments.epochs
        for line in run(work):
            print(json.dumps({"workload": name, "peer": peer, "cores": os.cpu_count(), **line}), flush=True)


def milliseconds(since):
    return 1e3 * (time.perf_counter() - since)


def trained(calls, epoch_ms, steps_an_epoch, loss):
    """The line of a training: `calls` are (ms, steps) of each call, the first two of which compile and warm up."""
    warm = calls[2:] or calls
    later = epoch_ms[1:]
    return {
        "msPerStep": round(float(np.median([ms / steps for ms, steps in warm])), 4),
        "msFirstCall": round(calls[0][0], 1),
        # Everything that an epoch costs, validation and callbacks included; the first one compiles.
        "msPerStepOfEpoch": round(float(np.mean(later)) / steps_an_epoch, 4) if later else None,
        "steps": sum(steps for _, steps in calls),
        "seconds": round(sum(epoch_ms) / 1e3, 3),
        "loss": float(loss),
    }


def predicted(predict, x, batches):
    """A line for each batch size: the median time of `predict` on its first rows."""
    for batch in batches:
        part = x[:batch]
        predict(part)
        times = []
        for _ in range(PREDICTIONS):
            start = time.perf_counter()
            predict(part)
            times.append(milliseconds(start))
        yield {"batch": batch, "msPerBatch": round(float(np.median(times)), 4)}
