"""Names, parameters and defaults of every class, beside those of the Keras that is installed."""

import inspect
import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
real = pytest.importorskip("keras")
if not real.__version__.startswith("3"):
    pytest.skip("classes are compared with those of Keras 3", allow_module_level=True)

import written  # noqa: E402
from cornu import keras  # noqa: E402
from cornu.keras._described import CLASSES, Missing  # noqa: E402

NOT_OURS = {"kwargs", "autocast", "dtype", "name", "trainable"}


def parameters(cls):
    """(name, default) of the constructor, without what all layers have."""
    return [(p.name, p.default) for p in list(inspect.signature(cls.__init__).parameters.values())[1:]
            if p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in NOT_OURS]


def plain(value):
    return value if not isinstance(value, float) else float(value)


# classes of later versions than 3.6, and parameters that came later or that Keras takes among its **kwargs: they stand at the end
LATER = "CutMix MixUp Muon RandomElasticTransform RandomErasing RandomShear".split()
FURTHER = {"Conv1DTranspose": 1, "Conv2DTranspose": 1, "RandomBrightness": 1, "RandomContrast": 2}


@pytest.mark.parametrize("module, name", sorted(key for key, cls in CLASSES.items() if "_signature" in vars(cls)))
def test_parameters_and_defaults_are_keras_s(module, name):
    cls, other = CLASSES[module, name], real
    for part in module.split(".")[1:]:
        other = getattr(other, part)
    if name == "InputLayer" or (name in LATER and not hasattr(other, name)):
        return
    theirs = parameters(getattr(other, name))
    ours = [(p.name, p.default) for p in cls._signature.parameters.values() if p.name not in NOT_OURS]
    ours = ours[:len(ours) - FURTHER.get(name, 0)]
    if not real.__version__.startswith("3.6"):  # a newer Keras has taken to some, and dropped others
        common = dict(ours).keys() & dict(theirs).keys()
        ours, theirs = ([item for item in items if item[0] in common] for items in (ours, theirs))
    required = inspect.Parameter.empty
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    for (parameter, mine), (_, default) in zip(ours, theirs):
        if parameter == "negative_slope" and name == "LeakyReLU":
            continue  # Keras gives it by a deprecated alias
        assert (mine is required) == (default is required), parameter
        if default is not required and mine is not required:
            assert plain(mine) == plain(default), (parameter, mine, default)


@pytest.mark.parametrize("module", ["layers", "optimizers", "losses", "metrics", "initializers", "regularizers",
                                    "constraints", "callbacks", "activations"])
def test_every_name_of_keras_is_there_or_says_that_it_is_not(module):
    theirs = {name for name in dir(getattr(real, module)) if not name.startswith("_")}
    ours = getattr(keras, module)
    lacking = []
    for name in sorted(theirs - {"serialize", "deserialize", "get", "legacy"}):
        try:
            getattr(ours, name)
        except AttributeError:
            lacking.append(name)
    assert not lacking or not real.__version__.startswith("3.6"), lacking


def test_placeholders_are_for_names_that_keras_has():
    if not real.__version__.startswith("3.6"):
        pytest.skip("names of Keras 3.6")
    for name in ("LSTM", "MultiHeadAttention"):
        assert isinstance(getattr(keras.layers, name), Missing) and hasattr(real.layers, name)


def test_names_and_summaries_are_those_of_keras(capsys):
    texts = []
    for k in (real, keras):
        k.backend.clear_session() if k is keras else k.utils.clear_session()
        model = k.Sequential([k.layers.Input((8,)), k.layers.Dense(4), k.layers.BatchNormalization(),
                              k.layers.LeakyReLU(), k.layers.Dense(2, name="out")])
        lines = []
        model.summary(print_fn=lambda text, line_break=None: lines.append(text), line_length=75)
        texts.append(("\n".join(lines), [layer.name for layer in model.layers], [w.shape for w in model.get_weights()]))
    assert texts[0][1:] == texts[1][1:]
    assert texts[1][0].splitlines()[0] == texts[0][0].splitlines()[0] == 'Model: "sequential"'


def test_a_model_goes_to_keras_and_comes_back(tmp_path):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(64, 8)).astype("float32"), random.integers(0, 3, 64)
    ours = keras.Sequential([keras.Input((8,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(3, "softmax")])
    ours.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ours.fit(x, y, verbose=0)
    ours.save(tmp_path / "ours.keras")
    theirs = real.models.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(theirs.predict(x, verbose=0), ours.predict(x, verbose=0), rtol=1e-4, atol=1e-6)
    theirs.save(tmp_path / "theirs.keras")
    back = keras.models.load_model(tmp_path / "theirs.keras")
    assert np.array_equal(back.get_weights()[0], ours.get_weights()[0])


def arrays(model, data):
    return [np.asarray(one) for one in (lambda out: out if isinstance(out, list) else [out])(model.predict(data, verbose=0))]


@pytest.mark.parametrize("make, loss", [(written.residual, "sparse_categorical_crossentropy"),
                                        (written.images, "sparse_categorical_crossentropy"),
                                        (written.two_ends, ["sparse_categorical_crossentropy", "mse"])])
def test_classes_with_a_call_of_their_own_are_trained_as_keras_does(blobs, make, loss):
    x, y = blobs
    data, targets = ([x[:, :7], x[:, 7:]], [y, x.sum(1)]) if isinstance(loss, list) else (x, y)
    theirs, ours = make(real, real.ops), make(keras, keras.ops)
    theirs.predict(data, verbose=0)
    ours.predict(data, verbose=0)
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
    assert [layer.name.rstrip("_0123456789") for layer in ours.layers] == [layer.name.rstrip("_0123456789") for layer in theirs.layers]
    ours.set_weights(theirs.get_weights())
    for a, b in zip(arrays(theirs, data), arrays(ours, data)):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)
    for model in (theirs, ours):
        model.compile("sgd", loss)
    fitted = [model.fit(data, targets, epochs=2, shuffle=False, verbose=0).history["loss"] for model in (theirs, ours)]
    np.testing.assert_allclose(fitted[1], fitted[0], rtol=1e-3)
    for a, b in zip(theirs.get_weights(), ours.get_weights()):
        np.testing.assert_allclose(b, a, rtol=2e-2, atol=2e-3)
