"""The first door: `import keras` and `import tensorflow` give Cornu, each time in a process of its own."""

import subprocess
import sys
import textwrap


def run(code, *words, **kwargs):
    """Runs code in a fresh interpreter; what it prints."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), *words], capture_output=True, text=True, **kwargs)
    assert done.returncode == 0, done.stderr
    return done.stdout


SCRIPT = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Dropout, LSTM
from tensorflow.keras.optimizers.schedules import ExponentialDecay
import tensorflow.keras.backend as K
import keras as plain
assert plain is keras is tf.keras and plain.layers.Dense is Dense
tf.random.set_seed(1)
x = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
y = (x.sum(1) > 0).astype(int)
model = Sequential([tf.keras.Input(shape=(8,)), Dense(16, activation=tf.nn.relu), Dropout(0.1),
                    Dense(1, activation="sigmoid")])
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=ExponentialDecay(0.01, 100, 0.9)),
              loss=tf.keras.losses.BinaryCrossentropy(), metrics=["accuracy", tf.keras.metrics.AUC(name="auc")])
model.fit(x, y, epochs=30, verbose=0)
print(model.evaluate(x, y, verbose=0)[1] > 0.9, isinstance(model(x[:2]).numpy(), np.ndarray))
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(50).batch(25).prefetch(tf.data.AUTOTUNE)
print(len(model.fit(data, epochs=2, verbose=0).history["loss"]))
"""


