"""Keras on TensorFlow, used as its guides do: compile, fit, evaluate, predict."""
import os

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from peer import rate, serve, test_arrays, train_arrays, work
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(work["threads"])
import keras
from keras import layers

keras.utils.set_random_seed(work["seed"])
stack = [layers.Input((784,))]
for width in work["widths"]:
    stack.append(layers.Dense(width, activation=work["activation"]))
    if work["dropout"]:
        stack.append(layers.Dropout(work["dropout"]))
model = keras.Sequential(stack + [layers.Dense(10, activation="softmax")])
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


serve(f"Keras {keras.__version__} (TensorFlow {tf.__version__})", train=train, evaluate=evaluate, predict=predict)
