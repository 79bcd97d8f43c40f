"""Writes keras_images.h: what real Keras (3.6, TensorFlow 2.18) computes for small images with small integers, so that every order of
summation gives the same numbers. python keras_images.py > keras_images.h"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from keras import layers, ops


def numbers(shape, factor, period):
    n = int(np.prod(shape))
    return (np.arange(n) * factor % period - period // 2).astype("float32").reshape(shape)


def run(layer, shape):
    x = tf.constant(numbers((2, *shape), 7, 11))
    layer.build(x.shape)
    weights = [w for w in layer.trainable_variables]
    for w in weights:
        w.assign(numbers(w.shape, 5, 9))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y * numbers(y.shape, 3, 7))
    gradients = tape.gradient(loss, [x] + [w.value for w in weights])
    return y, gradients[0], gradients[1] if weights else None


CASES = {
    "strides": (layers.Conv2D(3, (3, 2), strides=(2, 1), padding="same", use_bias=False), (6, 5, 2)),
    "dilation": (layers.Conv2D(2, 3, dilation_rate=(2, 1), use_bias=False), (7, 5, 3)),
    "groups": (layers.Conv2D(4, (2, 3), strides=2, padding="same", groups=2, use_bias=False), (5, 6, 4)),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same", use_bias=False), (6, 5, 3)),
    "transposed_same": (layers.Conv2DTranspose(3, (3, 4), strides=2, padding="same", use_bias=False), (3, 4, 2)),
    "transposed_valid": (layers.Conv2DTranspose(2, 2, strides=(3, 1), use_bias=False), (3, 4, 3)),
    "max_pool": (layers.MaxPooling2D(3, strides=2, padding="same"), (7, 6, 3)),
    "max_pool_ties": (layers.MaxPooling2D(2), (6, 6, 11)),
    "average_pool": (layers.AveragePooling2D((3, 2), strides=2, padding="same"), (7, 5, 3)),
    "upsampling_bilinear": (layers.UpSampling2D((2, 3), interpolation="bilinear"), (3, 4, 2)),
    "upsampling_nearest": (layers.UpSampling2D((2, 3)), (3, 4, 2)),
    "resizing_bilinear": (layers.Resizing(8, 4), (5, 7, 2)),
    "resizing_nearest": (layers.Resizing(8, 4, interpolation="nearest"), (5, 7, 2)),
}

# the transforms of test_keras_images.c: from output to image
TRANSFORMS = [[0.8, -0.6, 3.31, 0.6, 0.8, -2.13, 0, 0], [1.7, 0.2, -9.43, -0.3, 1.4, -30.21, 0, 0], [-0.3, 2.9, 1.17, 1.1, 0.25, 7.63, 0, 0]]

print("/* Written by keras_images.py. */")
for name, (layer, shape) in CASES.items():
    for what, values in zip(("y", "dx", "dk"), run(layer, shape)):
        if values is not None:
            text = ", ".join(f"{v:.9g}" + ("" if v == int(v) else "f") for v in values.numpy().ravel())
            print(f"static const float {name}_{what}[] = {{{text}}};")
for fill in ("constant", "nearest", "reflect", "wrap"):
    for interpolation in ("nearest", "bilinear"):
        image = numbers((3, 6, 7, 2), 7, 11)
        y = ops.image.affine_transform(image, np.float32(TRANSFORMS), interpolation, fill, 2.5)
        text = ", ".join(f"{v:.9g}" + ("" if v == int(v) else "f") for v in np.array(y).ravel())
        print(f"static const float warp_{fill}_{interpolation}_y[] = {{{text}}};")
