"""The second door, with real Keras: what it leaves is what Keras would have left."""

import contextlib
import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
import cornu.keras as ck  # noqa: E402

KERAS_2 = keras.__version__.startswith("2")
NAMES = ["SGD", "SGD momentum", "Adam", "Adam amsgrad", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl"]
NAMES += [] if KERAS_2 else ["Lamb"]
OPTIMIZERS = [name for name in NAMES if name != "Nadam" or not KERAS_2]


def optimizer(name):
    kind, _, extra = name.partition(" ")
    arguments = {"momentum": {"momentum": 0.9, "nesterov": True}, "amsgrad": {"amsgrad": True}}.get(extra, {})
    return getattr(keras.optimizers, kind)(learning_rate=0.01, **arguments)


def network(kind="Adam", metrics=("accuracy",), dropout=0.0):
    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential([layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-4)),
                              layers.BatchNormalization(), layers.Dropout(dropout), layers.Dense(4, activation="softmax")])
    model.build((None, 16))
    model.compile(optimizer(kind), "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def arrays(model):
    variables = model.optimizer.variables
    variables = variables() if callable(variables) and not isinstance(variables, (list, tuple)) else variables
    return [np.asarray(v.numpy()) for v in variables]


@pytest.fixture(autouse=True)
def off_afterwards():
    ck.report().clear()
    yield
    ck.deactivate()


def both(use, **arguments):
    """The same done by Keras alone and with Cornu."""
    plain = network(**arguments)
    first = use(plain)
    fast = network(**arguments)
    with ck.accelerate(strict=True):
        second = use(fast)
    return plain, first, fast, second


@pytest.mark.parametrize("kind", [kind if kind in ("Adam", "SGD momentum") else pytest.param(kind, marks=pytest.mark.slow)
                                  for kind in OPTIMIZERS])
def test_training_leaves_what_keras_leaves(blobs, kind):
    x, y = blobs
    plain, first, fast, second = both(
        lambda m: m.fit(x, y, epochs=2, batch_size=50, shuffle=False, validation_split=0.2, verbose=0), kind=kind)
    assert list(first.history) == list(second.history) and first.epoch == second.epoch
    for name in first.history:
        np.testing.assert_allclose(second.history[name], first.history[name], rtol=2e-3, atol=2e-3)
    for a, b in zip(plain.get_weights(), fast.get_weights()):
        np.testing.assert_allclose(b, a, rtol=2e-2, atol=2e-3)
    theirs, ours = arrays(plain), arrays(fast)
    if KERAS_2 and kind == "SGD":  # keeps the last step, and never looks at it
        theirs, ours = theirs[:1], ours[:1]
    assert [a.shape for a in theirs] == [a.shape for a in ours]
    for a, b in zip(theirs, ours):
        np.testing.assert_allclose(b, a, rtol=3e-2, atol=1e-3)


@pytest.mark.parametrize("kind", ["Adam", *(pytest.param(kind, marks=pytest.mark.slow)
                                           for kind in ("SGD momentum", OPTIMIZERS[9]))])
def test_keras_goes_on_where_cornu_stopped(blobs, kind):
    x, y = blobs
    plain, fast = network(kind), network(kind)
    plain.fit(x, y, epochs=1, shuffle=False, verbose=0)
    with ck.accelerate(strict=True):
        fast.fit(x, y, epochs=1, shuffle=False, verbose=0)
    for model in (plain, fast):
        model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    for a, b in zip(plain.get_weights(), fast.get_weights()):
        np.testing.assert_allclose(b, a, rtol=3e-2, atol=3e-3)


def test_evaluate_and_predict_give_keras_s_values(blobs, capsys):
    metrics = ("sparse_categorical_crossentropy", "accuracy")
    plain, first, fast, second = both(lambda m: (m.evaluate(*blobs, verbose=0), m.predict(blobs[0], verbose=0),
                                                 m.evaluate(*blobs, verbose=0, return_dict=True)), metrics=metrics)
    np.testing.assert_allclose(second[0], first[0], rtol=1e-5)
    np.testing.assert_allclose(second[1], first[1], rtol=1e-4, atol=1e-6)
    assert list(first[2]) == list(second[2]) or not KERAS_2


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.calls = []


def _recording(name):
    def hook(self, *args, **kwargs):
        logs = kwargs.get("logs", args[-1] if args else None)
        head = f"{name} {args[0]}" if args and isinstance(args[0], int) else name
        self.calls.append(head + (" " + ",".join(logs) if isinstance(logs, dict) and name == "on_epoch_end" else ""))
    return hook


for _name in ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
              "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end"):
    setattr(Recorder, _name, _recording(_name))


