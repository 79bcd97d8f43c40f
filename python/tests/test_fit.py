"""fit, evaluate, predict: data in every form, hooks in Keras's order, callbacks."""

import itertools
import math
import os
import signal
import threading
import time

import numpy as np
import pytest


def test_the_seed_decides_every_bit(keras, classifier, blobs):
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        model = classifier()
        model.fit(*blobs, epochs=2, verbose=0)
        weights.append(model.get_weights()[0])
    assert np.array_equal(*weights)
    keras.utils.set_random_seed(4)
    assert not np.array_equal(classifier().get_weights()[0], weights[0])


def test_without_a_seed_two_models_differ(classifier):
    from cornu.keras import _random

    _random._state["seed"] = None
    assert not np.array_equal(classifier().get_weights()[0], classifier().get_weights()[0])


class Recorder:
    """Makes a callback that writes down which hooks are called."""

    def __new__(cls, keras):
        calls = []

        def hook(name):
            def call(self, *args, **kwargs):
                logs = kwargs.get("logs", args[-1] if args else None)
                calls.append(f"{name} {args[0]}" if args and isinstance(args[0], int) else name)
                if name in ("on_epoch_end", "on_test_end", "on_train_batch_end"):
                    calls[-1] += " " + ",".join(logs)
            return call

        names = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
        body = {name: hook(name) for name in names if name not in ("on_batch_begin", "on_batch_end")}
        callback = type("Recording", (keras.callbacks.Callback,), body)()
        callback.calls = calls
        return callback


def test_hooks_are_called_in_keras_s_order(keras, classifier, blobs):
    recorder = Recorder(keras)
    x, y = blobs
    classifier().fit(x[:64], y[:64], epochs=1, batch_size=32, validation_data=(x[:32], y[:32]), callbacks=[recorder],
                     verbose=0)
    plain = [call.split()[0] for call in recorder.calls]
    assert plain == ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end",
                     "on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_batch_begin",
                     "on_test_batch_end", "on_test_end", "on_epoch_end", "on_train_end"]
    assert recorder.calls[-2] == "on_epoch_end 0 accuracy,loss,val_accuracy,val_loss"


def test_rate_and_weights_are_read_and_written_inside_hooks(keras, classifier, blobs):
    seen = []

    class Mine(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.1 / (epoch + 1)

        def on_epoch_end(self, epoch, logs=None):
            seen.append((float(self.model.optimizer.learning_rate), self.model.get_weights()[0].copy(),
                         self.model.evaluate(*blobs, verbose=0, return_dict=True)["loss"]))
            if epoch == 1:
                self.model.set_weights([w * 0 for w in self.model.get_weights()])

    model = classifier(optimizer="sgd")
    model.fit(*blobs, epochs=2, callbacks=[Mine()], verbose=0)
    assert [round(rate, 6) for rate, _, _ in seen] == [0.1, 0.05]
    assert not np.array_equal(seen[0][1], seen[1][1]) and seen[1][2] < seen[0][2]
    assert not model.get_weights()[0].any()
    assert abs(model.optimizer.learning_rate - 0.05) < 1e-9


@pytest.mark.parametrize("hook, steps", [("on_epoch_end", 19), ("on_train_batch_end", 4), ("on_batch_end", 4)])
def test_stop_training_is_looked_at_after_each_hook(keras, classifier, blobs, hook, steps):
    def stop(self, index, logs=None):
        if hook == "on_epoch_end" or index == 3:
            self.model.stop_training = True

    model = classifier()
    callback = type("Stop", (keras.callbacks.Callback,), {hook: stop})()
    history = model.fit(*blobs, epochs=5, callbacks=callback, verbose=0)
    assert model.optimizer.iterations == steps and history.epoch == [0]


def test_an_own_stop_on_a_metric_works_as_in_the_tutorial(keras, classifier, blobs):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs={}):
            if logs.get("loss") < 0.6:
                self.model.stop_training = True

    history = classifier().fit(*blobs, epochs=200, callbacks=[Stop()], verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < 0.6 and all(loss >= 0.6 for loss in losses[:-1]) and len(losses) < 200


def test_early_stopping_restores_the_best(keras, classifier, blobs):
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    model = classifier(optimizer=keras.optimizers.Adam(0.1))
    history = model.fit(*blobs, epochs=100, validation_split=0.3, callbacks=[stop], verbose=0)
    losses = history.history["val_loss"]
    assert stop.stopped_epoch == len(losses) - 1 < 99
    assert stop.best == min(losses) == losses[stop.best_epoch]
    x, y = blobs[0][420:], blobs[1][420:]
    assert abs(model.evaluate(x, y, verbose=0)[0] - min(losses)) < 1e-6


def test_schedulers_change_the_rate_and_log_it(keras, classifier, blobs):
    rates = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 * 0.5 ** epoch)
    history = classifier().fit(*blobs, epochs=3, callbacks=[rates], verbose=0)
    assert np.allclose(history.history["learning_rate"], [0.01, 0.005, 0.0025])
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=10)
    history = classifier().fit(*blobs, epochs=4, callbacks=[plateau], verbose=0)
    assert np.allclose(history.history["learning_rate"], [0.001, 0.001, 0.0005, 0.00025])


