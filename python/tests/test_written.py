"""Models and layers as classes whose call() is made of layers."""

import numpy as np
import pytest

from cornu.keras import _tensorflow as tf, ops

import written


def trained(keras, model, blobs, **arguments):
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(*blobs, epochs=6, verbose=0, **arguments).history["loss"]


def test_a_class_is_trained_evaluated_and_saved(keras, blobs, tmp_path):
    model = written.residual(keras, keras.ops)
    with pytest.raises(ValueError, match="not yet been built"):
        model.summary()
    losses = trained(keras, model, blobs, validation_split=0.2)
    assert losses[-1] < losses[0] / 2
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "block", "block_1", "batch_normalization"]
    assert model.layers[2] is model.blocks[0] and model.get_layer("block").inner.kernel.shape == (12, 12)
    predicted = model.predict(blobs[0], verbose=0)
    np.testing.assert_array_equal(model(blobs[0]), predicted)
    model.save(tmp_path / "net.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "net.keras").predict(blobs[0], verbose=0), predicted)
    model.save_weights(tmp_path / "net.weights.h5")
    other = written.residual(keras, keras.ops)
    other.build((None, 16))
    other.load_weights(tmp_path / "net.weights.h5")
    np.testing.assert_array_equal(other.predict(blobs[0], verbose=0), predicted)


def test_inputs_and_outputs_are_lists(keras, blobs):
    x, y = blobs
    model = written.two_ends(keras, keras.ops)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
    history = model.fit([x[:, :7], x[:, 7:]], [y, x.sum(1)], epochs=3, verbose=0).history
    assert sorted(history) == ["kind_loss", "loss", "size_loss"] and history["loss"][-1] < history["loss"][0]


def test_a_layer_of_ones_own_stands_in_any_model(keras, blobs):
    Block = written.block(keras, keras.ops)
    line = keras.Sequential([keras.layers.Lambda(lambda x: x / 2), Block(16), keras.layers.Dense(4, "softmax")])
    assert trained(keras, line, blobs)[-1] < 1.2
    assert isinstance(line.layers[1], Block) and len(line.layers[1].get_weights()) == 4
    inputs, twice = keras.Input((16,)), Block(16, name="twice")
    graph = keras.Model(inputs, keras.layers.Dense(4, "softmax")(twice(twice(inputs))))
    assert trained(keras, graph, blobs)[-1] < 1.2
    assert graph.count_params() == 2 * (16 * 16 + 16) + 16 * 4 + 4
    twice.trainable = False
    assert len(graph.trainable_weights) == 2
    np.testing.assert_allclose(twice(blobs[0][:3]).shape, (3, 16))


def test_layers_that_act_in_training_alone_may_be_left_out_of_inference(keras, blobs):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.drop, self.out = keras.layers.Dropout(0.9), keras.layers.Dense(4, "softmax")

        def call(self, x, training=False):
            if training:
                x = self.drop(x, training=training)
            return self.out(x)

    model = Net()
    trained(keras, model, blobs)
    plain = keras.Sequential([keras.Input((16,)), keras.layers.Dense(4, "softmax")])
    plain.set_weights(model.get_weights())
    np.testing.assert_array_equal(plain.predict(blobs[0], verbose=0), model.predict(blobs[0], verbose=0))


def test_inputs_are_a_dict_and_call_makes_layers_without_weights(keras, blobs):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.part, self.out = keras.layers.Dense(6, "relu"), keras.layers.Dense(4, "softmax")

        def call(self, inputs, training=None, mask=None):
            both = keras.layers.concatenate([self.part(inputs["a"]), self.part(inputs["b"])])
            return self.out(keras.layers.Dropout(0.1)(both))

    x, y = blobs
    model = Net()
    losses = trained(keras, model, ({"a": x[:, :8], "b": x[:, 8:]}, y))
    assert losses[-1] < losses[0] / 1.2 and model.count_params() == 8 * 6 + 6 + 12 * 4 + 4


def test_a_registered_class_is_loaded_as_a_graph(keras, blobs, tmp_path):
    Block = keras.saving.register_keras_serializable(package="mine")(written.block(keras, keras.ops))
    inputs = keras.Input((16,))
    model = keras.Model(inputs, keras.layers.Dense(4, "softmax")(Block(16)(inputs)))
    trained(keras, model, blobs)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras", custom_objects={"Block": Block})
    np.testing.assert_array_equal(again.predict(blobs[0], verbose=0), model.predict(blobs[0], verbose=0))
    assert keras.models.clone_model(model).count_params() == model.count_params()


def net(keras, body, **attributes):
    def make(self):
        keras.Model.__init__(self)
        for name, value in attributes.items():
            setattr(self, name, value(keras))

    return type("Net", (keras.Model,), {"__init__": make, "call": body})()


def branches(self, x, training=False):
    return self.a(x) if training else self.b(x)


DENSE = {"a": lambda keras: keras.layers.Dense(4), "b": lambda keras: keras.layers.Dense(4)}


@pytest.mark.parametrize("body, attributes, words", [
    (lambda self, x: self.a(x) + np.ones(5, "float32"), DENSE, "keras.ops.add of a model's tensor and an array"),
    (lambda self, x: 3, {}, "Net.call gives int"),
])
def test_what_runs_neither_as_a_model_nor_on_arrays_is_refused_by_name(keras, blobs, body, attributes, words):
    with pytest.raises((NotImplementedError, TypeError), match=words):
        trained(keras, net(keras, body, **attributes), blobs)


OWN = {  # a call() that is no model of layers, and one of layers that is the same function
    "a slice": (lambda self, x: self.a(x[:, :4]), None),
    "exp": (lambda self, x: self.a(np.exp(-np.square(x))), None),
    "a branch": (branches, None),
    "noise": (lambda self, x, training=None: self.a(x + tf.random.normal(tf.shape(x), stddev=0.1) if training else x), None),
    "an array": (lambda self, x: self.a(x) + np.arange(4.0), None),
    "einsum": (lambda self, x: ops.einsum("ij,jk->ik", self.a(x), np.eye(4, dtype="float32")), lambda self, x: self.a(x)),
    "dropout": (lambda self, x: self.a(self.drop(x, training=True)), None),
}


@pytest.mark.parametrize("name", OWN)
def test_a_call_that_is_no_model_of_layers_is_trained_on_arrays(keras, blobs, name):
    parts = {**DENSE, "drop": lambda keras: keras.layers.Dropout(0.1)}
    own, same = OWN[name]
    model = net(keras, own, **parts)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(*blobs, epochs=4, batch_size=50, verbose=0, validation_split=0.2).history
    assert sorted(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history["loss"][-1] < history["loss"][0]
    assert model.predict(blobs[0], verbose=0).shape == (600, 4)
    if name == "einsum":
        usual = net(keras, same, **parts)
        usual.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        usual.build((None, 16))
        usual.set_weights(model.get_weights())
        np.testing.assert_allclose(model.evaluate(*blobs, verbose=0), usual.evaluate(*blobs, verbose=0), rtol=1e-5)


class Scaled:
    """Makes a Dense layer with weights of its own."""

    def __new__(cls, keras, units, activation=None):
        class Own(keras.layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(shape[-1], units), initializer="glorot_uniform", name="w")
                self.b = self.add_weight(shape=(units,), initializer="zeros", name="b")

            def call(self, x):
                return keras.activations.get(activation)(x @ self.w + self.b)

        return Own()


def test_layers_with_weights_of_their_own_are_trained_as_usual_ones(keras, blobs):
    def of(layers, last):
        return keras.Sequential([keras.Input((16,)), *layers, last])

    usual = of([keras.layers.Dense(8, activation="relu")], keras.layers.Dense(4, activation="softmax"))
    own = of([Scaled(keras, 8, "relu")], keras.layers.Dense(4, activation="softmax"))
    own(blobs[0])
    own.set_weights(usual.get_weights())
    assert own.count_params() == usual.count_params() == 172
    for model in (own, usual):
        model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    given = {"epochs": 3, "batch_size": 64, "shuffle": False, "verbose": 0, "validation_split": 0.25}
    mine, theirs = own.fit(*blobs, **given).history, usual.fit(*blobs, **given).history
    assert sorted(mine) == sorted(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-4)
    for a, b in zip(own.get_weights(), usual.get_weights()):
        np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(own.predict(blobs[0], verbose=0), usual.predict(blobs[0], verbose=0), atol=1e-5)
    with pytest.raises(NotImplementedError, match="in files it is not"):
        own.save("own.keras")


def test_a_functional_model_may_have_a_layer_that_samples(keras, blobs):
    class Sampling(keras.layers.Layer):
        def call(self, inputs):
            mean, spread = inputs
            return mean + keras.ops.exp(0.5 * spread) * keras.random.normal(shape=keras.ops.shape(mean), seed=1)

    x = keras.Input((16,))
    mean, spread = keras.layers.Dense(3)(x), keras.layers.Dense(3)(x)
    encoder = keras.Model(x, [mean, spread, Sampling()([mean, spread])])
    decoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(16)])
    assert [one.shape for one in encoder.outputs] == [(None, 3)] * 3
    model = keras.Model(x, decoder(encoder(x)[2]))
    model.compile("adam", "mse")
    losses = model.fit(blobs[0], blobs[0], epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    a, b, c = encoder.predict(blobs[0], verbose=0)
    assert a.shape == b.shape == c.shape == (600, 3) and not np.array_equal(a, c)
    assert len(model.trainable_weights) == 6


def test_a_call_may_add_losses(keras, blobs):
    class Net(keras.Model):
        def __init__(self, adds):
            super().__init__()
            self.adds, self.hidden, self.out = adds, keras.layers.Dense(6, activation="relu"), keras.layers.Dense(4, activation="softmax")

        def call(self, x):
            hidden = self.hidden(x)
            if self.adds:
                self.add_loss(0.1 * keras.ops.mean(keras.ops.square(hidden)))
            return self.out(hidden)

    sizes, losses = [], []
    for adds in (True, False):
        keras.utils.set_random_seed(4)
        model = Net(adds)
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        losses.append(model.fit(*blobs, epochs=10, verbose=0).history["loss"])
        sizes.append(float(np.mean(model.hidden(blobs[0]) ** 2)))
    assert sizes[0] < 0.8 * sizes[1] and losses[0][-1] < losses[0][0]


def test_operations_on_arrays_are_numpy_s(keras):
    ops, x = keras.ops, np.arange(6.0, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(ops.matmul(x, x.T), x @ x.T)
    np.testing.assert_array_equal(ops.concatenate([x, x], axis=1), np.concatenate([x, x], 1))
    np.testing.assert_array_equal(ops.add(x, 1) * 2 - ops.mean(x, axis=1, keepdims=True), (x + 1) * 2 - x.mean(1, keepdims=True))
    assert ops.argmax(x, axis=-1).tolist() == [2, 2] and ops.relu(-x).numpy().sum() == 0 and ops.shape(x) == (2, 3)
