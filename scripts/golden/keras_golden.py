"""Writes the golden values of Keras on TensorFlow to test/golden/keras (see test/golden/README.md).

python scripts/golden/keras_golden.py --out test/golden/keras [--only gru]
"""

import argparse
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True
os.environ.update(
    KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0"
)

# The environment must be set before Keras is imported.
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from cases import attention, batch_normalization, bidirectional, callbacks, calls, data, feedforward, functional, losses, metrics, optimizers, recurrent, sequences, traces, training, windows  # noqa: E402
from cases.records import write  # noqa: E402

MODULES = [recurrent, bidirectional, sequences, windows, batch_normalization, attention, calls, feedforward, losses, metrics, optimizers, callbacks, training, functional, traces, data]
MOST_BYTES_A_FILE = 100_000
MOST_BYTES = 3_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the JSON files")
    parser.add_argument("--only", default="", help="write only the files whose name contains this")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    total = 0
    for module in MODULES:
        for name, cases in module.files():
            if arguments.only not in name:
                continue
            path = arguments.out / f"{name}.json"
            write(path, {"keras": keras.__version__, "tensorflow": tf.__version__, "cases": list(cases())})
            size = path.stat().st_size
            total += size
            print(f"{name:32}{size:>8} bytes")
            if size > MOST_BYTES_A_FILE:
                raise SystemExit(f"{path.name} has {size} bytes; the limit is {MOST_BYTES_A_FILE}")
    if total > MOST_BYTES:
        raise SystemExit(f"The files have {total} bytes; the limit is {MOST_BYTES}")
    print(f"{'in all':32}{total:>8} bytes")


if __name__ == "__main__":
    main()