def test_hooks_come_in_keras_s_order(blobs):
    x, y = blobs

    def use(model):
        recorder = Recorder()
        model.fit(x[:64], y[:64], epochs=2, batch_size=32, validation_data=(x[:32], y[:32]), callbacks=[recorder], verbose=0)
        return recorder.calls

    _, first, _, second = both(use)
    assert first == second


@pytest.mark.parametrize("settings", [{"steps_per_epoch": 3, "epochs": 1}, {"steps_per_epoch": 2, "batch_size": 16, "epochs": 3}])
def test_steps_of_an_epoch_with_arrays_are_keras_s(blobs, settings):
    x, y = blobs
    with ck.accelerate(strict=True), pytest.raises(RuntimeError, match="less batches than steps_per_epoch"):
        network("SGD").fit(x, y, epochs=2, steps_per_epoch=3, verbose=0)
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        model = network("SGD")
        with ck.accelerate(strict=True) if len(runs) else contextlib.nullcontext():
            history = model.fit(x, y, shuffle=False, verbose=0, **settings)
        runs.append((history.history["loss"], model.get_weights(), int(np.asarray(model.optimizer.iterations))))
    (losses, weights, steps), (mine, ours, count) = runs
    np.testing.assert_allclose(mine, losses, rtol=1e-4)
    np.testing.assert_allclose(ours[0], weights[0], rtol=1e-3, atol=1e-5)
    assert steps == count


def test_hooks_see_and_set_what_is_current(blobs):
    seen = []

    class Mine(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((self.model.get_weights()[0].copy(), int(np.asarray(self.model.optimizer.iterations))))
            self.model.optimizer.learning_rate = 0.5
            if epoch == 1:
                self.model.set_weights([w * 0 for w in self.model.get_weights()])

    model = network("SGD")
    start = model.get_weights()[0]
    with ck.accelerate(strict=True):
        model.fit(*blobs, epochs=2, callbacks=[Mine()], verbose=0)
    assert not np.array_equal(seen[0][0], start) and not np.array_equal(seen[0][0], seen[1][0])
    assert [steps for _, steps in seen] == [19, 38]
    assert not model.get_weights()[0].any() and abs(float(np.asarray(model.optimizer.learning_rate)) - 0.5) < 1e-7


def test_callbacks_find_the_direction_of_a_metric(blobs, tmp_path):
    callbacks = [keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=1),
                 keras.callbacks.ModelCheckpoint(str(tmp_path / "best.keras"), monitor="val_accuracy", save_best_only=True)]
    model = network()
    with ck.accelerate(strict=True):
        model.fit(*blobs, epochs=2, validation_split=0.2, callbacks=callbacks, verbose=0)
    assert os.path.exists(tmp_path / "best.keras")


