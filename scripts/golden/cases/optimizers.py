"""Optimizers on fixed gradients, and learning-rate schedules."""

import keras
import tensorflow as tf

from .records import Draw, exact, number, precision, tensor

SCHEDULES = {
    name: getattr(keras.optimizers.schedules, name)
    for name in (
        "ExponentialDecay",
        "CosineDecay",
        "PiecewiseConstantDecay",
        "PolynomialDecay",
        "InverseTimeDecay",
        "CosineDecayRestarts",
    )
}
STEPS = 5

OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.9}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    ("RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "centered": True, "epsilon": 0.001}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.001}),
    ("Adam", {"learning_rate": 0.05, "amsgrad": True}),
    ("AdamW", {}),
    ("AdamW", {"learning_rate": 0.05, "weight_decay": 0.1}),
]
CLIPS = [{"clipvalue": 0.5}, {"clipnorm": 1.0}, {"global_clipnorm": 1.0}]
SCHEDULED = {
    "className": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5},
}


def files():
    """Yields (file name, function that makes its cases)."""
    yield "optimizers", optimizer_cases
    yield "optimizers-more", further_optimizer_cases
    yield "schedules", schedule_cases


def optimizer_cases():
    for name, config in OPTIMIZERS:
        yield optimizer_case(name, config)
    for name in ("SGD", "RMSprop", "Adam", "AdamW"):
        for clip in CLIPS:
            yield optimizer_case(name, {"learning_rate": 0.1, **clip})
    yield optimizer_case("SGD", {"momentum": 0.5, "learning_rate": SCHEDULED})
    yield optimizer_case("Adam", {"learning_rate": SCHEDULED})


def further_optimizer_cases():
    """Decay everywhere, and gradients so small that epsilon is as large."""
    for name, config in (
        ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
        ("RMSprop", {"learning_rate": 0.01, "weight_decay": 0.1}),
        ("Adam", {"learning_rate": 0.05, "weight_decay": 0.1}),
        ("AdamW", {"learning_rate": 0.05, "amsgrad": True}),
        ("AdamW", {"learning_rate": 0.05, "beta_1": 0.75, "beta_2": 0.875, "epsilon": 0.125}),
    ):
        yield optimizer_case(name, config)
    for name, config in (
        ("RMSprop", {}),
        ("RMSprop", {"centered": True, "momentum": 0.5}),
        ("Adam", {}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {}),
    ):
        yield optimizer_case(name, {"learning_rate": 2.0**-20, **config}, tiny=2.0**-20)


def make_optimizer(name, config):
    """The optimizer with its defaults spelled out, so that they too are float64 (see `exact`)."""
    kind = getattr(keras.optimizers, name)
    defaults = {key: value for key, value in kind().get_config().items() if isinstance(value, float)}
    options = exact({**defaults, **config})
    if isinstance(options["learning_rate"], dict):
        options["learning_rate"] = SCHEDULES[SCHEDULED["className"]](**exact(SCHEDULED["config"]))
    keras.utils.clear_session()
    return kind(**options)


def optimizer_case(name, config, tiny=1):
    """Five steps on a matrix and a vector; the third gradient of the vector is zero, the fourth large."""
    draw = Draw(500)
    with precision("float64"):
        optimizer = make_optimizer(name, config)
        start = [draw.grid((3, 4), 1) * tiny, draw.grid((5,), 1) * tiny]
        variables = [keras.Variable(value, name=f"variable_{i}") for i, value in enumerate(start)]
        gradients = [[draw.grid(v.shape, 2) * tiny for v in variables] for _ in range(STEPS)]
        gradients[2][1][:] = 0
        gradients[3][1][:] *= 8
        after, rates = [], []
        for step in gradients:
            rates.append(number(optimizer.learning_rate))
            optimizer.apply([tf.constant(g) for g in step], variables)
            after.append([tensor(v.numpy()) for v in variables])
        slots = [v for v in optimizer.variables if v.name not in ("iteration", "learning_rate")]
        words = ", ".join(f"{k} {v['className'] if isinstance(v, dict) else v}" for k, v in config.items())
        return {
            "name": f"{name} {words}".strip() + (", tiny" if tiny < 1 else ""),
            "className": name,
            "config": config,
            "variables": [tensor(v) for v in start],
            "gradients": [[tensor(g) for g in step] for step in gradients],
            "after": after,
            "learningRates": rates,
            "slots": [{"path": v.path, **tensor(v.numpy())} for v in slots],
        }


def schedule_cases():
    cases = [
        ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
        ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
        ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
        ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1}),
        ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 20, "warmup_target": 0.1, "warmup_steps": 5}),
        ("PiecewiseConstantDecay", {"boundaries": [5, 10], "values": [0.1, 0.01, 0.001]}),
        ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.01, "power": 2.0}),
        ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8, "end_learning_rate": 0.01, "cycle": True}),
        ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
        ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
        ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 6, "t_mul": 2.0, "m_mul": 0.5}),
    ]
    steps = [0, 1, 2, 4, 5, 6, 7, 9, 10, 11, 15, 19, 20, 21, 50]
    for name, config in cases:
        with precision("float64"):
            schedule = SCHEDULES[name](**exact(config))
            values = [number(schedule(step)) for step in steps]
        words = ", ".join(f"{k} {v}" for k, v in config.items())
        yield {"name": f"{name} {words}", "className": name, "config": config, "steps": steps, "values": values}
