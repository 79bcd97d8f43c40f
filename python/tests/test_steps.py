"""Classes with a train_step() and the like of their own."""

import numpy as np
import pytest

from cornu.keras import _tensorflow as tf


def of_keras_s_guide(keras):
    """The class of Keras's guide to train_step."""
    class Stepped(keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    return Stepped


def functional(keras, cls):
    keras.utils.set_random_seed(7)
    x = keras.Input((16,))
    hidden = keras.layers.Dense(12, activation="relu", kernel_regularizer="l2")(x)
    return cls(x, keras.layers.Dense(4, activation="softmax")(hidden))


def compiled(keras, cls):
    model = functional(keras, cls)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_a_train_step_of_ones_own_trains_as_keras_s_does(keras, blobs):
    given = {"epochs": 3, "batch_size": 60, "shuffle": False, "verbose": 0, "validation_split": 0.2}
    own, usual = (compiled(keras, cls) for cls in (of_keras_s_guide(keras), keras.Model))
    mine, theirs = own.fit(*blobs, **given), usual.fit(*blobs, **given)
    assert mine.epoch == [0, 1, 2] and sorted(mine.history) == sorted(theirs.history)
    for name, values in theirs.history.items():
        np.testing.assert_allclose(mine.history[name], values, rtol=1e-4)
    for a, b in zip(own.get_weights(), usual.get_weights()):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert int(own.optimizer.iterations) == int(usual.optimizer.iterations) == 24


def test_hooks_run_in_keras_s_order_around_a_step(keras, blobs):
    seen = []

    class Watch(keras.callbacks.Callback):
        def __getattribute__(self, name):
            if name.startswith("on_") and not name.startswith("on_batch"):
                seen.append(name)
            return super().__getattribute__(name)

        def on_train_batch_end(self, batch, logs=None):
            assert set(logs) >= {"loss"}
            self.model.optimizer.learning_rate = 0.5 ** (batch + 1)
            self.model.stop_training = batch == 1

    model = compiled(keras, of_keras_s_guide(keras))
    watch = Watch()
    model.fit(*blobs, batch_size=100, epochs=5, verbose=0, callbacks=[watch], validation_data=blobs)
    del seen[:seen.index("on_train_begin")]
    assert seen[:6] == ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_train_batch_begin",
                        "on_train_batch_end"]
    assert seen[6] == "on_test_begin" and seen[-3:] == ["on_test_end", "on_epoch_end", "on_train_end"]
    assert float(model.optimizer.learning_rate) == 0.25 and len(model.history.epoch) == 1


def test_a_loss_and_test_step_of_ones_own(keras, blobs):
    class Doubled(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, **_):
            return 2 * super().compute_loss(x, y, y_pred, sample_weight)

        def test_step(self, data):
            x, y = data
            return {"wrong": keras.ops.mean(keras.ops.argmax(self(x, training=False), axis=-1) != y)}

    model = compiled(keras, Doubled)
    usual = compiled(keras, keras.Model)
    history = model.fit(*blobs, batch_size=600, verbose=0, validation_data=blobs).history
    assert sorted(history) == ["accuracy", "loss", "val_wrong"]
    np.testing.assert_allclose(history["loss"][0], 2 * usual.fit(*blobs, batch_size=600, verbose=0).history["loss"][0], rtol=1e-5)
    labels = model.predict(blobs[0], verbose=0).argmax(1)
    assert model.evaluate(*blobs, verbose=0, batch_size=600) == pytest.approx(np.mean(labels != blobs[1]))


def test_models_without_a_call_train_their_parts(keras, blobs):
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.code, self.back = (keras.Sequential([keras.Input((n,)), keras.layers.Dense(m)]) for n, m in ((16, 3), (3, 16)))
            self.tracker = keras.metrics.Mean(name="error")

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            with tf.GradientTape() as tape:
                error = tf.reduce_mean(tf.square(data - self.back(self.code(data))))
            self.optimizer.apply_gradients(zip(tape.gradient(error, self.trainable_weights), self.trainable_weights))
            self.tracker.update_state(error)
            return {"error": self.tracker.result()}

    model = Pair()
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    errors = model.fit(blobs[0], epochs=6, verbose=0).history["error"]
    assert errors[-1] < errors[0]
    batches = [blobs[0][i:i + 50] for i in range(0, 600, 50)]
    assert model.fit((batch for batch in batches), verbose=0, steps_per_epoch=6).history["error"][0] < errors[0]


