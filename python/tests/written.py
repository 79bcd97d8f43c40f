"""Models and layers as classes with a call(), of any Keras: the tests of Cornu alone and those beside Keras use them."""


def block(keras, ops):
    class Block(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.inner = keras.layers.Dense(units, activation="relu")
            self.drop = keras.layers.Dropout(0.0)
            self.outer = keras.layers.Dense(units)

        def call(self, x, training=None):
            return ops.relu(x + self.outer(self.drop(self.inner(x), training=training)))

    return Block


def residual(keras, ops):
    """Blocks in a list, one of them called twice, numbers beside tensors, batch normalization."""
    Block = block(keras, ops)

    class Net(keras.Model):
        def __init__(self, classes, **kwargs):
            super().__init__(**kwargs)
            self.out = keras.layers.Dense(classes, activation="softmax")  # before what it is called on
            self.first = keras.layers.Dense(12)
            self.blocks = [Block(12), Block(12)]
            self.norm = keras.layers.BatchNormalization()

        def call(self, inputs, training=False):
            x = ops.tanh(self.first(inputs)) * 2.0 - 0.5
            for part in (*self.blocks, self.blocks[0]):
                x = part(x, training=training)
            x = ops.concatenate([self.norm(x, training=training), 1.0 - x / 4.0], axis=-1)
            return self.out(ops.reshape(x, (-1, 24)))

    return Net(4)


def two_ends(keras, ops):
    """Inputs as a list, outputs as a list; the outputs' names are those of their layers."""
    class Ends(keras.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right = keras.layers.Dense(6, "relu"), keras.layers.Dense(6, "relu")
            self.kind, self.size = keras.layers.Dense(4, "softmax", name="kind"), keras.layers.Dense(1, name="size")

        def call(self, inputs):
            a, b = inputs
            x = ops.maximum(self.left(a), self.right(b)) * self.left(a)
            return [self.kind(x), self.size(-x)]

    return Ends()


def images(keras, ops):
    """A class on a Sequential and a convolution; means over an image."""
    class Images(keras.Model):
        def __init__(self):
            super().__init__(name="images")
            self.features = keras.Sequential([keras.layers.Conv2D(3, 3, activation="relu"), keras.layers.MaxPooling2D()])
            self.head = keras.layers.Dense(4)

        def call(self, x):
            return ops.softmax(self.head(ops.mean(self.features(ops.reshape(x, (-1, 4, 4, 1)) / 2.0), axis=(1, 2))))

    return Images()