def test_checkpoints_and_logs_are_written(keras, classifier, blobs, tmp_path):
    callbacks = keras.callbacks
    model = classifier()
    model.fit(*blobs, epochs=2, validation_split=0.2, verbose=0, callbacks=[
        callbacks.ModelCheckpoint(str(tmp_path / "m-{epoch:02d}-{val_loss:.2f}.keras")),
        callbacks.ModelCheckpoint(str(tmp_path / "best.weights.h5"), save_best_only=True, save_weights_only=True),
        callbacks.CSVLogger(str(tmp_path / "log.csv")), callbacks.TensorBoard(str(tmp_path / "tb"))])
    names = sorted(os.listdir(tmp_path))
    assert len([name for name in names if name.startswith("m-0")]) == 2 and "best.weights.h5" in names
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,accuracy,loss,val_accuracy,val_loss" and len(lines) == 3
    assert any(name.startswith("events") for name in os.listdir(tmp_path / "tb" / "train"))


def test_lambda_callbacks_and_terminate_on_nan(keras, classifier, blobs):
    seen = []
    print_epoch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch),
                                                 on_train_begin=lambda logs: seen.append("begin"))
    classifier().fit(*blobs, epochs=2, callbacks=[print_epoch], verbose=0)
    assert seen == ["begin", 0, 1]
    model = classifier(optimizer=keras.optimizers.SGD(1e30))
    history = model.fit(*blobs, epochs=3, callbacks=[keras.callbacks.TerminateOnNaN()], verbose=0)
    assert len(history.epoch) == 1 and not math.isfinite(history.history["loss"][0])


def test_data_comes_in_every_form(keras, classifier, blobs):
    x, y = blobs
    reference = None
    for form in ((x, y), (x.tolist(), y.tolist()), (x.astype("float64"), y.astype("int32")), ([x], [y]),
                 (np.asfortranarray(x), y.reshape(-1, 1))):
        keras.utils.set_random_seed(8)
        model = classifier()
        model.fit(*form, epochs=1, verbose=0)
        weights = model.get_weights()[0]
        reference = weights if reference is None else reference
        assert np.array_equal(weights, reference)


def test_pandas_columns_are_data(classifier, blobs):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(blobs[0])
    classifier().fit(frame, pandas.Series(blobs[1]), verbose=0)


def test_generators_give_an_epoch_batch_by_batch(keras, classifier, blobs):
    x, y = blobs

    def generator():
        for i in itertools.cycle(range(0, 600, 50)):
            yield x[i:i + 50], y[i:i + 50]

    given = classifier()
    history = given.fit(generator(), steps_per_epoch=12, epochs=3, verbose=0, validation_data=(x, y))
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    plain = classifier()
    expected = plain.fit(x, y, batch_size=50, epochs=3, shuffle=False, verbose=0)
    assert np.allclose(given.get_weights()[0], plain.get_weights()[0], atol=1e-6)
    assert np.allclose(history.history["loss"], expected.history["loss"], atol=1e-6)
    assert len(history.history["val_loss"]) == 3 and given.optimizer.iterations == 36


def test_sequences_give_batches_by_index(keras, classifier, blobs):
    x, y = blobs

    class Mine(keras.utils.Sequence):
        def __len__(self):
            return 10

        def __getitem__(self, i):
            return x[i * 60:i * 60 + 60], y[i * 60:i * 60 + 60]

    model = classifier()
    history = model.fit(Mine(), epochs=2, verbose=0)
    assert model.optimizer.iterations == 20 and len(history.history["loss"]) == 2
    assert len(model.evaluate(Mine(), verbose=0)) == 2 and model.predict(Mine(), verbose=0).shape == (600, 4)


def test_weights_of_classes_and_samples_count(keras, classifier, blobs):
    x, y = blobs
    weights = {0: 5.0, 1: 1.0, 2: 1.0, 3: 0.0}
    results = []
    for arguments in ({"class_weight": weights}, {"sample_weight": np.array([weights[label] for label in y])}):
        keras.utils.set_random_seed(2)
        model = classifier()
        model.fit(x, y, verbose=0, **arguments)
        results.append(model.get_weights()[0])
    assert np.array_equal(*results)
    keras.utils.set_random_seed(2)
    plain = classifier()
    plain.fit(x, y, verbose=0)
    assert not np.array_equal(plain.get_weights()[0], results[0])


def test_one_batch_at_a_time_is_a_fit(keras, classifier, blobs):
    x, y = blobs[0][:64], blobs[1][:64]
    a = classifier()
    loss, accuracy = a.train_on_batch(x, y)
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    b = classifier()
    history = b.fit(x, y, batch_size=64, shuffle=False, verbose=0)
    assert loss == history.history["loss"][0] and np.array_equal(a.get_weights()[0], b.get_weights()[0])
    assert set(a.test_on_batch(x, y, return_dict=True)) == {"loss", "accuracy"}
    assert a.predict_on_batch(x).shape == (64, 4)


