"""Batches of generators and sequences, steps of an epoch, and callbacks that keep or exchange weights: the losses are those of
Keras 3.6, for a network whose loss says which samples it saw."""

import numpy as np
import pytest

X = np.arange(10, dtype="float32")[:, None]
Y = np.zeros((10, 1), "float32")


@pytest.fixture
def still(keras):
    """One weight of 1 that does not move: a sample's loss is its number squared."""
    def make(rate=0.0, **kwargs):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(rate, **kwargs), "mse")
        return model
    return make


def pairs(count=5):
    for i in range(count):
        yield X[2 * i:2 * i + 2], Y[2 * i:2 * i + 2]


def losses(history, name="loss"):
    return [round(value, 4) for value in history.history[name]]


def test_steps_go_on_where_the_last_epoch_ended(still):
    history = still().fit(X, Y, epochs=4, batch_size=2, steps_per_epoch=2, shuffle=False, verbose=0,
                          validation_data=(X, Y), validation_steps=2)
    assert losses(history) == [3.5, 31.5, 72.5, 3.5] and losses(history, "val_loss") == [3.5, 31.5, 72.5, 3.5]
    assert history.params["steps"] == 2
    assert losses(still().fit(X, Y, steps_per_epoch=3, verbose=0)) == [28.5]


def test_no_epochs_train_nothing(still):
    for epochs, first in ((0, 0), (2, 3)):
        history = still(0.1).fit(X, Y, epochs=epochs, initial_epoch=first, verbose=0)
        assert history.history == {} and history.epoch == []


def test_a_batch_may_be_larger_than_the_data(still):
    assert losses(still().fit(X, Y, batch_size=100, verbose=0)) == [28.5]


def test_a_generator_gives_steps_over_epochs(still):
    assert losses(still().fit(pairs(), epochs=3, steps_per_epoch=2, verbose=0)) == [3.5, 31.5, 72.5]
    assert losses(still().fit(pairs(), epochs=3, verbose=0)) == [28.5]  # then it has no more


def test_batches_may_have_any_size(still):
    def uneven():
        yield X[:1], Y[:1]
        yield X[1:7], Y[1:7], np.ones(6)
        yield X[7:], Y[7:]

    assert losses(still().fit(uneven(), verbose=0)) == [28.5]


def test_sequences_are_read_again_each_epoch(keras, still):
    ends = []

    class Pairs(keras.utils.Sequence):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return X[2 * i:2 * i + 2], Y[2 * i:2 * i + 2]

        def on_epoch_end(self):
            ends.append(True)

    assert losses(still().fit(Pairs(), epochs=2, verbose=0)) == [28.5, 28.5] and len(ends) == 2
    history = still().fit(X, Y, epochs=2, batch_size=2, validation_data=Pairs(), verbose=0)
    assert losses(history, "val_loss") == [28.5, 28.5]
    assert still().evaluate(Pairs(), verbose=0) == 28.5


def test_validation_takes_a_generator_with_steps(still):
    history = still().fit(X, Y, epochs=3, batch_size=2, validation_data=pairs(), validation_steps=2, verbose=0)
    assert losses(history, "val_loss") == [3.5, 31.5, 72.5]
    assert still().evaluate(pairs(), steps=2, verbose=0) == 3.5
    assert still().predict(pairs(), steps=2, verbose=0).ravel().tolist() == [0, 1, 2, 3]


def test_a_generator_feeds_several_inputs_and_outputs(keras):
    left, right = keras.Input((2,), name="left"), keras.Input((1,), name="right")
    both = keras.layers.Concatenate()([left, right])
    model = keras.Model([left, right], [keras.layers.Dense(1, name="sum")(both), keras.layers.Dense(2, name="pair")(both)])
    model.compile("sgd", "mse")
    given = {"left": np.ones((4, 2), "float32"), "right": np.ones((4, 1), "float32")}, (Y[:4], np.zeros((4, 2), "float32"))
    history = model.fit(iter([given] * 6), epochs=2, steps_per_epoch=3, verbose=0)
    assert len(history.history["loss"]) == 2 and history.history["loss"][1] < history.history["loss"][0]
    assert int(model.optimizer.iterations) == 6


