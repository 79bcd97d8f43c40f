"""Makes the files of this folder: make_files.py PREFIX [legacy|ftrl|chain|names|nested].

Run by Keras 3.6 with PREFIX keras3, by Keras 3.11.3 with keras3_11 (both on TensorFlow 2.18), by Keras 2.15 with keras2,
by Keras 2.13 with keras2_13,
and once more by 2.15 with keras2_older and the word legacy, which takes its optimisers from before version 2.11;
by Keras 2.15 with keras2_chain and by Keras 3.15 with keras3_chain and the word chain, which makes a functional model that is a
chain of layers, with an optimiser whose momentum is 0, or Nadam; by Keras 2.15 with keras2_ftrl and the words legacy and ftrl; by
Keras 3.15 (on JAX) with keras3_names and the word names, whose names are not ASCII; by Keras 3.6, 2.15 and 2.13 with keras3_nested,
keras2_nested and keras2_13_nested and the word nested, where models are layers, one of them called twice and one frozen. Each file holds a model after two epochs; PREFIX.npz
has the data, what the model predicts, and what it predicts after one more epoch."""
import os, sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import keras, numpy as np
from keras import layers as L

prefix, older, chain = sys.argv[1], "legacy" in sys.argv[2:], "chain" in sys.argv[2:]
tiny, nested = "ftrl" in sys.argv[2:] or "names" in sys.argv[2:], "nested" in sys.argv[2:]
old = keras.__version__.startswith("2.")
optimizers = keras.optimizers.legacy if older else keras.optimizers
rng = np.random.default_rng(11)
x = rng.normal(size=(40, 5)).astype("float32")
y = np.eye(3, dtype="float32")[rng.integers(0, 3, 40)]
keras.utils.set_random_seed(3)
model = keras.Sequential([
    keras.Input((5,)), L.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01)),
    L.BatchNormalization(momentum=0.8), L.LeakyReLU(**{"alpha" if old else "negative_slope": 0.1}), L.Dropout(0.0),
    L.Dense(4, trainable=False, activation="relu"), L.Dense(3, activation="softmax")], name="small")
optimizer = optimizers.RMSprop(0.01, momentum=0.5, centered=True) if older else optimizers.Adam(0.01, amsgrad=True)
if chain:
    value = features = keras.Input((5,), name="features")
    for layer in (L.Dense(4, activation="relu", name="hidden"), L.BatchNormalization(), L.Dropout(0.0), L.Dense(3, activation="softmax")):
        value = layer(value)
    model, optimizer = keras.Model(features, value, name="chain"), optimizers.SGD(0.1) if old else optimizers.Nadam(0.01)
if tiny:
    names = ("año", "dígitos") if "names" in sys.argv[2:] else ("dense", "tiny")
    model = keras.Sequential([keras.Input((5,)), L.Dense(3, activation="softmax", name=names[0])], name=names[1])
    optimizer = optimizers.Ftrl(0.1, l1_regularization_strength=0.01) if older else optimizers.SGD(0.1, momentum=0.5)
if nested:
    def base(name):
        given = keras.Input((5,))
        return keras.Model(given, L.BatchNormalization(momentum=0.8)(L.Dense(4, activation="tanh")(given)), name=name)

    value, twice, frozen = keras.Input((5,), name="features"), base("twice"), base("frozen")
    frozen.trainable = False
    head = keras.Sequential([L.BatchNormalization(), L.Dense(5, activation="relu")], name="head")
    both = L.Concatenate()([twice(value), twice(L.Rescaling(-0.5)(value)), frozen(value)])
    model, optimizer = keras.Model(value, L.Dense(3, activation="softmax")(head(both)), name="whole"), optimizers.Adam(0.01)
metrics = ["accuracy", keras.metrics.AUC(name="area"), "mean_absolute_error"]
model.compile(optimizer, "categorical_crossentropy", metrics=metrics)


def fit(epochs):
    model.fit(x, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0)


fit(2)
scores = model.evaluate(x, y, batch_size=16, verbose=0)
before = model.predict(x, verbose=0)
if not older and not tiny:
    model.save(f"{prefix}.keras")
    if not old and not chain:
        model.save_weights(f"{prefix}.weights.h5")
model.save(f"{prefix}.h5")
fit(1)
np.savez(f"{prefix}.npz", x=x, y=y, predict=before, predict_resumed=model.predict(x, verbose=0),
         scores=np.array(scores, "float64"))
