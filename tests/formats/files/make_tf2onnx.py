"""Makes tests/formats/files/onnx/tf2onnx.onnx: a network trained by Keras 3.6 and written by tf2onnx 1.16, with an input
and Keras's own predictions. Needs a Python with tensorflow-cpu 2.18, keras 3.6, tf2onnx and onnx 1.16."""
import os

import keras
import numpy as np
import tensorflow as tf

np.cast, np.bool = {}, bool  # tf2onnx asks for what newer numpys no longer have
import tf2onnx  # noqa: E402

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx"))
keras.utils.set_random_seed(4)
layers = keras.layers
model = keras.Sequential([
    keras.Input((6,)), layers.Dense(5, activation="relu"), layers.BatchNormalization(), layers.Dropout(0.3),
    layers.Dense(4, activation="tanh"), layers.Dense(3, activation="softmax"),
])
model.compile("adam", "mse")
x = np.random.default_rng(1).normal(size=(64, 6)).astype("f")
model.fit(x, np.eye(3)[np.arange(64) % 3], epochs=3, verbose=0)
inference = tf.function(lambda x: model(x, training=False))
signature = [tf.TensorSpec((None, 6), tf.float32, name="x")]
tf2onnx.convert.from_function(inference, input_signature=signature, opset=15, output_path="tf2onnx.onnx")
np.savez("tf2onnx.npz", x=x[:7], y=model.predict(x[:7], verbose=0))