def test_an_exception_of_a_generator_ends_the_fit(still):
    def broken():
        yield X[:2], Y[:2]
        raise KeyError("the file is gone")

    with pytest.raises(KeyError, match="gone"):
        still().fit(broken(), verbose=0)


def test_averages_stand_for_the_weights_in_validation(keras, still):
    for on_epoch in (False, True):
        seen = []
        model = still(0.001, use_ema=True, ema_momentum=0.9)
        look = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()[0][0, 0]))
        history = model.fit(X, Y, epochs=3, batch_size=2, validation_data=(X, Y), verbose=0,
                            callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=on_epoch), look])
        assert model.evaluate(X, Y, verbose=0) == pytest.approx(history.history["val_loss"][-1])
        assert bool(seen[-1] == model.get_weights()[0][0, 0]) is on_epoch
    with pytest.raises(ValueError, match="use_ema"):
        still().fit(X, Y, validation_data=(X, Y), callbacks=[keras.callbacks.SwapEMAWeights()], verbose=0)


def test_a_training_goes_on_from_its_backup(keras, still, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("power cut")

    whole = still(0.001, momentum=0.9)
    whole.fit(X, Y, epochs=4, batch_size=2, shuffle=False, verbose=0)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "states")
    model = still(0.001, momentum=0.9)
    with pytest.raises(RuntimeError, match="power cut"):
        model.fit(X, Y, epochs=4, batch_size=2, shuffle=False, verbose=0, callbacks=[backup, Stop()])
    assert (tmp_path / "states" / "latest.weights.h5").exists()
    again = still(0.001, momentum=0.9)
    history = again.fit(X, Y, epochs=4, batch_size=2, shuffle=False, verbose=0,
                        callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "states")])
    assert history.epoch == [2, 3] and not (tmp_path / "states").exists()
    assert np.array_equal(again.get_weights()[0], whole.get_weights()[0])


def test_weights_that_are_named_do_not_decay(keras):
    x = np.zeros((8, 3), "float32")
    found = []
    for names in (None, ["bias"], ["dense/kernel"]):
        keras.backend.clear_session()
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones", bias_initializer="ones")])
        optimizer = keras.optimizers.SGD(0.1, weight_decay=0.5)
        if names:
            optimizer.exclude_from_weight_decay(var_names=names)
        model.compile(optimizer, "mse")
        model.fit(x, np.ones((8, 2), "float32"), verbose=0)  # no gradient: only decay moves them
        found.append([float(w.ravel()[0]) for w in model.get_weights()])
    assert found[0] == pytest.approx([0.95, 0.95])
    assert found[1] == pytest.approx([0.95, 1.0]) and found[2] == pytest.approx([1.0, 0.95])


def test_layers_are_frozen_and_set_free(keras):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, name="base"), keras.layers.Dense(1, name="head")])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    model.get_layer("base").trainable = False
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    assert np.array_equal(model.get_weights()[0], before[0]) and not np.array_equal(model.get_weights()[2], before[2])
    assert len(model.trainable_weights) == 2
    model.trainable = True
    model.compile(keras.optimizers.Adam(0.001), "mse")
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(model.get_weights()[0], before[0])


def test_models_are_cloned_with_new_weights(keras):
    inputs = keras.Input((3,))
    shared = keras.layers.Dense(3, "tanh", name="shared")
    outputs = keras.layers.Add()([shared(inputs), shared(shared(inputs))])
    model = keras.Model(inputs, outputs)
    clone = keras.models.clone_model(model)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
    assert len(clone.weights) == 2 and not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    x = np.ones((2, 3), "float32")
    assert np.array_equal(clone.predict(x, verbose=0), model.predict(x, verbose=0))

    def wider(layer):
        config = layer.get_config()
        return type(layer).from_config({**config, "activation": "relu"} if layer.name == "shared" else config)

    other = keras.models.clone_model(model, clone_function=wider)
    assert other.get_layer("shared").activation.name == "relu"