def test_steps_of_ones_own_get_keras_s_errors(keras, blobs):
    class Nothing(keras.Model):
        def train_step(self, data):
            return 3

    model = compiled(keras, Nothing)
    with pytest.raises(ValueError, match="Nothing.train_step: expected a dict of values, got int"):
        model.fit(*blobs, verbose=0)
    with pytest.raises(ValueError, match="y has 3"):
        model.fit(blobs[0], blobs[1][:3], verbose=0)
    with pytest.raises(ValueError, match="compile"):
        functional(keras, Nothing).fit(*blobs, verbose=0)

    class Loop(keras.Model):
        def make_train_function(self):
            pass

    with pytest.raises(NotImplementedError, match="Loop.make_train_function is not in Cornu; train_step"):
        functional(keras, Loop)


def test_a_loss_that_raises_leaves_the_weights_of_the_step_before(keras, blobs):
    calls, weights = [], []

    def loss(y_true, y_pred):
        calls.append(1)
        if len(calls) == 3:
            raise KeyError("the third batch")
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    class Keep(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            weights.append(self.model.get_weights())

    for optimizer in ("adam", keras.optimizers.SGD(0.1, momentum=0.9)):
        calls.clear(), weights.clear()
        model = functional(keras, keras.Model)
        model.compile(optimizer, loss)
        with pytest.raises(KeyError, match="the third batch"):
            model.fit(*blobs, batch_size=50, verbose=0, callbacks=[Keep()])
        assert len(weights) == 2 and int(model.optimizer.iterations) == 2
        for a, b in zip(weights[-1], model.get_weights()):
            np.testing.assert_array_equal(a, b)
        assert len(model.fit(*blobs, verbose=0).history["loss"]) == 1


def test_checkpoints_restore_weights_variables_and_optimizers(keras, blobs, tmp_path):
    def make():
        model, optimizer, step = functional(keras, keras.Model), keras.optimizers.Adam(0.01), tf.Variable(0)
        return model, optimizer, step, tf.train.Checkpoint(model=model, optimizer=optimizer, step=step)

    def train(model, optimizer, step, _, steps):
        for _ in range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(blobs[1], model(blobs[0], training=True)))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
            step.assign_add(1)
        return model.get_weights()

    whole = make()
    expected = train(*whole, 5)
    first = make()
    train(*first, 2)
    manager = tf.train.CheckpointManager(first[3], tmp_path / "kept", max_to_keep=2)
    assert manager.latest_checkpoint is None
    paths = [manager.save() for _ in range(3)]
    assert manager.checkpoints == paths[1:] and tf.train.latest_checkpoint(str(tmp_path / "kept")) == paths[-1]
    second = make()
    second[3].restore(paths[-1]).expect_partial()
    assert int(second[2]) == 2
    for a, b in zip(train(*second, 3), expected):
        np.testing.assert_array_equal(a, b)
    assert int(second[1].iterations) == 5
    path = second[3].save(tmp_path / "own" / "ckpt")
    assert path.endswith("ckpt-4")
    with pytest.raises(FileNotFoundError, match="none.npz"):
        second[3].restore(str(tmp_path / "none"))
    (tmp_path / "tf.index").touch()
    with pytest.raises(NotImplementedError, match="TensorFlow's checkpoints"):
        second[3].restore(str(tmp_path / "tf"))
    with pytest.raises(ValueError, match="names is a list"):
        tf.train.Checkpoint(names=[]).save(tmp_path / "list")


