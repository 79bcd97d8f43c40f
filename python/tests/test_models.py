"""Layers, weights, shapes, names, files."""

import os

import numpy as np
import pytest


def test_the_first_notebook_of_a_course_runs(keras, blobs, capsys):
    x, y = blobs
    y = keras.utils.to_categorical(y)
    model = keras.models.Sequential([keras.layers.Input(shape=(16,)), keras.layers.Dense(32),
                                     keras.layers.Dense(4, activation="softmax")])
    model.summary()
    assert "dense_1 (Dense)" in capsys.readouterr().out
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, batch_size=32, validation_split=0.25)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1, 2, 3, 4] and history.params["epochs"] == 5
    loss, accuracy = model.evaluate(x, y)
    assert accuracy > 0.9 and loss < 0.5
    assert model.predict(x).shape == (600, 4)


def test_weights_are_read_and_written_by_model_and_layer(classifier):
    model = classifier()
    kernel, bias = model.layers[0].get_weights()
    assert kernel.shape == (16, 24) and not bias.any()
    model.layers[0].set_weights([kernel * 0 + 2, bias + 1])
    assert (model.get_weights()[0] == 2).all() and (model.layers[0].bias.numpy() == 1).all()
    model.layers[0].kernel.assign(kernel)
    assert np.array_equal(model.weights[0].numpy(), kernel)
    assert [w.path for w in model.weights] == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    with pytest.raises(ValueError, match="weight list of length 1"):
        model.layers[0].set_weights([kernel])
    with pytest.raises(ValueError, match="has shape"):
        model.set_weights([kernel.T, bias, *model.get_weights()[2:]])


def test_layers_know_their_shapes_and_arguments(keras, classifier):
    model = classifier()
    dense = model.layers[0]
    assert dense.units == 24 and dense.activation is keras.activations.relu
    assert dense.input_shape == (None, 16) and dense.output.shape == (None, 24)
    assert dense.count_params() == 16 * 24 + 24 and model.count_params() == 508
    assert model.input_shape == (None, 16) and model.output_shape == (None, 4)


def test_a_model_without_an_input_is_built_by_its_data(keras, blobs):
    model = keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="isn't built"):
        model.count_params()
    model.fit(blobs[0], blobs[1].astype("float32"), verbose=0)
    assert model.layers[0].get_weights()[0].shape == (16, 3)


def test_one_number_a_sample_may_stand_in_a_flat_array(keras):
    celsius = np.array([-40, -10, 0, 8, 15, 22, 38], float)
    model = keras.Sequential([keras.layers.Dense(units=1, input_shape=[1])])
    model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.5))
    model.fit(celsius, celsius * 1.8 + 32, epochs=500, verbose=0)
    assert abs(model.predict(np.array([100.0]), verbose=0)[0, 0] - 212) < 2


def test_frozen_layers_stay_and_others_move(classifier, blobs):
    model = classifier()
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.get_weights()
    model.fit(*blobs, verbose=0)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2])
    assert len(model.trainable_weights) == 2 and len(model.non_trainable_weights) == 2


def test_layers_added_later_leave_earlier_weights(keras):
    model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(8)])
    kernel = model.layers[0].get_weights()[0]
    model.add(keras.layers.Dense(2))
    assert np.array_equal(model.layers[0].get_weights()[0], kernel)
    model.pop()
    assert model.output_shape == (None, 8) and np.array_equal(model.get_weights()[0], kernel)


def test_a_part_of_a_model_shares_its_weights(keras, classifier, blobs):
    model = classifier()
    features = keras.Model(model.input, model.layers[0].output)
    first = features.predict(blobs[0], verbose=0)
    model.fit(*blobs, verbose=0)
    second = features.predict(blobs[0], verbose=0)
    kernel, bias = model.layers[0].get_weights()
    np.testing.assert_allclose(second, np.maximum(blobs[0] @ kernel + bias, 0), rtol=1e-4, atol=1e-5)
    assert not np.array_equal(first, second)


def test_training_a_part_trains_the_layers_of_the_whole(keras, classifier, blobs):
    model = classifier()
    head = keras.Sequential([keras.Input((24,)), model.layers[1]])
    head.compile("adam", "sparse_categorical_crossentropy")
    model.layers[1].get_weights()  # their home is the first model
    before = model.layers[1].get_weights()[0]
    head.fit(np.ones((64, 24), np.float32), np.zeros(64, int), verbose=0)
    assert not np.array_equal(model.layers[1].get_weights()[0], before)


