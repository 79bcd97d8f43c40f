"""Writes keras_data_format.h: what real Keras (3.6, TensorFlow 2.18) gives for small samples of small integers with channels_first and
with output_padding. python keras_data_format.py > keras_data_format.h"""
import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import numpy as np
from keras import layers

FIRST = "channels_first"


def numbers(shape, factor, period):
    n = int(np.prod(shape))
    return (np.arange(n) * factor % period - period // 2).astype("float32").reshape(shape)


CASES = (
    ("conv2d 3 (3, 2) strides=(2, 1) padding=same data_format=channels_first",
     layers.Conv2D(3, (3, 2), strides=(2, 1), padding="same", data_format=FIRST), (2, 6, 5)),
    ("conv1d 3 2 strides=2 data_format=channels_first", layers.Conv1D(3, 2, strides=2, data_format=FIRST), (2, 7)),
    ("max_pooling2d 2 data_format=channels_first", layers.MaxPooling2D(2, data_format=FIRST), (3, 4, 6)),
    ("average_pooling1d 3 strides=2 padding=same data_format=channels_first",
     layers.AveragePooling1D(3, strides=2, padding="same", data_format=FIRST), (3, 5)),
    ("global_average_pooling2d data_format=channels_first", layers.GlobalAveragePooling2D(data_format=FIRST), (3, 4, 2)),
    ("global_max_pooling2d data_format=channels_first keepdims=true",
     layers.GlobalMaxPooling2D(data_format=FIRST, keepdims=True), (3, 4, 2)),
    ("zero_padding2d padding=((1, 2), (0, 1)) data_format=channels_first",
     layers.ZeroPadding2D(((1, 2), (0, 1)), data_format=FIRST), (2, 3, 2)),
    ("cropping2d cropping=((1, 0), (0, 2)) data_format=channels_first",
     layers.Cropping2D(((1, 0), (0, 2)), data_format=FIRST), (2, 3, 4)),
    ("up_sampling2d size=(2, 3) data_format=channels_first interpolation=bilinear",
     layers.UpSampling2D((2, 3), data_format=FIRST, interpolation="bilinear"), (2, 3, 2)),
    ("flatten data_format=channels_first", layers.Flatten(data_format=FIRST), (2, 3, 2)),
    ("resizing 3 5 data_format=channels_first", layers.Resizing(3, 5, data_format=FIRST), (2, 4, 3)),
    ("center_crop 2 3 data_format=channels_first", layers.CenterCrop(2, 3, data_format=FIRST), (2, 4, 5)),
    ("conv2d_transpose 3 (3, 4) strides=2 padding=same output_padding=1",
     layers.Conv2DTranspose(3, (3, 4), strides=2, padding="same", output_padding=1), (3, 4, 2)),
    ("conv2d_transpose 2 2 strides=3 output_padding=(1, 2)",
     layers.Conv2DTranspose(2, 2, strides=3, output_padding=(1, 2)), (3, 2, 2)),
    ("conv1d_transpose 2 3 strides=2 padding=same output_padding=1",
     layers.Conv1DTranspose(2, 3, strides=2, padding="same", output_padding=1), (4, 2)),
    ("conv1d_transpose 2 3 strides=3 output_padding=2", layers.Conv1DTranspose(2, 3, strides=3, output_padding=2), (4, 2)),
)

print("/* Written by keras_data_format.py. */")
rows = []
for i, (notation, layer, shape) in enumerate(CASES):
    layer.build((None, *shape))
    layer.set_weights([numbers(w.shape, 5, 9) for w in layer.get_weights()])
    y = np.asarray(layer(numbers((2, *shape), 7, 11)))
    text = ", ".join(f"{v:.9g}" + ("" if v == int(v) else "f") for v in y.ravel())
    print(f"static const float y{i}[] = {{{text}}};")
    rows.append(f'    {{"{notation}", {len(shape)}, {{{", ".join(map(str, shape))}}}, {y.ndim}, '
                f'{{{", ".join(map(str, y.shape))}}}, y{i}}},')
print("static const layer_case cases[] = {")
print("\n".join(rows))
print("};")
