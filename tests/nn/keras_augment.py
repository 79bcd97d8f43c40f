"""Writes keras_augment.h: what real Keras (3.6, TensorFlow 2.18) makes of small images by layers of augmentation whose numbers are
fixed. python keras_augment.py > keras_augment.h"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
from keras import layers

SHAPE = (2, 6, 7, 2)
IMAGES = (np.arange(int(np.prod(SHAPE))) * 7 % 11).astype("float32").reshape(SHAPE)

CASES = {
    "rotation": layers.RandomRotation((0.1, 0.1)),
    "rotation_constant": layers.RandomRotation((-0.3, -0.3), fill_mode="constant", fill_value=3.0, interpolation="nearest"),
    "translation": layers.RandomTranslation((0.24, 0.24), (-0.13, -0.13), fill_mode="wrap"),
    "zoom": layers.RandomZoom((0.3, 0.3)),
    "zoom_both": layers.RandomZoom((-0.4, -0.4), (0.2, 0.2), fill_mode="nearest"),
    "brightness": layers.RandomBrightness((0.3, 0.3), value_range=(0, 10)),
    "brightness_down": layers.RandomBrightness((-0.01, -0.01)),
    "contrast": layers.RandomContrast(0.0),
}

print("/* Written by keras_augment.py. */")
for name, layer in CASES.items():
    y = np.array(layer(IMAGES, training=True))
    text = ", ".join(f"{v:.9g}" + ("" if v == int(v) else "f") for v in y.ravel())
    print(f"static const float {name}_y[] = {{{text}}};")