def test_a_functional_chain_is_a_model(keras, blobs):
    inputs = keras.Input(shape=(16,))
    x = keras.layers.Dense(8, activation="relu")(inputs)
    outputs = keras.layers.Dense(4, activation="softmax")(x)
    assert x.shape == (None, 8)
    model = keras.Model(inputs=inputs, outputs=outputs, name="chain")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*blobs, epochs=10, verbose=0)
    assert model.evaluate(*blobs, verbose=0)[1] > 0.5 and model.name == "chain"


def test_names_are_those_that_keras_gives(keras):
    layers = keras.layers
    names = [layer.name for layer in (layers.Dense(1), layers.Dense(1), layers.ReLU(), layers.LeakyReLU(),
                                      layers.BatchNormalization(), layers.Dense(1, name="mine"))]
    assert names == ["dense", "dense_1", "re_lu", "leaky_re_lu", "batch_normalization", "mine"]
    with pytest.raises(ValueError, match="unique names"):
        keras.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")])


@pytest.mark.parametrize("make, error, words", [
    (lambda k: k.layers.Dense(), TypeError, "units"),
    (lambda k: k.layers.Dense(-3), ValueError, "units = -3"),
    (lambda k: k.layers.Dense(3, activation="relo"), ValueError, "did you mean 'relu'"),
    (lambda k: k.layers.Dense(3, activaton="relu"), ValueError, "Unrecognized keyword arguments.*activaton"),
    (lambda k: k.layers.Dropout(1.5), ValueError, "rate = 1.5"),
    (lambda k: k.layers.LSTM(3), NotImplementedError, "keras.layers.LSTM is not in Cornu"),
    (lambda k: k.optimizers.Adam(lerning_rate=1), TypeError, "lerning_rate"),
    (lambda k: k.Sequential([3]), ValueError, "Only instances of `keras.Layer`"),
    (lambda k: k.layers.Nothing, AttributeError, "Nothing"),
    (lambda k: k.applications.VGG16(), NotImplementedError, "keras.applications.VGG16|keras.applications is"),
])
def test_mistakes_raise_what_keras_raises(keras, make, error, words):
    with pytest.raises(error, match=words):
        make(keras)


def test_what_cornu_does_not_have_can_be_imported():
    from cornu.keras.layers import LSTM, Dense  # noqa: F401

    with pytest.raises(NotImplementedError, match="LSTM"):
        class Mine(LSTM):
            pass


def test_layers_without_a_call_are_refused_by_name(keras):
    class Mine(keras.layers.Layer):
        pass

    with pytest.raises(NotImplementedError, match="Mine"):
        keras.Sequential([Mine()])


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_a_saved_model_goes_on_where_it_stopped(keras, classifier, blobs, tmp_path, name):
    model = classifier(optimizer=keras.optimizers.Adam(0.003, beta_1=0.8))
    model.fit(*blobs, epochs=2, verbose=0)
    path = tmp_path / name
    model.save(path)
    loaded = keras.models.load_model(path)
    assert np.array_equal(loaded.predict(blobs[0], verbose=0), model.predict(blobs[0], verbose=0))
    assert loaded.evaluate(*blobs, verbose=0) == model.evaluate(*blobs, verbose=0)
    assert loaded.optimizer.iterations == 38 and abs(loaded.optimizer.learning_rate - 0.003) < 1e-9
    assert loaded.layers[0].activation is keras.activations.relu and loaded.layers[0].units == 24
    for m in (model, loaded):
        m.fit(*blobs, shuffle=False, verbose=0)
    assert np.array_equal(model.get_weights()[0], loaded.get_weights()[0])


def test_weights_alone_go_through_a_file(classifier, tmp_path):
    a, b = classifier(), classifier()
    path = str(tmp_path / "a.weights.h5")
    a.save_weights(path)
    b.load_weights(path)
    assert all(np.array_equal(u, v) for u, v in zip(a.get_weights(), b.get_weights()))
    with pytest.raises(ValueError, match=".weights.h5"):
        a.save_weights(str(tmp_path / "a.h5"))
    with pytest.raises(FileNotFoundError):
        b.load_weights(str(tmp_path / "none.weights.h5"))


