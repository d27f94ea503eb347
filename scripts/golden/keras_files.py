"""Files as Keras 3 and Keras 2 write them, with what the models in them answer, in test/golden/keras-files.

    python scripts/golden/keras_files.py                        writes those of Keras 3, and what no Keras would write
    python scripts/golden/keras_files.py --keras2               writes those of Keras 2 (pip install tf-keras==2.21.0)
    python scripts/golden/keras_files.py --read M.keras S.npz   loads a model that we wrote and prints how far it is off
"""

import os
import sys
import zipfile
from pathlib import Path

sys.dont_write_bytecode = True
os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
KERAS2 = "--keras2" in sys.argv

import h5py  # noqa: E402
import numpy as np  # noqa: E402

if KERAS2:
    import tf_keras as keras
else:
    import keras

OUT = Path(__file__).resolve().parents[2] / "test/golden/keras-files"
L = keras.layers


def given(shape):
    return L.InputLayer(shape) if KERAS2 else keras.Input(shape)


def words():
    model = keras.Sequential(
        [
            given((None,)),
            L.Embedding(20, 4, mask_zero=True),
            L.Bidirectional(L.GRU(3, return_sequences=True)),
            L.LSTM(5, return_sequences=True, dropout=0.1),
            L.TimeDistributed(L.Dense(3)),
            L.LayerNormalization(),
            L.GRU(2, reset_after=False, name="last"),
            L.Dropout(0.2),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    optimizer = keras.optimizers.Adam(1e-3, clipnorm=1.0)
    metrics = ["accuracy", keras.metrics.AUC(name="auc")]
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=metrics)
    return model, np.arange(20, dtype="int32").reshape(4, 5) % 7


def curves():
    model = keras.Sequential(
        [
            given((6, 3)),
            L.Masking(-1.0),
            L.Bidirectional(L.SimpleRNN(3, return_sequences=True), merge_mode="ave"),
            L.SpatialDropout1D(0.3),
            L.Dense(4, activation="gelu", kernel_regularizer="l2"),
            L.Bidirectional(L.LSTM(2, return_sequences=True), merge_mode="sum"),
            L.Activation("elu"),
            L.Flatten(),
            L.LayerNormalization(epsilon=1e-5),
            L.Dense(3, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.5)
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.5), loss=loss)
    x = (np.arange(54) % 13 / 4 - 1).reshape(3, 6, 3).astype("float32")
    x[1, 4:] = -1
    return model, x


def windows():
    model = keras.Sequential(
        [
            given((9, 3)),
            L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu"),
            L.MaxPooling1D(2, strides=1),
            L.AveragePooling1D(3, padding="same"),
            L.GRU(5, kernel_regularizer=keras.regularizers.L2(0.02), bias_constraint="non_neg"),
            L.RepeatVector(4),
            L.LSTM(3, return_sequences=True, go_backwards=True, trainable=False),
            L.Reshape((6, 2)),
            L.GlobalMaxPooling1D(),
        ]
    )
    return model, (np.arange(54) % 13 / 4 - 1).reshape(2, 9, 3).astype("float32")


def cells():
    model = keras.Sequential(
        [
            given((5, 3)),
            L.RNN([L.GRUCell(4), L.LSTMCell(3), L.GRUCell(2, reset_after=False)], return_sequences=True),
            L.Bidirectional(L.RNN(L.SimpleRNNCell(3, activation="relu"))),
        ]
    )
    return model, (np.arange(30) % 13 / 4 - 1).reshape(2, 5, 3).astype("float32")


def shares():
    """Cells whose functions are softmax."""
    both = {"activation": "softmax", "recurrent_activation": "softmax"}
    model = keras.Sequential(
        [
            given((None, 3)),
            L.GRU(4, return_sequences=True, **both),
            L.Bidirectional(L.LSTM(3, return_sequences=True, **both)),
            L.RNN([L.GRUCell(3, reset_after=False, **both), L.SimpleRNNCell(2, activation="softmax")]),
        ]
    )
    return model, (np.arange(30) % 13 / 4 - 1).reshape(2, 5, 3).astype("float32")


def stateful():
    first = L.InputLayer(batch_input_shape=(2, 4, 3)) if KERAS2 else keras.Input(batch_shape=(2, 4, 3))
    model = keras.Sequential([first, L.LSTM(3, stateful=True)])
    return model, (np.arange(24) % 13 / 4 - 1).reshape(2, 4, 3).astype("float32")


def normal():
    model = keras.Sequential(
        [
            given((6, 3)),
            L.BatchNormalization(momentum=0.5),
            L.Conv1D(4, 2, activation="softplus"),
            L.BatchNormalization(center=False, trainable=False),
            L.GRU(3, activation="softsign"),
            L.BatchNormalization(scale=False, epsilon=0.5),
        ]
    )
    model.compile("sgd", "mse")
    x = (np.arange(36) % 13 / 4 - 1).reshape(2, 6, 3).astype("float32")
    model.fit(x, np.ones((2, 3), "float32"), epochs=3, verbose=0)
    return model, x


def branches():
    """Two inputs, a layer applied twice, a model in the place of a layer, two outputs."""
    left, right = L.Input((None,), name="left"), L.Input((None,), name="right")
    other = L.Input((3,), name="other")
    table = L.Embedding(11, 4, mask_zero=True, name="table")
    reader = keras.Sequential([L.InputLayer((None, 4)), L.GRU(5, return_sequences=True), L.LSTM(3)], name="reader")
    a, b = reader(table(left)), reader(table(right))
    joined = L.Concatenate()([a, b, L.Dense(2, activation="relu")(other)])
    head = L.Dense(4, name="head")
    mixed = L.Add()([L.Dense(4, use_bias=False)(joined), L.Multiply()([head(joined), head(joined)])])
    normal = L.LayerNormalization()(L.Average()([mixed, L.Subtract()([mixed, head(joined)])]))
    outputs = [L.Dense(1, name="score")(normal), L.Dense(3, activation="softmax", name="kind")(normal)]
    x = [np.arange(12).reshape(2, 6) % 11, np.arange(8).reshape(2, 4) % 5, np.arange(6).reshape(2, 3) / 4 - 1]
    return keras.Model([left, right, other], outputs), [x[0].astype("int32"), x[1].astype("int32"), x[2].astype("float32")]


def translator():
    """States handed on, both ways apart, attention with and without later steps, stacked cells, a table for two inputs."""
    source, target = L.Input((None,), name="source"), L.Input((None,), name="target")
    table = L.Embedding(11, 4, mask_zero=True, name="table")
    encoder = L.Bidirectional(L.LSTM(3, return_sequences=True, return_state=True), merge_mode=None, name="encoder")
    there, back, *states = encoder(table(source))
    first = [L.Concatenate()([states[0], states[2]]), L.Concatenate()([states[1], states[3]])]
    words = table(target)
    decoder = L.LSTM(6, return_sequences=True, return_state=True, name="decoder")
    decoded, _, last = decoder(words, initial_state=first, mask=table.compute_mask(target))
    seen = L.Attention(use_scale=True, score_mode="concat", name="luong")([decoded, L.Concatenate()([there, back])])
    before = L.AdditiveAttention(name="bahdanau")([decoded, decoded], use_causal_mask=True)
    plain = L.Attention(name="plain")([there, back, back], use_causal_mask=True)
    cells = L.RNN([L.GRUCell(4), L.LSTMCell(3)], return_state=True, name="cells")
    found, *kept = cells(L.Concatenate()([seen, before]))
    again = L.RNN([L.GRUCell(4), L.LSTMCell(3)], name="again")(L.Conv1D(2, 2)(plain), initial_state=kept)
    more = L.GRU(6)(L.MaxPooling1D(2)(plain), initial_state=last)
    joined = L.Concatenate()([found, again, more, L.Bidirectional(L.GRU(3))(seen)])
    x = [np.arange(12).reshape(2, 6) % 11, np.array([[3, 5, 0, 2], [1, 0, 0, 0]])]
    return keras.Model([source, target], [L.Dense(2)(joined), last]), [one.astype("int32") for one in x]


def masks():
    """Calls from given states, at masks that come of several: merged, attended to, made behind each other."""
    words, others = L.Input((None,), name="words"), L.Input((None,), name="others")
    a = L.Embedding(9, 3, mask_zero=True)(words)
    b = L.Embedding(9, 3, mask_zero=True)(others)
    start = L.Dense(2)(L.GRU(2)(a))
    plain = L.Dense(3)(L.Embedding(9, 2)(others))
    shown = L.Masking(0.0)(L.Dense(3, activation="relu")(a))
    ways = L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode=None)(L.Multiply()([a, b]))
    several = [
        L.Add()([a, b, b]),
        L.Concatenate()([a, b]),
        L.Concatenate()([a, plain]),
        L.Attention()([b, a]),
        L.Average()([L.Dense(3)(L.Concatenate()([b, ways[1]])), L.GRU(3, return_sequences=True)(shown)]),
    ]
    ends = [L.GRU(2)(one, initial_state=start, mask=one._keras_mask) for one in several]
    x = [np.array([[3, 5, 0, 2, 0], [1, 0, 0, 0, 0]]), np.array([[1, 2, 4, 0, 0], [7, 0, 3, 0, 0]])]
    return keras.Model([words, others], [L.Dense(1)(L.Concatenate()(ends)), ends[0]]), [one.astype("int32") for one in x]


