"""Losses and metrics that are Python functions and classes, and training loops of one's own."""

import gc

import numpy as np
import pytest

from cornu.keras import _record
from cornu.keras import _tensorflow as tf


def squares(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)


def network(keras, outputs=1, activation=None):
    return keras.Sequential([keras.Input((16,)), keras.layers.Dense(12, activation="tanh"),
                             keras.layers.Dense(outputs, activation=activation)])


@pytest.fixture
def numbers(blobs):
    x, y = blobs
    return x, (x[:, :1] * 0.5 + np.sin(x[:, 1:2])).astype(np.float32)


def trained(keras, data, loss, metrics=(), outputs=1, activation=None, **arguments):
    keras.utils.set_random_seed(3)
    model = network(keras, outputs, activation)
    model.compile("adam", loss, metrics=list(metrics))
    history = model.fit(*data, epochs=2, batch_size=50, verbose=0, validation_split=0.2, **arguments).history
    return model, history


def test_a_function_trains_as_the_loss_that_it_is(keras, numbers):
    ours, by_function = trained(keras, numbers, squares, ["mae"])
    theirs, by_name = trained(keras, numbers, "mse", ["mae"])
    assert sorted(by_function) == sorted(by_name)
    for name, values in by_name.items():
        np.testing.assert_allclose(by_function[name], values, rtol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, atol=1e-6)
    np.testing.assert_allclose(ours.evaluate(*numbers, verbose=0), theirs.evaluate(*numbers, verbose=0), rtol=1e-5)
    np.testing.assert_allclose(ours.train_on_batch(numbers[0][:32], numbers[1][:32]),
                               theirs.train_on_batch(numbers[0][:32], numbers[1][:32]), rtol=1e-5)


def test_any_number_of_threads_and_weights_of_samples_give_the_loss_s_bits(keras, numbers):
    weights = np.linspace(0, 2, len(numbers[0])).astype(np.float32)
    for arguments in ({"sample_weight": weights}, {}):
        runs = [trained(keras, numbers, squares, **arguments) for _ in range(2)]
        assert runs[0][1] == runs[1][1]
        _, named = trained(keras, numbers, "mse", **arguments)
        np.testing.assert_allclose(runs[0][1]["loss"], named["loss"], rtol=1e-5)


