"""The trainings of labs/mnist.es.md in Keras, one after another, as a notebook runs them: 134 epochs if the last network
stops where it did in the seed. Prints seconds of all fits, epochs, and the last training loss.

    keras_lab.py DATA THREADS [MOST_EPOCHS]"""
import json
import sys
import time

most = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
sys.argv = [sys.argv[0], json.dumps({"data": sys.argv[1], "threads": int(sys.argv[2]), "train": 45000, "validate": 15000,
                                     "rate": None, "optimizer": "adam", "set": "", "shape": [784]})]
from peer import train_arrays, work
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(work["threads"])
import keras
from keras import layers

keras.utils.set_random_seed(0)
x, y, x_val, y_val = train_arrays()
seconds, epochs = 0, 0


def network(*widths, activation="linear", dropout=0, **kwargs):
    stack = [layers.Input((784,))]
    for width in widths:
        stack.append(layers.Dense(width, activation=activation, **kwargs))
        if dropout:
            stack.append(layers.Dropout(dropout))
    return keras.Sequential(stack + [layers.Dense(10, activation="softmax", **kwargs)])


class Below(keras.callbacks.Callback):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.limit:
            self.model.stop_training = True


def fit(model, count, optimizer="adam", batch=32, callbacks=()):
    global seconds, epochs
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    history = model.fit(x, y, epochs=min(count, most), batch_size=batch, validation_data=(x_val, y_val), verbose=0,
                        callbacks=list(callbacks))
    seconds += time.perf_counter() - start
    epochs += len(history.history["loss"])
    return history.history["loss"][-1]


for width in (512, 216, 1024):
    fit(network(width), 5)
fit(network(512), 15)
fit(network(512), 30)
fit(network(512), 30, callbacks=[Below(0.20)])
fit(network(512), 30, callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)])
for activation in ("relu", "sigmoid", "tanh"):
    fit(network(512, activation=activation), 5)
fit(network(512, activation="relu", kernel_initializer="zeros"), 5)
fit(network(512, activation="relu", kernel_initializer=keras.initializers.RandomNormal(0, 0.05)), 5)
fit(network(512, activation="relu"), 5)
for optimizer in ("sgd", "rmsprop"):
    fit(network(512, activation="relu"), 5, optimizer)
fit(network(512, activation="relu", bias_initializer="glorot_uniform"), 5, keras.optimizers.Adam(0.0005), 16)
loss = fit(network(512, 128, activation="relu", dropout=0.3), 15, keras.optimizers.Adam(0.0005), 16, [Below(0.1)])
print(seconds, epochs, float(loss))
