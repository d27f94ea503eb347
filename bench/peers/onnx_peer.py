"""onnxruntime on the CPU: prediction only, with the model that PyTorch exports."""

import io
import warnings

import onnxruntime
import torch
from torch_peer import Model
from workloads import data, main, predicted


def run(work):
    if "predict" not in work:
        yield {"skipped": "onnxruntime does not train"}
        return
    x, _ = data(work)
    session = onnxruntime.InferenceSession(exported(work, x), providers=["CPUExecutionProvider"])
    yield from predicted(lambda part: session.run(None, {"x": part}), x, work["predict"])


def exported(work, x):
    """The model as ONNX with a free batch axis."""
    torch.manual_seed(0)
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a batch size other than the traced one, which is tested by use
        torch.onnx.export(
            Model(work).eval(),
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