def test_labels_and_accuracy_go_with_a_function(keras, blobs):
    def cross(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    _, ours = trained(keras, blobs, cross, ["accuracy"], 4, "softmax")
    _, theirs = trained(keras, blobs, "sparse_categorical_crossentropy", ["accuracy"], 4, "softmax")
    np.testing.assert_allclose(ours["accuracy"], theirs["accuracy"], atol=0.005)
    np.testing.assert_allclose(ours["val_loss"], theirs["val_loss"], rtol=1e-3)


def test_metrics_of_one_s_own_are_asked_for_each_epoch(keras, blobs):
    class Hits(keras.metrics.Metric):
        def __init__(self, name="hits", **kwargs):
            super().__init__(name=name, **kwargs)
            self.hits = self.add_weight(name="hits", initializer="zeros")
            self.count = self.add_weight(name="count", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            right = tf.cast(tf.equal(tf.cast(tf.reshape(y_true, [-1]), tf.int64), tf.argmax(y_pred, axis=-1)), tf.float32)
            self.hits.assign_add(tf.reduce_sum(right))
            self.count.assign_add(tf.cast(tf.shape(y_pred)[0], tf.float32))

        def result(self):
            return self.hits / self.count

        def reset_state(self):
            self.hits.assign(0.0)
            self.count.assign(0.0)

    def certainty(y_true, y_pred):
        return tf.reduce_max(y_pred, axis=-1)

    stop = keras.callbacks.EarlyStopping("val_hits", patience=1, mode="max")
    _, history = trained(keras, blobs, "sparse_categorical_crossentropy", ["accuracy", Hits(), certainty], 4, "softmax",
                         callbacks=[stop])
    np.testing.assert_allclose(history["hits"], history["accuracy"], rtol=1e-6)
    np.testing.assert_allclose(history["val_hits"], history["val_accuracy"], rtol=1e-6)
    assert all(0.25 < value < 1 for value in history["certainty"] + history["val_certainty"])


def test_several_outputs_may_have_functions(keras, blobs):
    x, y = blobs
    inputs = keras.Input((16,))
    hidden = keras.layers.Dense(8, activation="tanh")(inputs)
    results = {}
    for kind, loss in (("function", squares), ("name", "mse")):
        keras.utils.set_random_seed(1)
        hidden = keras.layers.Dense(8, activation="tanh")(inputs)
        model = keras.Model(inputs, [keras.layers.Dense(4, activation="softmax", name="kind")(hidden),
                                     keras.layers.Dense(1, name="size")(hidden)])
        model.compile("adam", {"kind": "sparse_categorical_crossentropy", "size": loss}, loss_weights={"size": 0.5},
                      metrics={"size": [squares] if kind == "function" else ["mse"]})
        results[kind] = model.fit(x, {"kind": y, "size": x[:, :1]}, epochs=2, verbose=0).history
    np.testing.assert_allclose(results["function"]["loss"], results["name"]["loss"], rtol=1e-5)
    np.testing.assert_allclose(results["function"]["size_squares"], results["name"]["size_mse"], rtol=1e-5)


@pytest.mark.parametrize("loss, error, words", [
    (lambda y, p: 1 / 0, ZeroDivisionError, "division"),
    (lambda y, p: np.linalg.det(p @ p.T), NotImplementedError, "numpy.det: its gradient is not in Cornu"),
    (lambda y, p: tf.reduce_sum(y), ValueError, "does not depend on the predictions"),
    (lambda y, p: tf.reduce_mean(tf.square(y - p.numpy())), ValueError, "does not depend on the predictions"),
    (lambda y, p: p.nothing, AttributeError, "nothing"),
])
def test_mistakes_in_a_loss_end_the_training_with_their_exception(keras, numbers, loss, error, words):
    model = network(keras)
    model.compile("adam", loss)
    with pytest.raises(error, match=words):
        model.fit(*numbers, verbose=0)
    model.compile("adam", "mse")
    model.fit(*numbers, verbose=0)  # and nothing of it stays


def test_a_mistake_in_a_metric_ends_the_training_and_the_evaluation(keras, numbers):
    model = network(keras)
    model.compile("adam", "mse", metrics=[lambda y, p: {}["none"]])
    with pytest.raises(KeyError, match="none"):
        model.fit(*numbers, verbose=0)
    with pytest.raises(KeyError, match="none"):
        model.evaluate(*numbers, verbose=0)


def test_targets_may_have_another_shape_than_the_output(keras, numbers):
    """A mask stands beside the target."""
    x, y = numbers
    packed = np.concatenate([y, (np.arange(len(y)) % 2).astype(np.float32)[:, None]], axis=1)

    def masked(y_true, y_pred):
        return tf.reduce_sum(tf.square(y_true[:, :1] - y_pred) * y_true[:, 1:]) / tf.reduce_sum(y_true[:, 1:])

    model = network(keras)
    model.compile("adam", masked)
    losses = model.fit(x, packed, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    error = (model.predict(x, verbose=0) - y)[1::2]
    np.testing.assert_allclose(model.evaluate(x, packed, batch_size=len(x), verbose=0), np.mean(error ** 2), rtol=1e-4)


def test_a_file_names_the_loss_which_the_reader_gives(keras, numbers, tmp_path):
    model = network(keras)
    model.compile("adam", squares, metrics=["mae"])
    model.fit(*numbers, verbose=0)
    model.save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="loss squares, which is a function; give it as custom_objects={'squares': squares}"):
        keras.models.load_model(tmp_path / "own.keras")
    assert not keras.models.load_model(tmp_path / "own.keras", compile=False).compiled
    with pytest.warns(UserWarning, match="the optimizer begins anew"):
        again = keras.models.load_model(tmp_path / "own.keras", custom_objects={"squares": squares})
    assert again.evaluate(*numbers, verbose=0) == model.evaluate(*numbers, verbose=0)


# ---- gradients ---------------------------------------------------------------------------------------------------------------

OPERATIONS = {
    "arithmetic": lambda x: (2 * x - x / 3 + x ** 2 - 1 / (x + 3)) * x,
    "exp": lambda x: tf.exp(x) + tf.math.log(x + 3) + tf.sqrt(x + 3) + tf.abs(x) + tf.tanh(x) + tf.sin(x),
    "activations": lambda x: tf.nn.softmax(x) * tf.nn.sigmoid(x) + tf.nn.softplus(x) + tf.nn.relu(x) + tf.nn.elu(x),
    "reductions": lambda x: tf.reduce_mean(x, axis=0) * tf.reduce_sum(x, axis=1, keepdims=True) + tf.reduce_max(x) + tf.reduce_min(
        x, axis=-1, keepdims=True),
    "shapes": lambda x: tf.concat([tf.transpose(x), tf.reshape(x, (4, 3))], 0) ** 2 + tf.expand_dims(x[:, 1], 0)[:, :1],
    "matmul": lambda x: tf.matmul(x, tf.transpose(x)) @ x,
    "where": lambda x: tf.where(x > 0, x * 2, x * 3) + tf.clip_by_value(x, -0.5, 0.5) + tf.maximum(x, 0.1) * tf.minimum(x, 0.2),
    "gather": lambda x: tf.gather(x, [2, 0, 0]) * tf.stack([x[0], x[1], x[0] * x[1]]) + tf.unstack(x, axis=1)[1][1],
    "statistics": lambda x: tf.math.reduce_std(x, axis=0) + tf.math.reduce_variance(x) + tf.norm(x, axis=1, keepdims=True),
    "losses": lambda x: tf.nn.l2_loss(x) + tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones((3, 4)) * 0.3, logits=x)
    + tf.math.reduce_logsumexp(x, axis=1, keepdims=True),
    "einsum": lambda x: tf.einsum("ij,kj->ik", x, x) @ x + tf.tensordot(x, x, axes=[[0], [0]])[:3],
    "pad": lambda x: tf.pad(x, [[1, 0], [0, 2]]) ** 2 * 1.0 + tf.reduce_mean(tf.tile(x, [2, 1]) ** 2),
    "cumsum": lambda x: tf.cumsum(x, axis=1) ** 2 + tf.repeat(x, 2, axis=0)[1:4],
    "methods": lambda x: x.mean(axis=0) + (x.T @ x).sum() + x.reshape(4, 3).max() + x.copy().diagonal().sum() + x.astype("float32").clip(0, 1)[0],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_of_operations_are_slopes(keras, name):
    function, at = OPERATIONS[name], np.random.default_rng(2).normal(size=(3, 4))
    x = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(function(x))
    gradient = tape.gradient(y, x)
    assert gradient.dtype == np.float32
    step = 1e-2
    for place in np.ndindex(3, 4):
        ends = []
        for sign in (1, -1):
            moved = at.astype(np.float32)
            moved[place] += sign * step
            ends.append(float(np.sum(np.asarray(function(tf.constant(moved)), np.float64))))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert abs(slope - gradient[place]) < 0.02 * max(1, abs(slope)), (name, place, slope, gradient[place])


def test_a_loop_of_one_s_own_is_what_fit_does(keras, numbers):
    x, y = numbers
    results = []
    for loop in (True, False):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(12, activation="relu"), keras.layers.BatchNormalization(),
                                  keras.layers.Dense(1)])
        optimizer = keras.optimizers.Adam(0.01)
        if not loop:
            model.compile(optimizer, "mse")
            model.fit(x, y, epochs=2, batch_size=60, shuffle=False, verbose=0)
        loss_of, seen = keras.losses.MeanSquaredError(), keras.metrics.Mean()

        @tf.function
        def step(inputs, targets):
            with tf.GradientTape() as tape:
                loss = loss_of(targets, model(inputs, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
            seen.update_state(loss)

        for _ in range(2 if loop else 0):
            for inputs, targets in tf.data.Dataset.from_tensor_slices((x, y)).batch(60):
                step(inputs, targets)
        results.append(model.get_weights())
        if loop:
            assert 0 < seen.result() < 10 and optimizer.iterations == 20
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop", "AdamW", "Lamb", "Adafactor"])
def test_apply_gradients_takes_the_optimizer_s_steps(keras, numbers, optimizer):
    x, y = numbers
    results = []
    for loop in (True, False):
        keras.utils.set_random_seed(3)
        model, made = network(keras), getattr(keras.optimizers, optimizer)(learning_rate=0.01)
        if loop:
            for _ in range(4):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(model(x) - y))
                made.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
        else:
            model.compile(made, "mse")
            model.fit(x, y, epochs=4, batch_size=len(x), shuffle=False, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_losses_are_the_penalties_that_fit_adds(keras, numbers):
    x, y = numbers
    results = []
    for loop in (True, False):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(8, activation="tanh", kernel_regularizer="l2"),
                                  keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02),
                                                     bias_regularizer=keras.regularizers.L1(0.1))])
        optimizer = keras.optimizers.SGD(0.05)
        if loop:
            for _ in range(3):
                with tf.GradientTape() as tape:
                    loss = tf.add_n([tf.reduce_mean(tf.square(model(x, training=True) - y)), *model.losses])
                optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
            assert len(model.losses) == 3 and model.layers[0].losses[0] > 0
        else:
            model.compile(optimizer, "mse")
            model.fit(x, y, epochs=3, batch_size=len(x), shuffle=False, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-6)
    with pytest.raises(NotImplementedError, match="activity_regularizer"):
        keras.Sequential([keras.Input((16,)), keras.layers.Dense(1, activity_regularizer="l2")]).losses


