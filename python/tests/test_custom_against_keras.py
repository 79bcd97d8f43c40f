"""Losses, metrics and loops of one's own, the same code beside real Keras on TensorFlow: equal weights before, equal numbers after."""

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
real = pytest.importorskip("keras")
tensorflow = pytest.importorskip("tensorflow")
if not real.__version__.startswith("3"):
    pytest.skip("numbers are compared with those of Keras 3", allow_module_level=True)

from cornu import keras as cornu_keras  # noqa: E402
from cornu.keras import _tensorflow as cornu_tf  # noqa: E402

BOTH = ((cornu_tf, cornu_keras), (tensorflow, real))
WEIGHTS = np.random.default_rng(7)
SHAPES = {"regression": [(6, 8), (8,), (8, 1), (1,)], "classes": [(6, 8), (8,), (8, 3), (3,)]}
START = {kind: [WEIGHTS.normal(scale=0.4, size=shape).astype(np.float32) for shape in shapes] for kind, shapes in SHAPES.items()}


def network(keras, kind):
    last = {"regression": keras.layers.Dense(1), "classes": keras.layers.Dense(3, activation="softmax")}[kind]
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="tanh"), last])
    model.set_weights(START[kind])
    return model


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(3)
    x = random.normal(size=(90, 6)).astype(np.float32)
    return {"x": x, "regression": (x[:, :1] ** 2 - x[:, 1:2]).astype(np.float32), "classes": np.argmax(x[:, :3], axis=1),
            "weight": random.uniform(0.2, 2, 90).astype(np.float32)}


# ---- losses and metrics of functions and classes -----------------------------------------------------------------------------


def rmse(tf, keras):
    return lambda y_true, y_pred: tf.sqrt(tf.reduce_mean(tf.square(y_pred - y_true)))


def by_row(tf, keras):
    return lambda y_true, y_pred: keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 1.5, axis=-1)


def pinball(tf, keras):
    def loss(y_true, y_pred):
        error = y_true - y_pred
        return tf.reduce_mean(tf.maximum(0.9 * error, (0.9 - 1) * error), axis=-1)

    return loss


def huber_by_where(tf, keras):
    def loss(y_true, y_pred):
        error = y_true - y_pred
        return tf.where(tf.abs(error) < 0.5, tf.square(error) / 2, 0.5 * (tf.abs(error) - 0.25))

    return loss


def with_flat_targets(tf, keras):
    """Targets of shape (samples): Keras gives them a last axis."""
    return lambda y_true, y_pred: tf.square(y_true - y_pred)


def subclass(tf, keras):
    class Weighted(keras.losses.Loss):
        def __init__(self, factor=2.0, name="weighted", **kwargs):
            super().__init__(name=name, **kwargs)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * tf.reduce_mean(tf.math.log(tf.cosh(y_pred - y_true)) if hasattr(tf, "cosh") else tf.math.log(
                (tf.exp(y_pred - y_true) + tf.exp(y_true - y_pred)) / 2), axis=-1)

    return Weighted()