def test_tensorflow_s_softmax_is_softmax(blobs):
    import tensorflow as tf

    x, y = blobs
    model = keras.Sequential([keras.layers.Dense(8, activation=tf.nn.relu), keras.layers.Dense(4, activation=tf.nn.softmax)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with ck.accelerate(strict=True):
        model.fit(x, y, verbose=0)


def test_a_class_of_one_s_own_with_a_name_of_keras_s_goes_to_keras(blobs):
    class MeanAbsoluteError(keras.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            pass

        def result(self):
            return 7.0

    model = network()
    model.compile("sgd", "mse", metrics=[MeanAbsoluteError()])
    with ck.accelerate(strict=True), pytest.raises(RuntimeError, match="class MeanAbsoluteError is one of your own"):
        model.fit(*blobs, verbose=0)


def test_a_loss_of_one_s_own_goes_to_keras(blobs):
    if not keras.__version__.startswith("3"):
        pytest.skip("Keras 2 writes the name alone")

    def of_mine(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    model = network()
    model.compile("sgd", of_mine)
    with ck.accelerate(strict=True), pytest.raises(RuntimeError, match="of_mine is a function of your own"):
        model.fit(*blobs, verbose=0)


def test_keras_s_own_callbacks_work(blobs, tmp_path):
    callbacks = keras.callbacks
    stop = callbacks.EarlyStopping(patience=1, restore_best_weights=True, min_delta=1.0)
    model = network()
    with ck.accelerate(strict=True):
        history = model.fit(*blobs, epochs=20, validation_split=0.2, verbose=0, callbacks=[
            stop, callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=10.0),
            callbacks.ModelCheckpoint(str(tmp_path / "m{epoch}.keras")), callbacks.CSVLogger(str(tmp_path / "log.csv"))])
    assert len(history.epoch) == 2 and stop.stopped_epoch == 1
    assert sorted(os.listdir(tmp_path)) == ["log.csv", "m1.keras", "m2.keras"]
    loaded = keras.models.load_model(tmp_path / "m2.keras")
    assert int(np.asarray(loaded.optimizer.iterations)) == 2 * 15


def test_stop_training_stops(blobs):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 4:
                self.model.stop_training = True

    model = network()
    with ck.accelerate(strict=True):
        model.fit(*blobs, epochs=3, callbacks=[Stop()], verbose=0)
    assert int(np.asarray(model.optimizer.iterations)) == 5


def test_the_rest_goes_to_keras_with_a_reason(blobs, capsys):
    x, y = blobs
    model = keras.Sequential([keras.layers.Reshape((4, 4, 1)), keras.layers.Lambda(lambda t: t * 2), keras.layers.Flatten(),
                              keras.layers.Dense(4, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    ck.accelerate()
    model.fit(x, y, verbose=0)
    model.fit(x, y, verbose=0)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("cornu: fit of")]
    assert len(lines) == 1 and "runs in Keras" in lines[0] and "Lambda" in lines[0]
    assert [entry["where"] for entry in ck.report()] == ["Keras", "Keras"] and "Lambda" in str(ck.report())
    ck.accelerate(strict=True)
    with pytest.raises(RuntimeError, match="Lambda"):
        model.fit(x, y, verbose=0)


@pytest.mark.parametrize("change, reason", [
    (lambda m: m.compile("adam", lambda a, b: keras.ops.mean(a - b) if not KERAS_2 else a - b), ""),
    (lambda m: m.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True), "run_eagerly"),
])
def test_what_was_compiled_otherwise_goes_to_keras(blobs, change, reason):
    model = network()
    change(model)
    with ck.accelerate(strict=True), pytest.raises(RuntimeError, match=reason):
        model.fit(*blobs, verbose=0)


def test_a_class_with_its_own_step_goes_to_keras(blobs):
    class Mine(keras.Sequential):
        def train_step(self, *args, **kwargs):
            return super().train_step(*args, **kwargs)

    model = Mine([keras.layers.Dense(4, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    with ck.accelerate(strict=True), pytest.raises(RuntimeError, match="class Mine has its own train_step"):
        model.fit(*blobs, verbose=0)


def test_deactivate_leaves_nothing(blobs):
    cls, names = keras.Model, ("fit", "evaluate", "predict")
    before = {name: vars(cls).get(name) for name in names}
    ck.accelerate()
    assert all(getattr(getattr(cls, name), "_cornu", False) for name in names)
    ck.deactivate()
    assert {name: vars(cls).get(name) for name in names} == before


def test_a_dataset_is_drained_batch_by_batch(blobs):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(blobs).batch(50)
    plain, first, fast, second = both(lambda m: m.fit(data, epochs=2, verbose=0, validation_data=data))
    assert list(first.history) == list(second.history)
    for name in first.history:
        np.testing.assert_allclose(second.history[name], first.history[name], rtol=5e-3, atol=5e-3)


def test_mistakes_in_the_data_are_keras_s_to_say(blobs):
    model = network()
    with ck.accelerate(), pytest.raises(Exception) as caught:
        model.fit(blobs[0][:, :3], blobs[1], verbose=0)
    assert "cornu" not in str(caught.value)


def test_dropout_differs_from_model_to_model_and_not_from_run_to_run(blobs):
    def run():
        model = network(dropout=0.5)
        with ck.accelerate(strict=True):
            return model.fit(*blobs, epochs=1, verbose=0).history["loss"][0]

    assert run() != run()


@pytest.mark.skipif(KERAS_2, reason="such models go to Keras 2 itself")
def test_several_inputs_and_outputs_are_trained_as_keras_does(blobs):
    x, y = blobs
    parts = [x[:, :7], x[:, 7:]]
    targets = [y, x.sum(1)]

    def make():
        keras.utils.set_random_seed(7)
        layers = keras.layers
        left, right = keras.Input((7,), name="left"), keras.Input((9,), name="right")
        both = layers.Concatenate()([layers.Dense(9, activation="relu")(left), layers.Dense(6, activation="tanh")(right)])
        model = keras.Model([left, right], [layers.Dense(4, activation="softmax", name="kind")(both),
                                            layers.Dense(1, name="size")(both)])
        model.compile("adam", loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
                      metrics={"kind": ["accuracy"]},
                      loss_weights={"kind": 1.0, "size": 0.1} if keras.__version__.startswith("3.6") else None)
        return model

    plain, fast = make(), make()
    first = plain.fit(parts, targets, epochs=2, batch_size=50, shuffle=False, verbose=0)
    with ck.accelerate(strict=True):
        second = fast.fit(parts, targets, epochs=2, batch_size=50, shuffle=False, verbose=0)
        values = fast.evaluate(parts, targets, verbose=0, return_dict=True)
        predicted = fast.predict(parts, verbose=0)
    assert sorted(first.history) == sorted(second.history)
    for name in first.history:
        np.testing.assert_allclose(second.history[name], first.history[name], rtol=5e-3, atol=5e-3)
    for a, b in zip(plain.predict(parts, verbose=0), predicted):
        np.testing.assert_allclose(b, a, rtol=2e-2, atol=5e-3)
    expected = plain.evaluate(parts, targets, verbose=0, return_dict=True)
    assert values.keys() == expected.keys() and abs(values["loss"] - expected["loss"]) < 0.01


def test_convolutions_are_trained_as_keras_does():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(120, 8, 8, 2)).astype("float32"), random.integers(0, 3, 120)

    def make():
        keras.utils.set_random_seed(7)
        layers = keras.layers
        model = keras.Sequential([layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2),
                                  layers.Conv2D(3, 2) if KERAS_2 else layers.DepthwiseConv2D(3), layers.GlobalAveragePooling2D(),
                                  layers.Dense(3, activation="softmax")])
        model.build((None, 8, 8, 2))
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    plain, fast = make(), make()
    first = plain.fit(x, y, epochs=2, shuffle=False, verbose=0)
    with ck.accelerate(strict=True):
        second = fast.fit(x, y, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(second.history["loss"], first.history["loss"], rtol=1e-4)
    for a, b in zip(plain.get_weights(), fast.get_weights()):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-5)


def test_weights_without_decay_have_none(blobs):
    """exclude_from_weight_decay, of which configurations say nothing."""
    def without_biases():
        model = network()
        model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.3), "sparse_categorical_crossentropy")
        model.optimizer.exclude_from_weight_decay(var_list=[model.layers[0].kernel], var_names=["bias"])
        return model

    plain, fast = without_biases(), without_biases()
    plain.fit(*blobs, epochs=1, shuffle=False, verbose=0)
    with ck.accelerate(strict=True):
        fast.fit(*blobs, epochs=1, shuffle=False, verbose=0)
    for a, b in zip(plain.get_weights(), fast.get_weights()):
        np.testing.assert_allclose(b, a, rtol=1e-2, atol=2e-3)


def test_normalization_that_was_adapted_is_accelerated():
    x = np.random.default_rng(2).normal(3, 2, (200, 4)).astype(np.float32)
    for axis in (-1, None):
        layer = keras.layers.Normalization(axis=axis)
        layer.adapt(x)
        model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        expected = model.predict(x, verbose=0)
        with ck.accelerate(strict=True):
            np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-5)
            model.fit(x, x[:, :1], verbose=0)
        assert np.shape(model.get_weights()[2]) == ()
