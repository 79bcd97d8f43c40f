"""Models and layers as classes whose call() is made of layers."""

import numpy as np
import pytest

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
    (lambda self, x: x[:, 0], {}, "operation on a model's tensors"),
    (lambda self, x: np.exp(x), {}, "numpy.exp on a model's tensors"),
    (branches, DENSE, "Net.call computes something else when it is not training"),
    (lambda self, x: self.a(x) + np.ones(4), DENSE, "keras.ops.add of a model's tensor and an array"),
    (lambda self, x: self.drop(x, training=True), {"drop": lambda keras: keras.layers.Dropout(0.5)}, "training=True"),
    (lambda self, x: self.norm(x, training=False), {"norm": lambda keras: keras.layers.BatchNormalization()}, "training=False"),
    (lambda self, x: 3, {}, "Net.call gives int"),
])
def test_what_cannot_be_a_model_is_refused_by_name(keras, blobs, body, attributes, words):
    with pytest.raises((NotImplementedError, TypeError), match=words):
        trained(keras, net(keras, body, **attributes), blobs)


def test_operations_without_a_layer_are_refused_by_name(keras, blobs):
    for name, call in (("exp", lambda x: keras.ops.exp(x)), ("matmul", lambda x: keras.ops.matmul(x, x)), ("einsum", lambda x: keras.ops.einsum("ij->i", x)),
                       ("mean over axis", lambda x: keras.ops.mean(x, axis=0)), ("across samples", lambda x: keras.ops.reshape(x, (-1, 3)))):
        with pytest.raises(NotImplementedError, match=name):
            trained(keras, net(keras, lambda self, x, call=call: call(x)), blobs)


def test_weights_and_steps_of_ones_own_are_refused_by_name(keras, blobs):
    class Scale(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],))

        def call(self, x):
            return x * self.scale

    with pytest.raises(NotImplementedError, match="a weight of one's own"):
        keras.Sequential([keras.Input((16,)), Scale()])

    class Stepped(keras.Model):
        def train_step(self, data):
            return {}

    inputs = keras.Input((4,))
    with pytest.raises(NotImplementedError, match="Stepped.train_step"):
        Stepped(inputs, inputs)


def test_operations_on_arrays_are_numpy_s(keras):
    ops, x = keras.ops, np.arange(6.0, dtype="float32").reshape(2, 3)
    np.testing.assert_array_equal(ops.matmul(x, x.T), x @ x.T)
    np.testing.assert_array_equal(ops.concatenate([x, x], axis=1), np.concatenate([x, x], 1))
    np.testing.assert_array_equal(ops.add(x, 1) * 2 - ops.mean(x, axis=1, keepdims=True), (x + 1) * 2 - x.mean(1, keepdims=True))
    assert ops.argmax(x, axis=-1).tolist() == [2, 2] and ops.relu(-x).numpy().sum() == 0 and ops.shape(x) == (2, 3)