def test_convolutions_are_faster_and_round_more(keras):
    def trained(**how):
        keras.utils.set_random_seed(3)
        layers = keras.layers
        model = keras.Sequential([keras.Input((12, 12, 2)), layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(32, 3),
                                  layers.GlobalAveragePooling2D(), layers.Dense(1)])
        model.compile("sgd", "mse", **how)
        model.fit(x, x.mean(axis=(1, 2, 3)), epochs=2, verbose=0)
        return model.predict(x, verbose=0)

    x = np.random.default_rng(1).random((40, 12, 12, 2), np.float32)
    default, named, fast = trained(), trained(convolution="default"), trained(convolution="fast")
    assert np.array_equal(default, named) and not np.array_equal(default, fast)
    assert np.allclose(default, fast, atol=1e-4)


def test_metrics_come_in_the_order_of_compile(classifier, blobs):
    model = classifier(metrics=["sparse_top_k_categorical_accuracy", "accuracy"])
    names = list(model.evaluate(*blobs, verbose=0, return_dict=True))
    values = model.evaluate(*blobs, verbose=0)
    assert sorted(names) == names and len(values) == 3
    assert values[1] == 1.0 and values[2] < 1.0  # of four classes all are among the first five


@pytest.mark.parametrize("wrong, error, words", [
    (lambda m, x, y: m.fit(x, y[:10]), ValueError, "same number of samples"),
    (lambda m, x, y: m.fit(x[:, :5], y), ValueError, r"expected shape=\(None, 16\), found shape=\(None, 5\)"),
    (lambda m, x, y: m.fit(x, y + 7), ValueError, "label"),
    (lambda m, x, y: m.fit(np.full_like(x, np.nan), y), ValueError, "NaN|nan"),
    (lambda m, x, y: m.fit(x, y, epochs=-1), ValueError, "epochs"),
    (lambda m, x, y: m.fit(x, None), ValueError, "y is missing"),
    (lambda m, x, y: m.fit([["a"] * 16], [0]), ValueError, "numbers"),
    (lambda m, x, y: m.fit(x, y, callbacks=[3]), TypeError, "callbacks"),
    (lambda m, x, y: m.compile("adamm", "mse"), ValueError, "unknown optimizer"),
    (lambda m, x, y: m.compile("adam", "mss"), ValueError, "did you mean 'mse'"),
    (lambda m, x, y: m.compile("adam", "mse", convolution="fats"), ValueError, "expected 'default' or 'fast'"),
])
def test_mistakes_are_said_before_training(classifier, blobs, wrong, error, words):
    model = classifier()
    with pytest.raises(error, match=words):
        wrong(model, *blobs)
    assert model.optimizer.iterations == 0


def test_a_model_must_be_compiled(keras, blobs):
    model = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"must call `compile\(\)`"):
        model.fit(*blobs)


def test_progress_is_written_as_asked(classifier, blobs, capsys):
    model = classifier()
    model.fit(*blobs, epochs=2, verbose=0)
    assert capsys.readouterr().out == ""
    model.fit(*blobs, epochs=2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2" and lines[1].startswith("19/19 - 0s - ") and " - accuracy: 0." in lines[1]
    model.fit(*blobs, verbose=1)
    assert capsys.readouterr().out.startswith("19/19 ━━━━━━━━━━━━━━━━━━━━ 0s ")


def test_interrupting_takes_a_fifth_of_a_second(classifier):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50000, 16)).astype(np.float32), random.integers(0, 4, 50000)
    model = classifier()
    model.fit(x[:100], y[:100], verbose=0)
    sent = []

    def interrupt():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=10000, verbose=0)
    assert time.monotonic() - sent[0] < 0.2
    assert model.optimizer.iterations > 4


def test_a_value_that_begins_as_nan_is_no_best(keras):
    """As in Keras: the best so far begins at the worst there is, and a NaN is never better."""
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    stop.set_model(keras.Sequential([keras.layers.Dense(1)]))
    stop.on_train_begin()
    for epoch, value in enumerate((float("nan"), 3.0, 2.0)):
        stop.on_epoch_end(epoch, {"val_loss": value})
    assert stop.best == 2.0 and stop.wait == 0 and not stop.model.stop_training


def test_a_metric_knows_its_direction_whatever_its_name(keras):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "mse", metrics=[keras.metrics.FBetaScore(name="area"), keras.metrics.MeanSquaredError(name="macc")])
    for name, more in (("val_area", True), ("val_macc", False), ("loss", False)):
        stop = keras.callbacks.EarlyStopping(monitor=name)
        stop.set_model(model)
        stop.on_train_begin()
        assert (stop.best == float("-inf")) == more
