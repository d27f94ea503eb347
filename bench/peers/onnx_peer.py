"""onnxruntime on the CPU: prediction only, with the model that PyTorch exports. With --options '{"save": "FILE"}' it
writes that model for others and predicts nothing."""

import io
import os
import warnings
from pathlib import Path

import onnxruntime
import torch
from torch_peer import Model
from workloads import main, timed_predictions


def run(work, x, y, options):
    model = exported(work, x)
    if "save" in options:
        Path(options["save"]).write_bytes(model)
        return
    settings = onnxruntime.SessionOptions()
    # By default it takes every core of the machine, also those that this process may not use.
    settings.intra_op_num_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    yield from timed_predictions(lambda part: session.run(None, {"x": part}), x, work["predict"])


def exported(work, x):
    """The model as ONNX with a free batch axis."""
    torch.manual_seed(0)
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a batch size other than the traced one, which is tested by use
        torch.onnx.export(
            torch.nn.Sequential(Model(work), torch.nn.Sigmoid()).eval(),
            (torch.from_numpy(x[:2]),),
            target,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}},
            dynamo=False,
        )
    return target.getvalue()


if __name__ == "__main__":
    main(f"onnxruntime {onnxruntime.__version__}", run)