def test_files_are_checked_before_they_are_written(keras, classifier, tmp_path):
    model = classifier()
    with pytest.raises(ValueError, match="Invalid filepath extension"):
        model.save(tmp_path / "model.bin")
    with pytest.raises(ValueError, match="File not found"):
        keras.models.load_model(tmp_path / "none.keras")
    model.save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError):
        model.save(tmp_path / "m.keras", overwrite=False)


def test_configurations_make_the_same_model_again(keras, classifier):
    model = classifier()
    again = keras.Sequential.from_config(model.get_config())
    assert [w.shape for w in again.get_weights()] == [w.shape for w in model.get_weights()]
    text = keras.models.model_from_json(model.to_json())
    assert [layer.name for layer in text.layers] == [layer.name for layer in model.layers]
    clone = keras.models.clone_model(model)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])


def test_a_model_is_drawn(keras, classifier, tmp_path):
    model = classifier()
    keras.utils.plot_model(model, tmp_path / "model.png", dpi=96)
    keras.utils.plot_model(model, tmp_path / "sharp.png")
    size = [int.from_bytes((tmp_path / name).read_bytes()[16:20], "big") for name in ("model.png", "sharp.png")]
    assert abs(size[1] / size[0] - 200 / 96) < 0.01
    keras.utils.plot_model(model, tmp_path / "model.svg", show_shapes=True, show_layer_names=True)
    text = (tmp_path / "model.svg").read_text()
    assert "dense_1 (Dense)" in text and "(None, 24)" in text
    keras.utils.plot_model(model, tmp_path / "bare.svg")
    text = (tmp_path / "bare.svg").read_text()
    assert ">Dense<" in text and "dense_1" not in text and "(None" not in text
    with pytest.raises(ValueError, match="ends in one of .png, .svg, .pdf"):
        keras.utils.plot_model(model, tmp_path / "model.gif")


def test_a_layer_can_stand_in_an_activation_s_place(keras):
    layers = keras.layers
    dense = layers.Dense(4, activation=layers.LeakyReLU(negative_slope=0.5, name="leaky"))
    again = layers.Dense.from_config(dense.get_config())
    for one in (dense, again):
        model = keras.Sequential([keras.Input((4,)), one])
        model.set_weights([np.eye(4), np.zeros(4)])
        assert model.predict(np.array([[-2.0, 1, 0, -1]]), verbose=0).tolist() == [[-1, 1, 0, -0.5]]


def test_a_saved_model_of_tensorflow_s_is_refused_by_name(keras, classifier, tmp_path):
    from cornu.keras import _tensorflow as tf

    model = classifier()
    with pytest.raises(ValueError, match="SavedModel of TensorFlow's, which is not in Cornu; .*onnx"):
        model.save(tmp_path / "folder")
    with pytest.raises(NotImplementedError, match="SavedModel of TensorFlow's"):
        model.export(tmp_path / "folder")
    with pytest.raises(NotImplementedError, match="format 'tf_saved_model'"):
        model.export(tmp_path / "folder", format="tf_saved_model")
    with pytest.raises(NotImplementedError, match="saved_model.save is not in Cornu; use model.save"):
        tf.saved_model.save(model, str(tmp_path / "folder"))
    assert not list(tmp_path.iterdir())
    model.export(tmp_path / "net", format="onnx")
    model.export(tmp_path / "net.c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.c", "net.h", "net.onnx"]


def test_losses_and_metrics_give_values_by_themselves(keras):
    true, pred = np.array([[0.0, 1], [0, 0]]), np.array([[0.5, 0.5], [1, 1]])
    assert keras.losses.MeanSquaredError()(true, pred).numpy() == 0.625
    assert keras.losses.mse(true, pred).tolist() == [0.25, 1.0]
    cross = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert abs(cross([1], [[1.0, 2.0, 0.0]]) - 0.40760595) < 1e-6
    auc = keras.metrics.AUC()
    auc.update_state([0, 1, 1, 0], [0.1, 0.6, 0.8, 0.7])
    assert abs(auc.result().numpy() - 0.75) < 1e-6
    auc.reset_state()
    assert auc([0, 1], [0.1, 0.9]) == 1
    np.testing.assert_allclose(keras.activations.softmax(np.array([[1.0, 1.0]])), [[0.5, 0.5]])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    assert abs(schedule(10) - 0.05) < 1e-8