def frozen():
    """What is not trained, in the middle of stacked cells and of an inner model."""
    cells = [L.GRUCell(2, trainable=False), L.LSTMCell(2)]
    inner = [L.InputLayer((2,)), L.Dense(2, trainable=False), L.BatchNormalization(), L.Dense(2), L.BatchNormalization()]
    model = keras.Sequential([given((3, 2)), L.RNN(cells), keras.Sequential(inner)])
    return model, (np.arange(12) % 7 / 4 - 1).reshape(2, 3, 2).astype("float32")


def calls():
    """An inner model whose calls are taken by a layer, by itself and as outputs; and one that is given a record."""
    x, inside = L.Input((2,), name="x"), L.Input((2,))
    inner = keras.Model(inside, L.Dense(2)(inside), name="inner")
    q, p = L.Input((2,), name="q"), L.Input((2,), name="p")
    outputs = {"z": L.Dense(2)(q), "a": L.Subtract()([q, p])}
    named = keras.Model({"q": q, "p": p}, outputs, name="named")
    first = inner(x)
    again = inner(L.Activation("tanh")(first))
    found = named({"q": first, "p": again})
    return keras.Model(x, [again, L.Subtract()([found["z"], found["a"]]), first]), np.array([[1, 2], [-1, 0.5]], "float32")