def summed(tf, keras):
    class Summed(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return tf.square(y_pred - y_true)

    return Summed(reduction="sum")


def mixed(tf, keras):
    """Of Keras's own and one's own."""
    return lambda y_true, y_pred: keras.losses.mean_squared_error(y_true, y_pred) + 0.1 * tf.reduce_sum(tf.abs(y_pred))


def focal(tf, keras):
    def loss(y_true, y_pred):
        y_true = tf.one_hot(tf.cast(tf.reshape(y_true, [-1]), tf.int32), 3)
        p = tf.clip_by_value(y_pred, 1e-7, 1 - 1e-7)
        return tf.reduce_sum(-y_true * tf.pow(1 - p, 2.0) * tf.math.log(p), axis=-1)

    return loss


def smoothed(tf, keras):
    return lambda y_true, y_pred: keras.losses.sparse_categorical_crossentropy(y_true, y_pred) * 0.9


def certainty(tf, keras):
    def certainty(y_true, y_pred):
        return tf.reduce_max(y_pred, axis=-1)

    return certainty


def spread(tf, keras):
    class Spread(keras.metrics.Metric):
        def __init__(self, name="spread", **kwargs):
            super().__init__(name=name, **kwargs)
            self.low, self.high = self.add_weight(name="low", initializer="zeros"), self.add_weight(name="high", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.low.assign(tf.minimum(self.low, tf.reduce_min(y_pred)))
            self.high.assign(tf.maximum(self.high, tf.reduce_max(y_pred)))

        def result(self):
            return self.high - self.low

    return Spread()


@pytest.mark.parametrize("weighted", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make, kind", [
    (rmse, "regression"), (with_flat_targets, "regression"), (subclass, "regression"), (focal, "classes"),
    *(pytest.param(make, kind, marks=pytest.mark.slow) for make, kind in (
        (by_row, "regression"), (pinball, "regression"), (huber_by_where, "regression"), (summed, "regression"), (mixed, "regression"),
        (smoothed, "classes")))])
def test_histories_and_weights_are_keras_s(data, make, kind, weighted):
    results = []
    for tf, keras in BOTH:
        model = network(keras, kind)
        metrics = [certainty(tf, keras), spread(tf, keras), "mae" if kind == "regression" else "accuracy"]
        model.compile(keras.optimizers.SGD(0.01, momentum=0.5), make(tf, keras), metrics=metrics)
        y = data[kind][:, 0] if make is with_flat_targets else data[kind]
        history = model.fit(data["x"], y, epochs=3, batch_size=32, shuffle=False, verbose=0,
                            sample_weight=data["weight"] if weighted else None, validation_data=(data["x"][:40], y[:40])).history
        results.append((history, model.get_weights(), model.evaluate(data["x"], y, verbose=0)))
    (ours, weights, values), (theirs, their_weights, their_values) = results
    assert list(ours) == list(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=2e-4, atol=2e-6, err_msg=name)
    for a, b in zip(weights, their_weights):
        np.testing.assert_allclose(a, b, atol=2e-5)
    np.testing.assert_allclose(values, their_values, rtol=2e-4, atol=2e-6)


# ---- loops -------------------------------------------------------------------------------------------------------------------


def plain_loop(tf, keras, data):
    model, optimizer = network(keras, "classes"), keras.optimizers.Adam(0.01)
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    accuracy, mean = keras.metrics.SparseCategoricalAccuracy(), keras.metrics.Mean()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = loss_of(y, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        accuracy.update_state(y, predictions)
        mean.update_state(loss)

    seen = []
    for _ in range(3):
        accuracy.reset_state()
        mean.reset_state()
        for x, y in tf.data.Dataset.from_tensor_slices((data["x"], data["classes"])).batch(32):
            step(x, y)
        seen += [float(accuracy.result()), float(mean.result())]
    return seen, model.get_weights()


def autoencoder_loop(tf, keras, data):
    encoder, decoder = network(keras, "classes"), keras.Sequential([keras.Input((3,)), keras.layers.Dense(6)])
    decoder.set_weights([np.ones((3, 6)) * 0.1, np.zeros(6)])
    optimizer, seen = keras.optimizers.RMSprop(0.01), []
    variables = encoder.trainable_variables + decoder.trainable_variables
    for _ in range(4):
        with tf.GradientTape() as tape:
            code = encoder(data["x"])
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(decoder(code) - data["x"]), axis=1)) + 0.01 * tf.reduce_sum(
                code * tf.math.log(code + 1e-6))
        gradients = tape.gradient(loss, variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 0.5)
        optimizer.apply_gradients(zip(gradients, variables))
        seen += [float(loss), float(norm)]
    return seen, encoder.get_weights() + decoder.get_weights()


def variables_loop(tf, keras, data):
    w = tf.Variable(tf.ones((6, 1)) * 0.1, name="w")
    b, optimizer, seen = tf.Variable(tf.zeros((1,))), keras.optimizers.Adam(0.05), []
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(data["x"], w) + b - data["regression"])) + 0.01 * tf.nn.l2_loss(w)
        optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
        seen.append(float(loss))
    return seen, [w.numpy(), b.numpy()]