def test_to_categorical_is_keras_s(keras):
    rows = keras.utils.to_categorical([[1], [0], [2]])
    assert rows.dtype == np.float64 and rows.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert keras.utils.to_categorical([0, 1], 3).shape == (2, 3)


def test_a_convolutional_network_trains_and_is_loaded(keras, tmp_path):
    layers = keras.layers
    random = np.random.default_rng(2)
    y = random.integers(0, 2, 200)
    x = random.normal(size=(200, 8, 8, 1)).astype("float32")
    x[y == 1, 2:5, 2:5] += 2
    model = keras.Sequential([layers.Conv2D(4, (3, 3), activation="relu", input_shape=(8, 8, 1)),
                              layers.MaxPooling2D((2, 2)), layers.Flatten(), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert model.layers[0].output.shape == (None, 6, 6, 4) and model.layers[1].output_shape == (None, 3, 3, 4)
    model.fit(x, y, epochs=30, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] > 0.95
    model.save(tmp_path / "conv.keras")
    loaded = keras.models.load_model(tmp_path / "conv.keras")
    assert loaded.layers[0].kernel_size == (3, 3)
    assert np.array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.parametrize("name, arguments, given, shape", [
    ("Conv1D", (4, 3), (10, 3), (None, 8, 4)),
    ("SeparableConv2D", (4, 3), (10, 10, 3), (None, 8, 8, 4)),
    ("DepthwiseConv2D", (3,), (10, 10, 3), (None, 8, 8, 3)),
    ("Conv2DTranspose", (4, 3), (10, 10, 3), (None, 12, 12, 4)),
    ("AveragePooling2D", (2,), (6, 6, 1), (None, 3, 3, 1)),
    ("GlobalMaxPooling2D", (), (6, 6, 5), (None, 5)),
    ("ZeroPadding2D", (((1, 2), (3, 4)),), (5, 5, 1), (None, 8, 12, 1)),
    ("Cropping1D", ((1, 2),), (9, 2), (None, 6, 2)),
    ("UpSampling2D", ((2, 3),), (5, 5, 1), (None, 10, 15, 1)),
    ("Permute", ((3, 1, 2),), (4, 5, 6), (None, 6, 4, 5)),
    ("RepeatVector", (4,), (7,), (None, 4, 7)),
    ("SpatialDropout2D", (0.2,), (5, 5, 3), (None, 5, 5, 3)),
    ("PReLU", (), (5, 5, 3), (None, 5, 5, 3)),
    ("GroupNormalization", (2,), (5, 5, 4), (None, 5, 5, 4)),
    ("UnitNormalization", (), (5, 4), (None, 5, 4)),
])
def test_layers_of_images_and_series_make_keras_s_shapes(keras, name, arguments, given, shape):
    assert getattr(keras.layers, name)(*arguments)(keras.Input(given)).shape == shape


def test_a_call_in_training_drops_and_takes_statistics(keras):
    model = keras.Sequential([keras.layers.Input((50,)), keras.layers.Dropout(0.5), keras.layers.BatchNormalization(momentum=0.5)])
    x = np.ones((20, 50), np.float32)
    first, second = np.asarray(model(x, training=True)), np.asarray(model(x, training=True))
    assert not np.array_equal(first, second)
    assert abs(first.mean()) < 1e-3
    assert model.get_weights()[2].mean() > 0.5  # the moving mean, of ones that were dropped and scaled
    assert np.array_equal(model(x), model(x, training=False))


def test_layers_of_augmentation_act_when_they_are_called(keras):
    images = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3)
    moved = keras.layers.RandomTranslation(0.0, (0.2, 0.2), fill_mode="constant")
    assert np.array_equal(moved(images)[:, :, 1:], images[:, :, :-1])
    assert np.array_equal(moved(images[0]), moved(images)[0])  # one image
    assert np.array_equal(moved(images, training=False), images)
    first = np.transpose(images, (0, 3, 1, 2))
    contrast = [keras.layers.RandomContrast(0.5, seed=3, data_format=form) for form in (None, "channels_first")]
    assert np.array_equal(contrast[1](first), np.transpose(contrast[0](images), (0, 3, 1, 2)))
    crop = keras.layers.CenterCrop(2, 3, data_format="channels_first")
    assert np.array_equal(crop(first), first[:, :, 1:3, 1:4])


def test_normalization_adapts_before_and_after_it_is_built(keras):
    data = np.random.default_rng(1).normal(3, 2, (200, 4)).astype(np.float32)
    before = keras.layers.Normalization()
    before.adapt(data)
    np.testing.assert_allclose(before.mean.numpy(), data.mean(0, keepdims=True), rtol=1e-5)
    assert before.get_config()["mean"] is None
    model = keras.Sequential([keras.layers.Input((4,)), before])
    expected = (data - data.mean(0)) / data.std(0)
    assert np.allclose(model.predict(data, verbose=0), expected, atol=1e-5)
    after = keras.layers.Normalization()
    other = keras.Sequential([keras.layers.Input((4,)), after])
    after.adapt(data)
    assert np.allclose(other.predict(data, verbose=0), expected, atol=1e-5)
    weights = other.get_weights()
    assert weights[2].shape == ()
    other.set_weights([weights[0] + 1, weights[1], np.float32(5)])  # the count is one number
    assert np.allclose(other.predict(data, verbose=0), (data - data.mean(0) - 1) / data.std(0), atol=1e-5)


def test_models_inside_of_models_come_back_with_their_weights(keras, tmp_path):
    inner = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, name="one")], name="inner")
    x = keras.Input((4,))
    branch = keras.Model(x, keras.layers.Dense(5, name="two")(x), name="branch")
    start = keras.Input((4,))
    model = keras.Model(start, keras.layers.Concatenate()([inner(start), branch(start)]))
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    data = np.random.default_rng(2).normal(size=(6, 4)).astype(np.float32)
    assert np.allclose(again.predict(data, verbose=0), model.predict(data, verbose=0))
    line = keras.Sequential([keras.layers.Input((4,)), branch, keras.layers.Dense(2, name="three")])
    line.save(tmp_path / "line.keras")
    loaded = keras.models.load_model(tmp_path / "line.keras")
    assert np.allclose(loaded.predict(data, verbose=0), line.predict(data, verbose=0))


