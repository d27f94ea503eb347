"""pad_sequences and TextVectorization on small lists."""

import keras
import numpy as np
import tensorflow as tf

from .records import tensor

SEQUENCES = [[1, 2, 3, 4, 5], [6, 7], [], [8], [9, 10, 11]]
TEXTS = [
    "The cat sat on the mat.",
    "The dog -- the OTHER dog -- sat, too!",
    "A mat; a cat; a (small) dog?",
    "it's not the cat's mat",
]
NEW_TEXTS = [
    "The bird sat on the cat's mat!",
    "",
    "  dog\tdog\ndog  ",
    "É été: naïve, Ünïcode… don't",
    "a_b a-b a.b 12 <br />",
]
# Equal counts: the order of the words in the vocabulary is then the question.
TIES = ["b a c", "c b d", "É z e", "Z E é"]


def files():
    """Yields (file name, function that makes its cases)."""
    yield "pad-sequences", pad_cases
    yield "text-vectorization", vectorization_cases


def pad_cases():
    floats = [[0.5, 1.5], [2.5], [3.5, 4.5, 5.5]]
    for sequences, config in (
        (SEQUENCES, {}),
        (SEQUENCES, {"maxlen": 3}),
        (SEQUENCES, {"maxlen": 3, "padding": "post"}),
        (SEQUENCES, {"maxlen": 3, "truncating": "post"}),
        (SEQUENCES, {"maxlen": 3, "padding": "post", "truncating": "post"}),
        (SEQUENCES, {"maxlen": 7, "value": -1}),
        (SEQUENCES, {"maxlen": 1, "padding": "post", "value": 9}),
        (floats, {"maxlen": 2, "dtype": "float32", "value": -0.5}),
        ([], {"maxlen": 3}),
        ([[], []], {}),
    ):
        words = ", ".join(f"{k} {v}" for k, v in config.items())
        output = keras.utils.pad_sequences(sequences, **config)
        yield {
            "name": f"{len(sequences)} sequences {words}".strip(),
            "config": config,
            "sequences": sequences,
            "output": tensor(output),
        }


def vectorization_cases():
    for adapt, texts, config in (
        (TEXTS, NEW_TEXTS, {}),
        (TEXTS, NEW_TEXTS, {"max_tokens": 6}),
        (TEXTS, NEW_TEXTS, {"output_sequence_length": 4}),
        (TEXTS, TEXTS, {"max_tokens": 8, "output_sequence_length": 10}),
        (TIES, TIES, {}),
        (TIES, TIES, {"max_tokens": 4}),
        (TEXTS, NEW_TEXTS, {"ngrams": 2}),
        (TEXTS, NEW_TEXTS, {"ngrams": 3, "max_tokens": 12}),
        (TEXTS, NEW_TEXTS, {"ngrams": [1, 3]}),
        (TEXTS, NEW_TEXTS, {"output_mode": "multi_hot"}),
        (TEXTS, NEW_TEXTS, {"output_mode": "multi_hot", "max_tokens": 6}),
        (TEXTS, NEW_TEXTS, {"output_mode": "multi_hot", "max_tokens": 40, "pad_to_max_tokens": True}),
        (TEXTS, NEW_TEXTS, {"output_mode": "count"}),
        (TEXTS, NEW_TEXTS, {"output_mode": "count", "ngrams": 2, "max_tokens": 10}),
        (TEXTS, NEW_TEXTS, {"output_mode": "tf_idf"}),
        (TEXTS, NEW_TEXTS, {"output_mode": "tf_idf", "max_tokens": 6}),
        (TEXTS, NEW_TEXTS, {"standardize": None}),
        (TEXTS, NEW_TEXTS, {"standardize": "lower"}),
        (TEXTS, NEW_TEXTS, {"standardize": "strip_punctuation"}),
        (TEXTS[:1], ["the mat", "É"], {"split": "character"}),
        (None, NEW_TEXTS, {"vocabulary": ["the", "cat", "dog", "mat"]}),
    ):
        yield vectorization_case(adapt, texts, config)


def vectorization_case(adapt, texts, config):
    layer = keras.layers.TextVectorization(
        **{k: tuple(v) if k == "ngrams" and isinstance(v, list) else v for k, v in config.items()}
    )
    if adapt is not None:
        layer.adapt(adapt, batch_size=2)
    output = np.asarray(layer(tf.constant(texts)))
    words = ", ".join(f"{k} {v}" for k, v in config.items()) or "defaults"
    return {
        "name": words + (", ties" if adapt is TIES else ""),
        "config": config,
        "adapt": adapt,
        "vocabulary": [str(word) for word in layer.get_vocabulary()],
        "texts": texts,
        "output": tensor(output),
    }
