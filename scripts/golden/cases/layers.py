"""Runs layers with fixed weights and records output, state and the gradients of sum(output * cotangent)."""

import keras
import tensorflow as tf

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


def layer_case(name, draw, layers, x, mask=None, dropout_masks=None, training=False):
    """A record of one layer or stack. A single layer may get a `mask` and, in its cell, `dropout_masks`."""
    with precision("float64"):
        model = keras.Sequential(build(layers))
        model.build(x.shape)
        set_drawn_weights(model.weights, draw)
        sources = [w.value for w in model.weights]
        inputs = tf.constant(x)
        differentiable = x.dtype.kind == "f"
        with tf.GradientTape() as tape:
            if differentiable:
                tape.watch(inputs)
                sources.append(inputs)
            output, state = forward(model, inputs, mask, dropout_masks, training)
            cotangent = draw.grid(output.shape, 1.0)
            loss = tf.reduce_sum(output * cotangent)
        gradients = [tensor(dense_gradient(g)) for g in tape.gradient(loss, sources)]
        record = {"name": name, "layers": described(layers), "input": tensor(x)}
        if mask is not None:
            record["mask"] = tensor(mask)
        if dropout_masks:
            record["training"] = True
            record.update({camel(k): [tensor(m) for m in masks] for k, masks in dropout_masks.items()})
        record["weights"] = named(model.weights)
        record["output"] = tensor(output.numpy())
        if state:
            record["state"] = [tensor(s.numpy()) for s in state]
        record.update(cotangent=tensor(cotangent), loss=number(loss))
        record["weightGradients"] = gradients[: len(model.weights)]
        if differentiable:
            record["inputGradient"] = gradients[-1]
        return record


def forward(model, inputs, mask, dropout_masks, training):
    """The output, and the final state of a recurrent layer that stands alone."""
    if len(model.layers) > 1:
        return model(inputs, training=training), []
    layer = model.layers[0]
    if not isinstance(layer, keras.layers.RNN):
        takes_mask = mask is not None and layer._call_has_mask_arg
        return (layer(inputs, mask=tf.constant(mask)) if takes_mask else layer(inputs)), []
    if dropout_masks:
        use_dropout_masks(layer.cell, **dropout_masks)
    layer.return_state = True
    output, *state = layer(inputs, mask=None if mask is None else tf.constant(mask), training=training)
    return output, tf.nest.flatten(state)


def use_dropout_masks(cell, input_masks=None, state_masks=None):
    """Puts masks where the cell caches the ones it draws, in the form it draws them: one, or a list with one a gate."""
    count = getattr(cell, "dropout_mask_count", None)
    for field, masks in (("_dropout_mask", input_masks), ("_recurrent_dropout_mask", state_masks)):
        if masks is None:
            continue
        drawn = (cell.get_dropout_mask if field == "_dropout_mask" else cell.get_recurrent_dropout_mask)(
            tf.ones(masks[0].shape, masks[0].dtype)
        )
        found = len(drawn) if isinstance(drawn, list) else 1
        assert found == len(masks) == (count or 1), f"{cell.name} draws {found} masks, the case has {len(masks)}"
        tensors = [tf.constant(m) for m in masks]
        setattr(cell, field, tensors if isinstance(drawn, list) else tensors[0])


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