def test_seeds_of_a_generator_follow_each_other(keras):
    seeds = keras.random.SeedGenerator(7)
    initializer = keras.initializers.RandomNormal(seed=seeds)
    first, second = np.asarray(initializer((3, 4))), np.asarray(initializer((3, 4)))
    assert not np.array_equal(first, second)
    again = keras.initializers.RandomNormal(seed=keras.random.SeedGenerator(7))
    assert np.array_equal(again((3, 4)), first)


def test_metrics_of_values_and_of_functions(keras):
    total = keras.metrics.Sum()
    total.update_state([1, 2, 3], sample_weight=[1, 0, 2])
    assert total.result() == 7
    wrapped = keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="error")
    wrapped.update_state([[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 3.0]], sample_weight=[1.0, 3.0])
    assert wrapped.result() == np.float32((1 * 1 + 2 * 3) / 4)
    precision = keras.metrics.Precision(top_k=1)
    precision.update_state([[0, 1, 0], [1, 0, 0]], [[0.1, 0.8, 0.1], [0.2, 0.3, 0.5]], sample_weight=[[1, 2, 3], [4, 5, 6]])
    assert precision.result() == 0.25  # 2 of 2 + 6


def test_arguments_of_a_configuration_that_are_not_here_are_refused(keras):
    config = keras.losses.Tversky().get_config()
    assert keras.losses.Tversky.from_config({**config, "axis": None, "fn": "tversky"}).alpha == 0.5
    with pytest.raises(NotImplementedError, match="Tversky: axis = 1 is not in Cornu"):
        keras.losses.Tversky.from_config({**config, "axis": 1})
    with pytest.raises(NotImplementedError, match="ignore_class = 0"):
        keras.metrics.SparseCategoricalCrossentropy.from_config({"ignore_class": 0})
    renorm = keras.layers.BatchNormalization().get_config()
    assert keras.layers.BatchNormalization.from_config({**renorm, "renorm": False, "renorm_momentum": 0.99}).momentum == 0.99
