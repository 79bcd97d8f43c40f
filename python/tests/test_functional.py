"""Models that are graphs: several inputs and outputs, layers that merge, layers and models that are shared."""

import numpy as np
import pytest


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    left, right = random.normal(size=(300, 7)).astype(np.float32), random.normal(size=(300, 5)).astype(np.float32)
    return left, right, (left.sum(1) > 0).astype(int), right.sum(1)


@pytest.fixture
def two_ended(keras):
    layers = keras.layers
    left, right = keras.Input((7,), name="left"), keras.Input((5,), name="right")
    both = layers.Concatenate()([layers.Dense(9, "relu")(left), layers.Dense(6, "tanh")(right)])
    model = keras.Model([left, right], [layers.Dense(2, "softmax", name="kind")(both), layers.Dense(1, name="size")(both)])
    model.compile("adam", loss={"kind": "sparse_categorical_crossentropy", "size": "mse"}, metrics={"kind": ["accuracy"]},
                  loss_weights={"kind": 1.0, "size": 0.1})
    return model


def test_several_inputs_and_outputs_are_lists_or_named(two_ended, data):
    left, right, kind, size = data
    assert two_ended.input_names == ["left", "right"] and two_ended.output_names == ["kind", "size"]
    assert two_ended.output_shape == [(None, 2), (None, 1)]
    history = two_ended.fit([left, right], [kind, size], epochs=30, validation_split=0.2, verbose=0)
    assert history.history["kind_accuracy"][-1] > 0.75 > history.history["kind_accuracy"][0]
    listed = two_ended.evaluate([left, right], [kind, size], verbose=0, return_dict=True)
    named = two_ended.evaluate({"right": right, "left": left}, {"size": size, "kind": kind}, verbose=0, return_dict=True)
    assert listed == named and set(listed) == {"loss", "kind_loss", "size_loss", "kind_accuracy"}
    assert [p.shape for p in two_ended.predict([left, right], verbose=0)] == [(300, 2), (300, 1)]


def test_data_that_does_not_fit_says_which_input(two_ended, data):
    left, right, kind, size = data
    with pytest.raises(ValueError, match="expected 2 arrays .left, right., got 1"):
        two_ended.fit(left, [kind, size])
    with pytest.raises(ValueError, match="no x is called 'middle'; expected left, right"):
        two_ended.predict({"left": left, "middle": right})
    with pytest.raises(ValueError, match="found shape=.None, 5."):
        two_ended.predict([right, left])


def test_a_graph_goes_through_a_file(keras, two_ended, data, tmp_path):
    left, right, kind, size = data
    two_ended.fit([left, right], [kind, size], verbose=0)
    two_ended.save(tmp_path / "two.keras")
    loaded = keras.models.load_model(tmp_path / "two.keras", compile=False)
    for a, b in zip(two_ended.predict([left, right], verbose=0), loaded.predict([left, right], verbose=0)):
        assert np.array_equal(a, b)
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in two_ended.layers]


def test_a_compiled_model_of_two_outputs_is_loaded_and_goes_on(keras, blobs, tmp_path):
    x, y = blobs
    inputs = keras.Input((16,))
    hidden = keras.layers.Dense(8, activation="relu")(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(4, activation="softmax", name="kind")(hidden),
                                 keras.layers.Dense(1, name="size")(hidden)])
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.5], metrics=[["accuracy"], ["mae"]])
    model.fit(x, [y, x[:, :1]], verbose=0)
    model.save(tmp_path / "two.keras")
    again = keras.models.load_model(tmp_path / "two.keras")
    assert again.evaluate(x, [y, x[:, :1]], verbose=0) == model.evaluate(x, [y, x[:, :1]], verbose=0)
    assert again.fit(x, [y, x[:, :1]], verbose=0, shuffle=False).history == model.fit(
        x, [y, x[:, :1]], verbose=0, shuffle=False).history


def test_a_skip_connection_trains_and_is_loaded(keras, tmp_path):
    layers = keras.layers
    inputs = keras.Input((8,))
    outputs = layers.Dense(1)(layers.add([inputs, layers.Dense(8, "relu")(inputs)]))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    losses = model.fit(x, x.sum(1), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "skip.keras")
    loaded = keras.models.load_model(tmp_path / "skip.keras")
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    loaded.compile("sgd", "mse")  # made anew: the weights stay
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert not np.array_equal(keras.models.clone_model(model).get_weights()[0], model.get_weights()[0])


def test_a_layer_that_is_called_twice_has_one_set_of_weights(keras):
    shared = keras.layers.Dense(4, use_bias=False)
    a, b = keras.Input((6,)), keras.Input((6,))
    model = keras.Model([a, b], keras.layers.Subtract()([shared(a), shared(b)]))
    x = np.ones((3, 6), np.float32)
    assert model.count_params() == 24 and not model.predict([x, x], verbose=0).any()


def test_parts_of_an_autoencoder_share_its_weights(keras):
    inputs, code_inputs = keras.Input((8,)), keras.Input((3,))
    encoder = keras.Model(inputs, keras.layers.Dense(3, "relu")(inputs))
    decoder = keras.Model(code_inputs, keras.layers.Dense(8)(code_inputs))
    whole = keras.Model(inputs, decoder(encoder(inputs)))
    whole.compile("adam", "mse")
    x = np.random.default_rng(1).normal(size=(64, 8)).astype(np.float32)
    before = encoder.predict(x, verbose=0)
    whole.fit(x, x, epochs=2, verbose=0)
    code = encoder.predict(x, verbose=0)
    assert not np.array_equal(before, code)
    np.testing.assert_allclose(decoder.predict(code, verbose=0), whole.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_mistakes_in_a_graph_name_the_layer(keras):
    a, b = keras.Input((6,), name="a"), keras.Input((5,), name="b")
    with pytest.raises(ValueError, match="not connected to `outputs`: b"):
        keras.Model(a, keras.layers.Concatenate()([a, b]))
    with pytest.raises(ValueError, match="sum"):
        keras.Model([a, b], keras.layers.Add(name="sum")([a, b])).predict([np.ones((1, 6)), np.ones((1, 5))])
    with pytest.raises(ValueError, match="'twice' is used twice"):
        keras.Model(a, keras.layers.Dense(2, name="twice")(keras.layers.Dense(2, name="twice")(a)))