def test_a_script_finds_cornu_as_its_tensorflow(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import sys\nassert sys.argv[1:] == ['--steps', '3'] and __name__ == '__main__'\n" + SCRIPT)
    done = subprocess.run([sys.executable, "-m", "cornu.keras", str(path), "--steps", "3"], capture_output=True, text=True)
    assert done.stdout == "True True\n2\n", done.stderr


def test_version_one_s_names_are_there():
    assert run("""
        import cornu.keras
        cornu.keras.install()
        import tensorflow.compat.v1 as tf
        tf.disable_v2_behavior()
        print(tf.__version__, tf.version.VERSION, tf.keras.layers.Dense(2, activation=tf.nn.softmax).units)
        try:
            tf.Session
        except NotImplementedError as error:
            print(error)
        """).split("\n")[:2] == ["2.18.0 2.18.0 2", "tensorflow.Session is not in Cornu, which stands for TensorFlow here "
                                 "(cornu.keras.install)"]


def test_windows_of_a_series_are_made_as_courses_make_them():
    out = run("""
        import cornu.keras
        cornu.keras.install()
        import numpy as np
        import tensorflow as tf
        from keras.utils.np_utils import to_categorical
        data = tf.data.Dataset.from_tensor_slices(np.arange(10.0)).window(4, shift=1, drop_remainder=True)
        data = data.flat_map(lambda window: window.batch(4)).map(lambda window: (window[:-1], window[-1]))
        x, y = next(iter(data.batch(2)))
        print(x.tolist(), y.tolist(), len(list(data)), to_categorical([1]).tolist())
        both = tf.data.Dataset.zip((tf.data.Dataset.range(3), tf.data.Dataset.range(5)))
        model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        print(len(model.fit(data.batch(2).prefetch(1), epochs=2, verbose=0).history["loss"]))
        print([(int(a), int(b)) for a, b in both.filter(lambda a, b: a > 0)], len(both))
        """)
    assert out == ("[[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]] [3.0, 4.0] 7 [[0.0, 1.0]]\n2\n[(1, 1), (2, 2)] 3\n")


def test_modules_of_older_versions_of_keras_are_those_of_today():
    out = run("""
        import cornu.keras
        cornu.keras.install()
        from keras.layers.normalization import BatchNormalization
        from keras.layers.convolutional import Conv2D
        from keras.layers.advanced_activations import LeakyReLU
        from tensorflow.keras.layers import BatchNormalization as today
        print(BatchNormalization is today, Conv2D(2, 3).filters, LeakyReLU(0.1).negative_slope)
        """)
    assert out == "True 2 0.1\n"


def test_a_class_of_tensorflow_s_functions_is_a_model():
    out = run("""
        import cornu.keras
        cornu.keras.install()
        import numpy as np
        import tensorflow as tf
        from tensorflow.keras import Model
        from tensorflow.keras.layers import Conv2D, Dense, Flatten

        class Net(Model):
            def __init__(self):
                super().__init__()
                self.conv, self.flatten, self.out = Conv2D(4, 3, activation="relu"), Flatten(), Dense(2)

            @tf.function
            def call(self, x):
                x = self.flatten(self.conv(tf.reshape(tf.cast(x, tf.float32), [tf.shape(x)[0], 6, 6, 1])))
                return tf.nn.softmax(self.out(tf.concat([x, tf.nn.leaky_relu(tf.add(x, 1.0), alpha=0.1)], axis=1)))

        x = np.random.default_rng(0).normal(size=(100, 36)).astype("float32")
        model = Net()
        model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
        losses = model.fit(x, (x.sum(1) > 0).astype(int), epochs=10, verbose=0).history["loss"]
        print(losses[-1] < losses[0], model(x[:3]).shape, tf.matmul(tf.constant([[1.0, 2.0]]), tf.constant([[3.0], [4.0]])).numpy())
        tensor = tf.keras.layers.Lambda(lambda t: tf.exp(t))(tf.keras.Input((3,)))
        print(tensor.shape)
        """)
    assert out == "True (3, 2) [[11.]]\n(None, 3)\n"


def test_install_and_uninstall_leave_nothing():
    out = run("""
        import importlib.util, sys
        import cornu.keras
        there = importlib.util.find_spec("keras") is not None
        cornu.keras.install()
        import keras
        import keras.layers
        print(keras is cornu.keras, keras.layers is cornu.keras.layers, keras.layers.__spec__.name)
        cornu.keras.uninstall()
        print("keras" in sys.modules, (importlib.util.find_spec("keras") is not None) == there)
        """)
    assert out == "True True cornu.keras.layers\nFalse True\n"


def test_what_is_not_there_says_so_by_its_name():
    out = run("""
        import cornu.keras
        cornu.keras.install()
        import tensorflow as tf
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
        from tensorflow.keras.applications import VGG16
        for touch in (lambda: tf.GradientTape().jacobian(1, 2), lambda: tf.nn.conv2d, lambda: ImageDataGenerator(), lambda: VGG16(),
                      lambda: tf.keras.layers.Conv3D(1), lambda: tf.data.Dataset.range(3)):
            try:
                touch()
            except NotImplementedError as error:
                print(error)
        print(hasattr(tf, "lite"), tf.config.list_physical_devices("GPU"))
        """)
    lines = out.splitlines()
    assert [line.split(" is not in Cornu")[0] for line in lines[:5]] == [
        "tensorflow.GradientTape.jacobian", "tensorflow.nn.conv2d", "tensorflow.keras.preprocessing.image.ImageDataGenerator",
        "tensorflow.keras.applications.VGG16", "keras.layers.Conv3D"]
    assert lines[-1] == "False []"


def test_install_after_tensorflow_is_refused():
    out = run("""
        import sys, types
        sys.modules["tensorflow"] = types.ModuleType("tensorflow")
        import cornu.keras
        try:
            cornu.keras.install()
        except RuntimeError as error:
            print(error)
        """)
    assert out.startswith("tensorflow is imported already: call cornu.keras.install() before it")


def test_importing_cornu_brings_nothing_else():
    out = run("""
        import sys
        before = set(sys.modules)
        import cornu
        roots = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(roots - sys.stdlib_module_names))
        """)
    assert out == "['cornu']\n"


def test_importing_cornu_takes_less_than_twenty_milliseconds():
    code = "import time; start = time.perf_counter(); import cornu; print(time.perf_counter() - start)"
    assert min(float(run(code)) for _ in range(5)) < 0.02