def each():
    """Models that are applied to each step: a stack, and one whose layers meet, behind a mask."""
    row, x = L.Input((2,)), L.Input((4, 2), name="x")
    joined = keras.Model(row, L.Multiply()([L.Dense(2, activation="tanh")(row), row]), name="joined")
    stack = keras.Sequential([L.Dense(3, activation="tanh"), L.Dropout(0.1), L.LayerNormalization(), L.Dense(2)])
    steps = L.TimeDistributed(joined)(L.TimeDistributed(stack)(L.Masking()(x)))
    values = (np.arange(16) % 7 / 4 - 1).reshape(2, 4, 2).astype("float32")
    values[1, 2:] = 0
    return keras.Model(x, L.GRU(2)(steps)), values


def packed(path):
    """The archive with its entries deflated, as other programs would write it."""
    with zipfile.ZipFile(path) as archive:
        entries = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def write(make, prefix, files):
    keras.utils.set_random_seed(1)
    model, x = make()
    for weight in model.weights:  # biases that are zero would prove nothing
        weight.assign(weight + np.random.uniform(-0.2, 0.2, weight.shape).astype("float32"))
    y = model.predict(x, verbose=0)
    several = isinstance(x, list)
    if isinstance(y, list) and not several:
        y = np.concatenate(y, axis=1)
    arrays = {f"x{i}": one for i, one in enumerate(x)} | {f"y{i}": one for i, one in enumerate(y)} if several else {}
    np.savez(OUT / f"{prefix}.npz", **(arrays if several else {"x": x, "y": y}))
    for name in files:
        path = OUT / f"{prefix}{name}"
        (model.save_weights if "weights" in name else model.save)(str(path))
        if name == ".keras":
            packed(path)


def trained():
    """A model in the middle of its training, and what it answers after three steps more."""
    keras.utils.set_random_seed(2)
    x = (np.arange(60) % 13 / 4 - 1).reshape(5, 4, 3).astype("float32")
    target = (np.arange(10) % 7 / 4).reshape(5, 2).astype("float32")
    model = keras.Sequential([given((4, 3)), L.GRU(3), L.Dense(3, trainable=False), L.Dense(2)])
    model.compile(keras.optimizers.Adam(0.05, amsgrad=True), "mse")
    model.fit(x, target, batch_size=5, epochs=4, verbose=0)
    model.save(str(OUT / "keras3-trained.keras"))
    packed(OUT / "keras3-trained.keras")
    model.save(str(OUT / "keras3-trained.h5"))
    model.fit(x, target, batch_size=5, epochs=3, verbose=0)
    np.savez(OUT / "keras3-trained.npz", x=x, target=target, y=model.predict(x, verbose=0))


