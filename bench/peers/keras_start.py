"""From nothing to the first trained batch: what a user waits for before Keras has learnt anything."""
import sys

import numpy as np
import keras
from keras import layers

x, y = np.load(sys.argv[1] + "/x_first.npy"), np.load(sys.argv[1] + "/y_first.npy")
model = keras.Sequential([layers.Input((784,)), layers.Dense(512), layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