def test_a_part_of_a_variable_can_be_assigned(keras):
    v = tf.Variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    v[0, 1].assign(42)
    v[:, 2].assign([0.0, 1.0])
    v[1].assign_add([1.0, 1.0, 1.0])
    v.scatter_nd_update([[0, 0], [1, 1]], [100.0, 200.0])
    assert v.numpy().tolist() == [[100, 42, 0], [5, 200, 2]]
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(v[0] ** 2)
    assert tape.gradient(value, v).numpy().tolist() == [[200, 84, 0], [0, 0, 0]]
    with pytest.raises(TypeError, match="item assignment"):
        v[1] = 0.0
    with pytest.raises(ValueError, match=r"a part of variable.*, of shape \(3,\)"):
        v[0].assign([1.0, 2.0])
    layer = keras.layers.Dense(2)
    layer(np.ones((1, 3), "float32"))
    layer.kernel[0].assign([7.0, 8.0])
    assert layer.get_weights()[0][0].tolist() == [7, 8]


def softplus(z):
    return tf.math.log(tf.exp(z) + 1.0)


@pytest.mark.parametrize("name", ["softplus", "swish", "lambda"])
def test_an_activation_may_be_a_function(keras, blobs, name):
    function = {"softplus": softplus, "swish": lambda z: z * keras.activations.sigmoid(z), "lambda": lambda z: tf.maximum(z, 0.1 * z)}[name]
    same = {"softplus": "softplus", "swish": "swish", "lambda": keras.layers.LeakyReLU(0.1)}[name]
    histories = []
    for activation in (function, same):
        keras.utils.set_random_seed(2)
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(8, activation=activation), keras.layers.Dense(4, "softmax")])
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        weights = [np.linspace(-1, 1, v.size, dtype="float32").reshape(v.shape) for v in (
            np.ones((16, 8)), np.ones(8), np.ones((8, 4)), np.ones(4))]
        model(blobs[0])
        model.set_weights(weights)
        histories.append(model.fit(*blobs, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)
    assert keras.layers.Dense(3, activation=function).units == 3


def test_initializers_regularizers_and_constraints_may_be_functions(keras, blobs):
    def near_zero(shape, dtype=None):
        return np.full(shape, 0.01)

    def l1(weights):
        return tf.reduce_sum(tf.abs(0.05 * weights))

    def positive(weights):
        return tf.where(weights < 0.0, tf.zeros_like(weights), weights)

    def model_of(**arguments):
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(4, activation="softmax", **arguments)])
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        return model

    own, usual = model_of(kernel_initializer=near_zero, kernel_regularizer=l1), model_of(
        kernel_initializer=keras.initializers.Constant(0.01), kernel_regularizer=keras.regularizers.L1(0.05))
    histories = [model.fit(*blobs, epochs=3, shuffle=False, verbose=0).history["loss"] for model in (own, usual)]
    np.testing.assert_allclose(*histories, rtol=1e-4)
    kept = model_of(kernel_constraint=positive)
    kept.fit(*blobs, epochs=2, verbose=0)
    assert (kept.get_weights()[0] >= 0).all() and (kept.get_weights()[0] == 0).any()
    with pytest.raises(NotImplementedError, match=r"Dense\(activity_regularizer=l1\)"):
        model_of(activity_regularizer=l1)
    with pytest.raises(ValueError, match="the initializer of its kernel gave shape"):
        model_of(kernel_initializer=lambda shape: np.zeros(3)).predict(blobs[0], verbose=0)


def test_layers_that_merge_run_on_arrays_and_are_trained_through(keras, blobs):
    a, b = tf.Variable(np.ones((2, 3), "float32")), np.full((2, 3), 2, "float32")
    with tf.GradientTape() as tape:
        both = keras.layers.concatenate([a * 3.0, tf.constant(b)])
        value = tf.reduce_sum(both ** 2)
    assert both.numpy().tolist() == [[3.0] * 3 + [2.0] * 3] * 2
    assert tape.gradient(value, a).numpy().tolist() == [[18.0] * 3] * 2
    np.testing.assert_array_equal(keras.layers.Add()([b, b, b]), 3 * b)
    mean, variance = tf.nn.moments(tf.constant(b), axes=-1, keepdims=True)
    assert mean.shape == variance.shape == (2, 1)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = keras.layers.Dense(6), keras.layers.Dense(4, activation="softmax")

        def call(self, x):
            return self.out(keras.layers.concatenate([x, tf.exp(-tf.square(self.hidden(x)))]))

    model = Net()
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(*blobs, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and len(model.trainable_weights) == 4