def adversarial_loop(tf, keras, data):
    """A generator and a discriminator, each with a tape and an optimizer of its own."""
    generator = network(keras, "classes")
    critic = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    critic.set_weights([np.linspace(-1, 1, 12).reshape(3, 4), np.zeros(4), np.linspace(-0.5, 1, 4).reshape(4, 1), np.zeros(1)])
    cross = keras.losses.BinaryCrossentropy(from_logits=True)
    first, second, seen = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.02), []
    truth = np.eye(3, dtype=np.float32)[data["classes"]]
    for _ in range(4):
        with tf.GradientTape() as of_generator, tf.GradientTape() as of_critic:
            made = generator(data["x"], training=True)
            real_out, fake_out = critic(truth, training=True), critic(made, training=True)
            generator_loss = cross(tf.ones_like(fake_out), fake_out)
            critic_loss = cross(tf.ones_like(real_out), real_out) + cross(tf.zeros_like(fake_out), fake_out)
        to_generator = of_generator.gradient(generator_loss, generator.trainable_variables)
        to_critic = of_critic.gradient(critic_loss, critic.trainable_variables)
        first.apply_gradients(zip(to_generator, generator.trainable_variables))
        second.apply_gradients(zip(to_critic, critic.trainable_variables))
        seen += [float(generator_loss), float(critic_loss)]
    return seen, generator.get_weights() + critic.get_weights()


def saliency(tf, keras, data):
    model, image = network(keras, "classes"), tf.convert_to_tensor(data["x"][:5])
    with tf.GradientTape() as tape:
        tape.watch(image)
        best = tf.reduce_max(model(image), axis=1)
    slopes = tape.gradient(best, image)
    return [], [np.asarray(slopes), np.asarray(tf.sign(slopes)), np.asarray(best)]


@pytest.mark.parametrize("loop", [plain_loop, autoencoder_loop, variables_loop, adversarial_loop, saliency])
def test_loops_are_keras_s(data, loop):
    (ours, weights), (theirs, their_weights) = (loop(tf, keras, data) for tf, keras in BOTH)
    np.testing.assert_allclose(ours, theirs, rtol=2e-4)
    for a, b in zip(weights, their_weights):
        np.testing.assert_allclose(a, b, atol=3e-5)


# ---- training steps, and parts that are the notebook's own --------------------------------------------------------------------


def stepped(tf, keras):
    class Stepped(keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            self.optimizer.apply_gradients(zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
            return {"loss": loss, **self.compute_metrics(x, y, y_pred, None)}

    x = keras.Input((6,))
    return Stepped(x, keras.layers.Dense(1)(keras.layers.Dense(8, activation="tanh")(x)))


def with_own_dense(tf, keras):
    class Own(keras.layers.Layer):
        def __init__(self, units, activation=None):
            super().__init__()
            self.units, self.activation = units, keras.activations.get(activation)

        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="w")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

        def call(self, x):
            return self.activation(tf.matmul(x, self.w) + self.b)

    return keras.Sequential([keras.Input((6,)), Own(8, "tanh"), Own(1)])


def with_own_functions(tf, keras):
    class Sparse(keras.regularizers.Regularizer):
        def __call__(self, weights):
            return tf.reduce_sum(tf.abs(0.01 * weights))

    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation=lambda z: tf.sin(z) + 0.1 * z,
                                                                   kernel_regularizer=Sparse()),
                             keras.layers.Dense(1)])


def with_added_loss(tf, keras):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)

        def call(self, x):
            hidden = self.hidden(x)
            self.add_loss(0.1 * tf.reduce_mean(tf.square(hidden)))
            return self.out(hidden)

    return Net()


@pytest.mark.parametrize("make", [stepped, with_own_dense, with_own_functions, with_added_loss], ids=lambda make: make.__name__)
def test_what_is_trained_batch_by_batch_has_keras_s_numbers(data, make):
    results = []
    for tf, keras in BOTH:
        model = make(tf, keras)
        model(data["x"])
        model.set_weights(START["regression"])
        model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss="mse", metrics=["mae"])
        history = model.fit(data["x"], data["regression"], epochs=3, batch_size=32, shuffle=False, verbose=0,
                            validation_split=0.2).history
        history["weights"] = np.concatenate([np.ravel(one) for one in model.get_weights()])
        results.append({"evaluate": model.evaluate(data["x"], data["regression"], verbose=0), **history})
    ours, theirs = results
    assert sorted(ours) == sorted(theirs)
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=2e-4, atol=2e-6, err_msg=name)
