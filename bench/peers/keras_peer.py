"""Keras on TensorFlow, used as its guides do: compile, fit, evaluate, predict."""
import os

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from peer import rate, serve, test_arrays, train_arrays, work
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(work["threads"])
import keras
from keras import layers

AUGMENT_BATCH = 1000
keras.utils.set_random_seed(work["seed"])
KINDS = {
    "dense": lambda units, activation: layers.Dense(units, activation=activation),
    "dropout": layers.Dropout,
    "flatten": layers.Flatten,
    "conv": lambda filters, size, padding, activation: layers.Conv2D(filters, size, padding=padding, activation=activation),
    "max_pool": layers.MaxPooling2D,
    "average_pool": layers.AveragePooling2D,
    "rotation": layers.RandomRotation,
    "translation": lambda factor: layers.RandomTranslation(factor, factor),
    "zoom": layers.RandomZoom,
}
model = keras.Sequential([layers.Input(tuple(work["shape"]))] + [KINDS[kind](*given) for kind, *given in work["layers"]])
optimizer = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop}[work["optimizer"]]
model.compile(optimizer=optimizer(rate), loss="categorical_crossentropy", metrics=["accuracy"])
x, y, x_val, y_val = train_arrays()
x_test, y_test = test_arrays() if "test" in work else (None, None)


def train():
    validation = (x_val, y_val) if len(x_val) else None
    history = model.fit(x, y, epochs=1, batch_size=work["batch"], validation_data=validation, verbose=0).history
    return history["loss"][0], history["accuracy"][0]


def evaluate():
    return model.evaluate(x_test, y_test, verbose=0, batch_size=work["test"])


def predict():
    p = model.predict(x_test, verbose=0, batch_size=work["test"])
    return 0, (p.argmax(1) == y_test.argmax(1)).mean()


# As a pipeline of tf.data would: batches through one compiled function.
@tf.function
def moved(batch):
    return model(batch, training=True)


def augment():
    for first in range(0, len(x), AUGMENT_BATCH):
        moved(x[first:first + AUGMENT_BATCH])
    return 0, 0


serve(f"Keras {keras.__version__} (TensorFlow {tf.__version__})", train=train, evaluate=evaluate, predict=predict,
      augment=augment)
