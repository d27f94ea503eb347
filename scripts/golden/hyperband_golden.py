"""Hyperband's rounds from the published formulas, in fractions: writes test/golden/hyperband.json.

brackets = 1 + floor(log_f R), size = ceil(ceil(1 + log_f R) / (b + 1) * f^(b - round)), epochs = ceil(R / f^(b - round)).
For each factor and R: the trials and the epochs of all brackets, and the sizes and epochs of the first.
"""

import json
import math
from fractions import Fraction
from pathlib import Path


def floor_log(r, f):
    return max(k for k in range(0, 12) if Fraction(f) ** k <= r)


def ceil_log(r, f):
    return min(k for k in range(0, 12) if Fraction(f) ** k >= r)


table = {}
for f in range(2, 6):
    rows = []
    for r in range(1, 244):
        trials = work = 0
        first = None
        for b in range(floor_log(r, f), -1, -1):
            last = 0
            rounds = []
            for i in range(b + 1):
                power = Fraction(f) ** (b - i)
                size = math.ceil(Fraction(1 + ceil_log(r, f), b + 1) * power)
                epochs = math.ceil(Fraction(r) / power)
                trials += size
                work += size * (epochs - last)
                last = epochs
                rounds.append([size, epochs])
            first = first or rounds
        rows.append([trials, work, first])
    table[f] = rows
path = Path(__file__).parents[2] / "test" / "golden" / "hyperband.json"
path.write_text(json.dumps(table, separators=(",", ":")) + "\n")
