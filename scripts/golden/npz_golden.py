"""Writes src/storage/formats/golden/numpy.npz: each type that NumPy has and we read, as NumPy 2.4 saves it."""

from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[2] / "src/storage/formats/golden"
whole = np.array([[1, -2, 3], [4, 5, 6]])
arrays = {f"{order}{kind}": (whole / 4 if kind[0] == "f" else whole).astype(order + kind)
          for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8"] for order in "<>"}
arrays |= {kind: abs(whole).astype(kind) for kind in ["u1", "u2", "u4", "u8"]}
arrays |= {
    "bool": whole > 2,
    "fortran": np.asfortranarray(np.arange(24, dtype="f4").reshape(2, 3, 4)),
    "scalar": np.float32(7.5),
    "none": np.zeros((3, 0), "f4"),
}
np.savez_compressed(OUT / "numpy.npz", **arrays)
np.savez(OUT / "numpy-objects.npz", texts=np.array(["a"]), objects=np.array([{}], dtype=object))
