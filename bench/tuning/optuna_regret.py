"""The regret of Optuna's searchers on the functions of functions.js: one JSON object on standard output."""

import json
import math
import statistics
import sys
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]
WEIGHTS = [1, 1.2, 3, 3.2]


def branin(trial):
    x = trial.suggest_float("x", -5, 10)
    y = trial.suggest_float("y", 0, 15)
    a = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(trial):
    x = [trial.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    return -sum(w * math.exp(-sum(a[i] * (x[i] - p[i]) ** 2 for i in range(6))) for w, a, p in zip(WEIGHTS, A, P))


def conditional(trial):
    if trial.suggest_categorical("kind", ["a", "b"]) == "a":
        return 1 + (trial.suggest_float("p", -5, 5) - 1) ** 2
    q = trial.suggest_float("q", -5, 5)
    rate = trial.suggest_float("rate", 1e-4, 1, log=True)
    return 0.2 * (q + 2) ** 2 + 0.5 * math.log10(rate / 0.01) ** 2


FUNCTIONS = {
    "Branin": (branin, 0.39788735772973816),
    "Hartmann 6": (hartmann6, -3.322368011415),
    "conditional": (conditional, 0),
}
SAMPLERS = {
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed, deterministic_objective=True),
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
}

seeds, trials = int(sys.argv[1]), int(sys.argv[2])
regrets_of = {}
for name, (function, minimum) in FUNCTIONS.items():
    for sampler, make in SAMPLERS.items():
        regrets = []
        for seed in range(seeds):
            study = optuna.create_study(sampler=make(seed))
            study.optimize(function, n_trials=trials)
            regrets.append(study.best_value - minimum)
        regrets_of[f"{sampler} {name}"] = [float(f"{regret:.4g}") for regret in regrets]
        print(name, sampler, statistics.median(regrets), file=sys.stderr, flush=True)
lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(regrets)}" for name, regrets in regrets_of.items())
print(f'{{"version": "{optuna.__version__}", "trials": {trials},\n "regrets": {{\n{lines}\n}}}}')