def doubles():
    """A model in the middle of a training in float64, and what it answers after three steps more."""
    keras.utils.set_random_seed(5)
    x = (np.arange(24) % 13 / 4 - 1).reshape(4, 2, 3)
    target = (np.arange(4) % 7 / 4).reshape(4, 1)
    keras.config.set_floatx("float64")
    model = keras.Sequential([given((2, 3)), L.GRU(2), L.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(x, target, batch_size=4, epochs=3, verbose=0)
    model.save(str(OUT / "keras3-doubles.keras"))
    packed(OUT / "keras3-doubles.keras")
    model.fit(x, target, batch_size=4, epochs=3, verbose=0)
    np.savez(OUT / "keras3-doubles.npz", x=x, target=target, y=model.predict(x, verbose=0).astype("float32"))
    keras.config.set_floatx("float32")


def going_on():
    """A functional model trained with averages and gathered gradients, between two of its steps, and three steps more."""
    keras.utils.set_random_seed(3)
    left, right = L.Input((4, 3), name="left"), L.Input((4, 3), name="right")
    inner_input = L.Input((4, 3))
    inner = keras.Model(inner_input, L.GRU(3)(L.Dense(3, activation="tanh")(inner_input)), name="inner")
    short = L.GRU(3, name="short")(right)
    long = L.GRU(3, name="long")(L.GRU(3, return_sequences=True, name="first")(left))
    joined = L.BatchNormalization()(L.Concatenate()([short, long, inner(right)]))
    model = keras.Model([left, right], L.Dense(2)(L.Dense(4, trainable=False)(joined)))
    optimizer = keras.optimizers.Adam(
        0.05, gradient_accumulation_steps=3, use_ema=True, ema_momentum=0.8, global_clipnorm=1.0
    )
    model.compile(optimizer, "mse")
    x = [(np.arange(60) * k % 13 / 4 - 1).reshape(5, 4, 3).astype("float32") for k in (1, 5)]
    target = (np.arange(10) % 7 / 4).reshape(5, 2).astype("float32")
    model.fit(x, target, batch_size=5, epochs=8, shuffle=False, verbose=0)
    model.save(str(OUT / "keras3-going-on.keras"))
    packed(OUT / "keras3-going-on.keras")
    history = model.fit(x, target, batch_size=5, epochs=5, shuffle=False, verbose=0).history["loss"]
    arrays = {f"w{i}": one for i, one in enumerate(model.get_weights())}
    np.savez_compressed(
        OUT / "keras3-going-on.npz", x0=x[0], x1=x[1], target=target, loss=np.float32(history), **arrays
    )


def several(prefix, named):
    """A model of three outputs, one of which has no loss, in the middle of its training, and two steps more."""
    keras.utils.set_random_seed(4)
    x = L.Input((4, 3), name="x")
    shared = L.GRU(3, name="shared")(x)
    low, kind, more = L.Dense(1, name="low"), L.Dense(3, activation="softmax", name="kind"), L.Dense(1, name="more")
    outputs = [low(shared), more(shared), kind(shared)]
    # In another order than that of their names, and of their layers.
    names = ["walk", "idle", "kind"] if named else ["low", "more", "kind"]
    model = keras.Model(x, dict(zip(names, outputs)) if named else outputs)
    smooth = keras.losses.CategoricalCrossentropy(label_smoothing=0.25)
    rmse = keras.metrics.RootMeanSquaredError(name="rmse")
    if named:
        loss = {names[0]: "mse", names[2]: smooth}
        weights = {names[0]: 2, names[2]: 0.5}
        metrics, weighted = {names[0]: ["mae", rmse], names[2]: "accuracy"}, {names[2]: [keras.metrics.AUC()]}
    else:
        loss, weights = ["mse", None, smooth], [2, 1, 0.5]
        metrics, weighted = [["mae", rmse], None, ["accuracy"]], None
    model.compile(keras.optimizers.Adam(0.05), loss, weights, metrics, weighted)
    data = (np.arange(60) % 13 / 4 - 1).reshape(5, 4, 3).astype("float32")
    wanted = [np.arange(5, dtype="float32")[:, None] / 2, None, np.eye(3, dtype="float32")[[0, 2, 1, 1, 0]]]
    wanted[1] = 1 - wanted[0]
    y = dict(zip(names, wanted)) if named else wanted
    model.fit(data, y, batch_size=5, epochs=3, shuffle=False, verbose=0)
    model.save(str(OUT / f"{prefix}.keras"))
    packed(OUT / f"{prefix}.keras")
    found = model.fit(data, y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
    arrays = {f"y{i}": one for i, one in enumerate(wanted)} | {f"w{i}": one for i, one in enumerate(model.get_weights())}
    history = {f"history/{key}": np.float32(one) for key, one in found.items()}
    np.savez_compressed(OUT / f"{prefix}.npz", x=data, **arrays, **history)


def hostile():
    """What no Keras writes: links to other files, in the places where weights are."""
    kernel = np.ones((2, 1), "float32")

    def layer(name, put):
        with h5py.File(OUT / f"hostile-{name}.weights.h5", "w") as file:
            group = file.create_group("layers/dense/vars")
            put(file, group)
            group["1"] = np.zeros(1, "float32")

    def virtual(file, group):
        layout = h5py.VirtualLayout((2, 1), "float32")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2, 1))
        group.create_virtual_dataset("0", layout)

    def cycle(file, group):
        file["a"] = h5py.SoftLink("/b")
        file["b"] = h5py.SoftLink("/a")
        group["0"] = h5py.SoftLink("/a")

    def soft_to_external(file, group):
        file["out"] = h5py.ExternalLink("/etc/passwd", "/x")
        group["0"] = h5py.SoftLink("/out")

    def huge(file, group):
        group.create_dataset("0", (300_000, 300_000), "float32", chunks=(64, 64), compression="gzip")

    def zeros(file, group):
        zeros = np.zeros((2500, 2500), "float32")
        group.create_dataset("0", data=zeros, chunks=zeros.shape, compression="gzip")

    layer("external-storage", lambda _, g: g.create_dataset("0", (2, 1), "float32", external=[("/etc/passwd", 0, 8)]))
    layer("own-storage", lambda _, g: g.create_dataset("0", (2, 1), "float32", external=[("/held.h5", 0, 8)]))
    layer("virtual", virtual)
    layer("external-link", lambda _, g: g.__setitem__("0", h5py.ExternalLink("/etc/passwd", "/x")))
    layer("soft-link", lambda f, g: (f.__setitem__("k", kernel), g.__setitem__("0", h5py.SoftLink("/k"))))
    layer("soft-to-external", soft_to_external)
    layer("cycle", cycle)
    layer("hard-cycle", lambda f, g: (g.__setitem__("0", kernel), g.__setitem__("again", f["layers"])))
    layer("huge", huge)
    layer("zeros", zeros)
    layer("big-endian", lambda _, g: g.create_dataset("0", data=kernel.astype(">f4") * [[1], [2]]))
    layer("half", lambda _, g: g.create_dataset("0", data=kernel.astype("float16") * [[1], [2]], dtype="float16"))
    layer("texts", lambda _, g: g.create_dataset("0", data=np.array([[b"a"], [b"b"]])))


def read(path, samples):
    model = keras.models.load_model(path)
    data = np.load(samples)
    if "x" in data:
        print(float(np.abs(model.predict(data["x"], verbose=0) - data["y"]).max()))
        return
    found = model.predict([data[f"x{i}"] for i in range(len(model.inputs))], verbose=0)
    print(max(float(np.abs(one - data[f"y{i}"]).max()) for i, one in enumerate(found)))


if "--read" in sys.argv:
    at = sys.argv.index("--read")
    read(sys.argv[at + 1], sys.argv[at + 2])
elif KERAS2:
    write(words, "keras2-words", [".keras", ".h5", "-weights.h5"])
    write(curves, "keras2-curves", [".h5"])
    write(windows, "keras2-windows", [".keras"])
    write(cells, "keras2-cells", [".keras"])
    write(branches, "keras2-branches", [".keras", ".h5"])
else:
    write(words, "keras3-words", [".keras", ".h5", ".weights.h5"])
    write(curves, "keras3-curves", [".keras"])
    write(windows, "keras3-windows", [".keras"])
    write(stateful, "keras3-stateful", [".keras"])
    write(cells, "keras3-cells", [".keras"])
    write(shares, "keras3-shares", [".keras"])
    write(normal, "keras3-normal", [".keras"])
    write(branches, "keras3-branches", [".keras", ".h5"])
    write(translator, "keras3-translator", [".keras"])
    write(masks, "keras3-masks", [".keras", ".h5", ".weights.h5"])
    trained()
    doubles()
    going_on()
    write(frozen, "keras3-frozen", [".h5"])
    write(calls, "keras3-calls", [".keras"])
    write(each, "keras3-each", [".keras", ".h5"])
    several("keras3-several", False)
    several("keras3-named", True)
    hostile()
