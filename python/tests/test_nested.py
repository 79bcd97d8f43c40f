"""Models that are layers of others."""

import numpy as np
import pytest

from cornu import keras
from cornu.keras import layers


def data(columns=6, rows=64):
    return np.random.default_rng(1).random((rows, columns)).astype("float32")


def autoencoder():
    encoder = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="relu", name="code")], name="encoder")
    given = keras.Input((3,))
    decoder = keras.Model(given, layers.Dense(6, name="out")(given), name="decoder")
    x = keras.Input((6,))
    return encoder, decoder, keras.Model(x, decoder(encoder(x)), name="autoencoder")


def test_a_model_is_one_layer_of_another(capsys):
    encoder, decoder, whole = autoencoder()
    assert whole.layers[1:] == [encoder, decoder] and whole.get_layer("encoder") is encoder
    assert whole.count_params() == encoder.count_params() + decoder.count_params() == 45
    whole.summary()
    text = capsys.readouterr().out
    assert "encoder (Sequential)" in text and "decoder (Functional)" in text and "code (" not in text


def test_training_a_model_trains_those_within():
    encoder, decoder, whole = autoencoder()
    x = data()
    whole.compile("sgd", "mse")
    before = encoder.predict(x, verbose=0)
    whole.fit(x, x, epochs=2, verbose=0)
    assert not np.array_equal(before, encoder.predict(x, verbose=0))
    np.testing.assert_array_equal(decoder.predict(encoder.predict(x, verbose=0), verbose=0), whole.predict(x, verbose=0))
    assert [w.shape for w in whole.get_weights()] == [(6, 3), (3,), (3, 6), (6,)]
    encoder.set_weights([np.zeros((6, 3)), np.zeros(3)])
    assert np.ptp(whole.predict(x, verbose=0), axis=0).max() == 0


def test_a_sequential_model_takes_models_of_both_kinds(capsys):
    encoder, decoder, _ = autoencoder()
    whole = keras.Sequential([encoder, decoder, layers.Dense(2)])
    whole.summary()
    assert "decoder (Functional)" in capsys.readouterr().out
    assert whole.output_shape == (None, 2) and whole.layers[:2] == [encoder, decoder]
    whole.compile("adam", "mse")
    before = decoder.get_weights()[0]
    whole.fit(data(), data(2), epochs=1, verbose=0)
    assert not np.array_equal(before, decoder.get_weights()[0])
    flipped = keras.Sequential([keras.Sequential([layers.RandomFlip("horizontal")]), layers.Flatten(), layers.Dense(2)])
    flipped.compile("adam", "mse")
    flipped.fit(np.zeros((8, 4, 4, 1), "float32"), data(2, 8), verbose=0)


def test_a_frozen_model_within_stays_as_it_is():
    encoder, decoder, whole = autoencoder()
    encoder.trainable = False
    whole.compile("sgd", "mse")
    kept, moved = encoder.get_weights(), decoder.get_weights()
    whole.fit(data(), data(), epochs=1, verbose=0)
    np.testing.assert_array_equal(kept[0], encoder.get_weights()[0])
    assert not np.array_equal(moved[0], decoder.get_weights()[0])
    encoder.trainable = True
    whole.compile("sgd", "mse")
    whole.fit(data(), data(), epochs=1, verbose=0)
    assert not np.array_equal(kept[0], encoder.get_weights()[0])


def test_a_model_with_several_inputs_and_outputs_is_a_layer_called_twice():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    inner = keras.Model([a, b], [layers.Add()([a, b]), layers.Dense(4, name="line")(b)], name="inner")
    x, z = keras.Input((3,)), keras.Input((3,))
    total, line = inner([x, z])
    again, second = inner([total, x])
    whole = keras.Model([x, z], layers.Concatenate()([line, second, again]))
    p, q = data(3), data(3) * 2
    kernel, bias = inner.get_weights()
    want = np.concatenate([q @ kernel + bias, p @ kernel + bias, p + q + p], 1)
    np.testing.assert_allclose(whole.predict([p, q], verbose=0), want, rtol=1e-5, atol=1e-6)


def test_layers_that_are_in_a_model_and_beside_it_have_one_set_of_weights():
    encoder, _, _ = autoencoder()
    x = keras.Input((6,))
    whole = keras.Model(x, layers.Subtract()([encoder(x), encoder.get_layer("code")(x)]))
    assert np.abs(whole.predict(data(), verbose=0)).max() == 0


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_files_keep_models_within(ending, tmp_path):
    _, _, whole = autoencoder()
    whole.compile("adam", "mse")
    whole.fit(data(), data(), epochs=1, verbose=0)
    path = str(tmp_path / f"m.{ending}")
    whole.save(path)
    loaded = keras.models.load_model(path)
    assert [layer.name for layer in loaded.layers[1:]] == ["encoder", "decoder"]
    np.testing.assert_array_equal(loaded.predict(data(), verbose=0), whole.predict(data(), verbose=0))
    loaded.fit(data(), data(), epochs=1, verbose=0)
    copy = keras.models.clone_model(loaded)
    assert [layer.name for layer in copy.layers[1:]] == ["encoder", "decoder"]
    assert not np.array_equal(copy.get_weights()[0], loaded.get_weights()[0])


def test_a_model_of_a_wrong_number_of_inputs_says_so():
    encoder, decoder, _ = autoencoder()
    with pytest.raises(ValueError, match="expects 1 inputs, got 2"):
        encoder([keras.Input((6,)), keras.Input((6,))])
    a, b = keras.Input((3,)), keras.Input((3,))
    with pytest.raises(ValueError, match="single input and output"):
        keras.Sequential([keras.Model([a, b], layers.Add()([a, b]))])