def test_an_initializer_may_be_an_array(keras):
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(values))])
    assert np.array_equal(model.get_weights()[0], values)
    assert model.layers[0].get_config()["kernel_initializer"]["config"]["value"] == values.tolist()


def test_predict_takes_batches_as_they_come(keras):
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    x = np.random.default_rng(1).normal(size=(11, 3)).astype(np.float32)
    held = []

    def batches():
        for i in range(0, 11, 4):
            held.append(i)
            yield x[i:i + 4]

    assert np.array_equal(model.predict(batches(), verbose=0), model.predict(x, verbose=0))
    assert held == [0, 4, 8]
    held.clear()
    assert np.array_equal(model.predict(batches(), steps=2, verbose=0), model.predict(x[:8], verbose=0))
    assert held == [0, 4]
    with pytest.raises(ValueError, match="gave no batches"):
        model.predict(iter(()), verbose=0)

    def fails():
        yield x[:4]
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        model.predict(fails(), verbose=0)


def test_generators_give_several_inputs_and_outputs(keras, blobs):
    x, y = blobs
    left, right = keras.Input((7,), name="left"), keras.Input((9,), name="right")
    both = keras.layers.Concatenate()([keras.layers.Dense(8, "relu")(left), keras.layers.Dense(8, "relu")(right)])
    model = keras.Model([left, right], [keras.layers.Dense(4, "softmax", name="kind")(both),
                                        keras.layers.Dense(1, name="size")(both)])
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"])

    def batches(by_name):
        while True:
            for i in range(0, 600, 50):
                part = slice(i, i + 50)
                inputs, targets = (x[part, :7], x[part, 7:]), (y[part], x[part].sum(1))
                yield (dict(zip(("left", "right"), inputs)), dict(zip(("kind", "size"), targets))) if by_name else (inputs, targets)

    class Parts(keras.utils.Sequence):
        def __len__(self):
            return 12

        def __getitem__(self, i):
            return next(b for k, b in enumerate(batches(False)) if k == i)

    start = model.get_weights()
    histories = []
    for source in (batches(False), batches(True), Parts()):
        model.set_weights(start)
        model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
        histories.append(model.fit(source, steps_per_epoch=12, epochs=2, verbose=0, validation_data=batches(True),
                                   validation_steps=3).history)
    model.set_weights(start)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"])
    arrays = model.fit([x[:, :7], x[:, 7:]], [y, x.sum(1)], batch_size=50, shuffle=False, epochs=2, verbose=0).history
    for history in histories:
        assert history["loss"] == arrays["loss"] and history["val_kind_loss"] == histories[0]["val_kind_loss"]
    assert [out.shape for out in model.predict(Parts(), verbose=0)] == [(600, 4), (600, 1)]
    assert model.evaluate(batches(True), steps=12, verbose=0) == model.evaluate([x[:, :7], x[:, 7:]], [y, x.sum(1)], batch_size=50, verbose=0)


def test_test_time_augmentation_is_a_mean_over_views(keras):
    random = np.random.default_rng(2)
    x, y = random.normal(size=(40, 8, 8, 1)).astype(np.float32), random.integers(0, 3, 40)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.RandomFlip("horizontal"), keras.layers.Flatten(),
                              keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    plain, views = model.predict(x, verbose=0), model.predict(x, verbose=0, tta=16)
    other = model.predict(np.ascontiguousarray(x[:, :, ::-1]), verbose=0)
    weight = (views - plain)[:, 0] / (other - plain)[:, 0]  # of the mirror image
    assert np.all((weight > -1e-3) & (weight < 15 / 16 + 1e-3)) and 0.3 < weight.mean() < 0.7
    expected = -np.log(views[np.arange(40), y]).mean()
    assert abs(model.evaluate(x, y, verbose=0, tta=16) - expected) < 1e-5
    with pytest.raises(ValueError, match="tta = 0"):
        model.predict(x, tta=0)
    with pytest.raises(NotImplementedError, match="tta = 4 with a generator"):
        model.predict(iter([x]), tta=4)
    with pytest.raises(ValueError, match="no layer that shows images"):
        keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]).predict(x, tta=4)