def test_two_models_in_one_tape_get_the_gradients_of_their_graph(keras, numbers):
    """An encoder and a decoder, called one after the other, have those of the model that is both; and so have two tapes."""
    x = numbers[0]
    encoder = keras.Sequential([keras.Input((16,)), keras.layers.Dense(5, activation="tanh")])
    decoder = keras.Sequential([keras.Input((5,)), keras.layers.Dense(16)])
    with tf.GradientTape() as first, tf.GradientTape(persistent=True) as second:
        loss = tf.reduce_mean(tf.square(decoder(encoder(x)) - x))
    mine = first.gradient(loss, encoder.trainable_variables + decoder.trainable_variables)
    again = second.gradient(loss, {"encoder": encoder.trainable_variables, "decoder": decoder.trainable_variables})
    both = keras.Sequential([keras.Input((16,)), *encoder.layers, *decoder.layers])
    with tf.GradientTape() as tape:
        whole = tf.reduce_mean(tf.square(both(x) - x))
    theirs = tape.gradient(whole, both.trainable_variables)
    for a, b, c in zip(mine, again["encoder"] + again["decoder"], theirs):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, c, atol=1e-6)


def test_a_variable_learns_by_itself(keras):
    x = np.linspace(-1, 1, 50).astype(np.float32)
    y = 3 * x + 2
    w, b = tf.Variable(initial_value=0.0, name="w"), tf.Variable([0.0])
    optimizer = keras.optimizers.SGD(0.5)
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((w * x + b - y) ** 2)
        dw, db = tape.gradient(loss, [w, b])
        w.assign_sub(0.5 * dw)
        optimizer.apply_gradients([(db, b)])
    assert abs(float(w.numpy()) - 3) < 1e-3 and abs(b.numpy()[0] - 2) < 1e-3


