"""Makes the files of wild/ that are not older than this: run by Keras 2.13 with tensorflowjs 4.10 (installed without its
dependencies) for tensorflow-js-*, and by Keras 2.15 and 2.18 (tf_keras), PyTorch's and onnx's own programs for the rest, as in the
repositories that such files were found in. wild/optimizer-lr/*-expected.npz is what Keras 3.6 makes of the same weights and
states in three epochs."""
import sys, types


class Stub(types.ModuleType):
    def __getattr__(self, key):
        if key.startswith("__"):
            raise AttributeError(key)
        return Stub(key)


for name in ("tensorflow_hub", "tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf", "flax", "tf_keras"):
    sys.modules[name] = Stub(name)
import numpy as np, tensorflow as tf
from tensorflowjs.converters import keras_h5_conversion

tf.keras.utils.set_random_seed(1)
L = tf.keras.layers
model = tf.keras.Sequential([tf.keras.Input((3,)), L.Dense(40, activation="relu"), L.BatchNormalization(), L.Dense(2, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(np.random.rand(64, 3), np.eye(2)[np.random.randint(0, 2, 64)], verbose=0)
for name, kind in (("shards", None), ("uint8", "uint8"), ("uint16", "uint16")):
    keras_h5_conversion.save_keras_model(model, f"wild/tensorflow-js-{name}", weight_shard_size_bytes=200,
                                         quantization_dtype_map={kind: "*"} if kind else None)
np.save("wild/tensorflow-js-shards/expected.npy", model.predict(np.load("wild/tensorflow-js/x.npy"), verbose=0))
