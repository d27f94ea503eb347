"""Runs layers with fixed weights and records output, state and the gradients of sum(output * cotangent)."""

import keras
import tensorflow as tf

from .dropping import drawn_as_here
from .records import number, precision, tensor

LAYERS = {
    name: getattr(keras.layers, name)
    for name in ("Activation", "AveragePooling1D", "BatchNormalization", "Bidirectional", "Conv1D", "Dense", "Dropout",
                 "Embedding", "Flatten", "GRU", "GRUCell", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "LSTM", "LSTMCell",
                 "LayerNormalization", "Masking", "MaxPooling1D", "RNN", "RepeatVector", "Reshape", "SimpleRNN",
                 "SimpleRNNCell", "SpatialDropout1D", "TimeDistributed")
}


def build(layers):
    """Keras layers from (class name, config) pairs, named as a fresh process would name them."""
    keras.utils.clear_session()
    return [make(name, config) for name, config in layers]


def is_layer(value):
    return isinstance(value, tuple) and isinstance(value[0], str)


def each_layer(value, convert):
    """A value of a config, in which layers, alone or in a list, are (class name, config) pairs."""
    if is_layer(value):
        return convert(*value)
    return [convert(*one) if is_layer(one) else one for one in value] if isinstance(value, list) else value


def make(name, config):
    """A layer; the layers that a wrapper is given are (class name, config) pairs themselves."""
    return LAYERS[name](**{key: each_layer(value, make) for key, value in config.items()})


def described(layers):
    def one(name, config):
        return {"className": name, "config": {key: each_layer(value, one) for key, value in config.items()}}

    return [one(*layer) for layer in layers]


def dense_gradient(gradient):
    """Gradients of embeddings come as slices; the golden has the whole table."""
    return tf.convert_to_tensor(gradient).numpy()


def set_drawn_weights(variables, draw):
    for variable in variables:
        variable.assign(draw.weight(variable))


def named(variables):
    return [{"path": v.path, **tensor(v.numpy())} for v in variables]


def layer_case(name, draw, layers, x, mask=None, training=False):
    """A record of one layer or stack. A single layer may get a `mask`; in `training` all drop what Gruvy would."""
    with precision("float64"):
        model = keras.Sequential(build(layers))
        model.build(x.shape)
        set_drawn_weights(model.weights, draw)
        sources = [w.value for w in model.weights]
        inputs = tf.constant(x)
        differentiable = x.dtype.kind == "f"
        factors = {}
        with tf.GradientTape() as tape, drawn_as_here(model.layers, factors):
            if differentiable:
                tape.watch(inputs)
                sources.append(inputs)
            output, state = forward(model, inputs, mask, training)
            cotangent = draw.grid(output.shape, 1.0)
            loss = tf.reduce_sum(output * cotangent)
        gradients = [tensor(dense_gradient(g)) for g in tape.gradient(loss, sources)]
        record = {"name": name, "layers": described(layers), "input": tensor(x)}
        if mask is not None:
            record["mask"] = tensor(mask)
        if training:
            record["training"] = True
            record.update(cell_masks(model, factors))
        record["weights"] = named(model.weights)
        record["output"] = tensor(output.numpy())
        if state:
            record["state"] = [tensor(s.numpy()) for s in state]
        record.update(cotangent=tensor(cotangent), loss=number(loss))
        record["weightGradients"] = gradients[: len(model.weights)]
        if differentiable:
            record["inputGradient"] = gradients[-1]
        return record


def forward(model, inputs, mask, training):
    """The output, and the final state of a recurrent layer that stands alone."""
    if len(model.layers) > 1:
        return model(inputs, training=training), []
    layer = model.layers[0]
    if not isinstance(layer, keras.layers.RNN):
        options = {"training": training} if layer._call_has_training_arg else {}
        if mask is not None and layer._call_has_mask_arg:
            options["mask"] = tf.constant(mask)
        return layer(inputs, **options), []
    layer.return_state = True
    output, *state = layer(inputs, mask=None if mask is None else tf.constant(mask), training=training)
    return output, tf.nest.flatten(state)


def cell_masks(model, factors):
    """What the cell of a recurrent layer that stands alone was given, one mask a gate or one for all, in Keras's order."""
    if len(model.layers) > 1 or not isinstance(model.layers[0], keras.layers.RNN):
        return {}
    cell = model.layers[0].cell
    drawn = factors.get(cell, [])
    count = (getattr(cell, "dropout_mask_count", None) or 1) if getattr(cell, "dropout", 0) else 0
    masks = {"inputMasks": drawn[:count], "stateMasks": drawn[count:]}
    return {name: [tensor(mask) for mask in found] for name, found in masks.items() if found}