def test_gradients_with_respect_to_the_input_are_slopes(keras, blobs):
    x, y = blobs[0][:2], blobs[1][:2]
    model = network(keras, 4, "softmax")
    image = tf.convert_to_tensor(x)
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_of(y, model(image))
    gradient = tape.gradient(loss, image)
    moved = x + 1e-3 * np.sign(gradient)
    expected = float(loss) + 1e-3 * np.abs(gradient).sum()
    assert abs(float(loss_of(y, model(moved))) - expected) < 2e-5


def test_what_has_no_gradient_says_so(keras, numbers):
    x = tf.constant(numbers[0])
    model = network(keras)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = model(x)
        slopes = inner.gradient(y, x)
        penalty = tf.reduce_mean(tf.square(slopes))
    with pytest.raises(NotImplementedError, match="a gradient of a gradient"):
        outer.gradient(penalty, model.trainable_variables)
    with tf.GradientTape() as tape:
        y = model(x)
    assert tape.gradient(y, tf.Variable(1.0)) is None
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(y, model.trainable_variables)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x.view())
    with pytest.raises(NotImplementedError, match="attribute of a tensor"):
        tape.gradient(y, x)
    with pytest.raises(ValueError, match="tf.constant"):
        with tf.GradientTape() as tape:
            tape.watch(numbers[0])
    with pytest.raises(NotImplementedError, match="GradientTape.jacobian"):
        tape.jacobian(y, x)


def test_a_long_loop_keeps_no_graph(keras, numbers):
    x, y = numbers
    model, optimizer, total = network(keras), keras.optimizers.Adam(), 0.0
    counts = []
    for i in range(60):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x[:32], training=True) - y[:32]))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        total += loss
        if i in (20, 59):
            gc.collect()
            counts.append(sum(isinstance(one, _record.Node) for one in gc.get_objects()))
    assert counts[0] == counts[1] and total > 0


def test_layers_with_weights_of_their_own_train_in_a_loop(keras, numbers):
    class Linear(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.units = units

        def build(self, shape):
            self.kernel = self.add_weight("w", shape=(shape[-1], self.units), initializer="glorot_uniform")
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")

        def call(self, inputs):
            return tf.matmul(inputs, self.kernel) + self.bias

    class Net(keras.Model):
        def __init__(self, first):
            super().__init__()
            self.first, self.last = first, keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs, training=False):
            return self.last(tf.nn.tanh(self.first(inputs)))

    x, y = numbers
    own, usual = Net(Linear(6)), Net(keras.layers.Dense(6))
    results = []
    for model in (own, usual):
        assert model(x).shape == (len(x), 1)
        model.trainable_variables[0].assign(np.linspace(-1, 1, 96).reshape(16, 6))
        optimizer = keras.optimizers.Adam(0.01)
        for _ in range(5):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        results.append([np.asarray(variable) for variable in model.trainable_variables])
    assert [value.shape for value in results[0]] == [(16, 6), (6,), (6, 1), (1,)]
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-5)
    class Holder(keras.Model):
        def __init__(self):
            super().__init__()
            self.part = keras.Sequential([keras.Input((16,)), keras.layers.Dense(2)])

    holder = Holder()
    assert [v.shape for v in holder.trainable_variables] == [(16, 2), (2,)] and holder.part(x).shape == (len(x), 2)
    with pytest.raises(NotImplementedError, match="Holder does not have a `call"):
        holder(x)
    own.compile("adam", "mse")
    history = own.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
