"""The workloads of ../workloads.json, their data (made by ../data.js), and the lines that a peer prints."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BENCH = Path(__file__).parent.parent
WORKLOADS = json.loads((BENCH / "workloads.json").read_text(encoding="utf8"))
PREDICTIONS = 30  # at least, and for so many seconds: short calls go on until nothing is compiled on the way
LEAST_SECONDS = 0.5


def reads_tokens(work):
    return "vocabulary" in work


def classifies(work):
    return reads_tokens(work) or work["data"] == "vectors"


def main(peer, run):
    """Runs a workload named on the command line; prints each dict that `run(work, x, y, options)` yields as a line of JSON."""
    parser = argparse.ArgumentParser(description=f"Times a workload with {peer}, with a line of JSON.")
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--data", help="folder with the files of data.js; without it they are made, with node")
    parser.add_argument("--epochs", type=int, help="timed epochs in place of the workload's own number")
    parser.add_argument("--options", type=json.loads, default={}, help="how the peer is to be run, as JSON")
    arguments = parser.parse_args()
    work = WORKLOADS[arguments.workload]
    if arguments.epochs:
        work["epochs"] = arguments.epochs
    x, y = (read(arguments.data, arguments.workload, key) for key in "xy") if arguments.data else made(arguments.workload)
    for line in run(work, x, y, arguments.options):
        common = {"memoryMB": peak_memory(), "cpuSeconds": time.process_time()}
        print(json.dumps({"workload": arguments.workload, "peer": peer, **line, **common}), flush=True)


def made(name):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", BENCH / "data.js", name, folder], check=True)
        return [read(folder, name, key) for key in "xy"]


def read(folder, name, key):
    what = json.loads((Path(folder) / f"{name}.{key}.json").read_text(encoding="utf8"))
    return np.fromfile(Path(folder) / f"{name}.{key}.bin", dtype=what["type"]).reshape(what["shape"])


def training_rows(work):
    return int(work["rows"] * (1 - work.get("validationSplit", 0)))


class Stopwatch:
    """What a step took by the wall, and in processor time over all threads."""

    def __init__(self):
        self.wall, self.used = time.perf_counter(), time.process_time()

    def line(self, steps):
        wall, used = time.perf_counter() - self.wall, time.process_time() - self.used
        return {"msPerStep": 1e3 * wall / steps, "cpuMsPerStep": 1e3 * used / steps, "steps": steps}


class FirstStep:
    """Notes when the first step of a training has ended."""

    def __init__(self):
        self.start, self.end = time.perf_counter(), None

    def done(self):
        self.end = self.end or time.perf_counter()

    def line(self):
        started = os.environ.get("GRUVY_BENCH_STARTED")  # when this process was started, in milliseconds since 1970
        ago = 1e3 * (time.perf_counter() - self.end)
        since_start = {"sinceStartMs": 1e3 * time.time() - ago - float(started)} if started else {}
        return {"firstStepMs": 1e3 * (self.end - self.start), **since_start}


def timed_predictions(predict, x, batches):
    """A line for each batch size: the median time of `predict` on its first rows."""
    for batch in batches:
        part = x[:batch]
        start = time.perf_counter()
        predict(part)
        first = 1e3 * (time.perf_counter() - start)
        clock = Stopwatch()
        times = []
        begin = time.perf_counter()
        while len(times) < PREDICTIONS or time.perf_counter() - begin < LEAST_SECONDS:
            start = time.perf_counter()
            predict(part)
            times.append(1e3 * (time.perf_counter() - start))
        yield {"batch": batch, **clock.line(len(times)), "msPerStep": float(np.median(times)), "firstStepMs": first}


def peak_memory():
    """Peak resident memory of this process in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
