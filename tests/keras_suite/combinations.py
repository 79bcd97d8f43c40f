"""Networks drawn at random: layers, activations, loss, metrics, weights, optimizer, regularizers, …

A combination is the text of a Python function of `k`, which is real Keras or cornu.keras: both run the same words, and a
failure is printed as a script.
"""

import numpy as np

ACTIVATIONS = ("relu elu selu gelu tanh sigmoid softplus softsign silu mish linear leaky_relu relu6 hard_sigmoid hard_silu "
               "exponential log_softmax softmax").split()
SMOOTH = "tanh sigmoid softplus gelu silu elu".split()  # before a loss of ratios
INITIAL = ("glorot_uniform he_normal k.initializers.Constant(0.1) k.initializers.RandomNormal(stddev=0.2) lecun_uniform "
           "k.initializers.VarianceScaling(scale=0.5,mode='fan_out') k.initializers.Orthogonal(gain=0.8)").split()
REGULARIZERS = ("k.regularizers.L1(0.01)", "k.regularizers.L2(0.02)", "k.regularizers.L1L2(l1=0.003, l2=0.01)")
CONSTRAINTS = ("k.constraints.MaxNorm(1.0)", "k.constraints.UnitNorm(axis=0)", "k.constraints.NonNeg()",
               "k.constraints.MinMaxNorm(0.3, 0.9, rate=0.7)")
COMMON = ("clipnorm=0.1", "clipvalue=0.02", "global_clipnorm=0.2", "weight_decay=0.01", "use_ema=True, ema_momentum=0.8",
          "use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=2")
RATES = ("0.01", "0.003", "k.optimizers.schedules.ExponentialDecay(0.02, 3, 0.5, staircase=True)",
         "k.optimizers.schedules.CosineDecay(0.02, 5, alpha=0.1)", "k.optimizers.schedules.InverseTimeDecay(0.02, 2, 0.5)",
         "k.optimizers.schedules.PiecewiseConstantDecay([2, 4], [0.02, 0.01, 0.005])",
         "k.optimizers.schedules.PolynomialDecay(0.02, 4, 0.001, power=2.0)",
         "k.optimizers.schedules.CosineDecayRestarts(0.02, 3, t_mul=2.0, m_mul=0.8)")
OPTIMIZERS = {"SGD": ("momentum=0.9", "momentum=0.8, nesterov=True", ""), "Adam": ("amsgrad=True", "beta_1=0.7, epsilon=1e-4", ""),
              "AdamW": ("weight_decay=0.02", ""), "RMSprop": ("rho=0.8, momentum=0.5", "centered=True", ""),
              "Adagrad": ("initial_accumulator_value=0.3", ""), "Adadelta": ("rho=0.9", ""), "Adamax": ("",), "Nadam": ("",),
              "Ftrl": ("l1_regularization_strength=0.01, l2_regularization_strength=0.01", "beta=0.1", ""), "Lion": ("",),
              "Lamb": ("",)}
# what the last layer gives, targets, and what fits them
TASKS = {
    "classes": ("softmax", ("CategoricalCrossentropy()", "CategoricalCrossentropy(label_smoothing=0.1)", "KLDivergence()",
                            "CategoricalFocalCrossentropy(gamma=1.5)", "CategoricalHinge()", "MeanSquaredError()",
                            "BinaryCrossentropy()", "CosineSimilarity()", "MeanAbsoluteError()"),
                ("CategoricalAccuracy()", "TopKCategoricalAccuracy(k=2)", "CategoricalCrossentropy()", "AUC(num_thresholds=20)",
                 "Precision(class_id=1)", "Recall(top_k=2)", "F1Score(average='macro')", "F1Score(average='weighted')",
                 "FBetaScore(average='micro', beta=0.5)", "KLDivergence()", "MeanSquaredError()", "CategoricalHinge()",
                 "CosineSimilarity()", "AUC(num_thresholds=20, multi_label=True)", "OneHotMeanIoU(num_classes=3)")),
    "logits": ("linear", ("CategoricalCrossentropy(from_logits=True)",
                          "CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)", "BinaryCrossentropy(from_logits=True)",
                          "CategoricalFocalCrossentropy(from_logits=True)", "BinaryFocalCrossentropy(from_logits=True)"),
               ("CategoricalAccuracy()", "CategoricalCrossentropy(from_logits=True)", "BinaryCrossentropy(from_logits=True)",
                "AUC(num_thresholds=20, from_logits=True)", "MeanAbsoluteError()")),
    "labels": ("softmax", ("SparseCategoricalCrossentropy()",),
               ("SparseCategoricalAccuracy()", "SparseTopKCategoricalAccuracy(k=2)", "SparseCategoricalCrossentropy()",
                "'accuracy'", "'acc'")),
    "sparse logits": ("linear", ("SparseCategoricalCrossentropy(from_logits=True)",),
                      ("SparseCategoricalAccuracy()", "SparseCategoricalCrossentropy(from_logits=True)", "'accuracy'")),
    "bits": ("sigmoid", ("BinaryCrossentropy()", "BinaryCrossentropy(label_smoothing=0.2)", "BinaryFocalCrossentropy()",
                         "BinaryFocalCrossentropy(apply_class_balancing=True)", "MeanSquaredError()", "Dice()", "Tversky()",
                         "Hinge()", "SquaredHinge()"),
             ("BinaryAccuracy()", "BinaryAccuracy(threshold=0.4)", "AUC(num_thresholds=20)",
              "AUC(num_thresholds=20, curve='PR')", "AUC(num_thresholds=10, summation_method='majoring')", "Precision()",
              "Recall(thresholds=0.4)", "TruePositives()", "FalseNegatives(thresholds=0.6)", "TrueNegatives()", "FalsePositives()",
              "SensitivityAtSpecificity(0.5, num_thresholds=20)", "PrecisionAtRecall(0.5, num_thresholds=20)",
              "RecallAtPrecision(0.5, num_thresholds=20)", "SpecificityAtSensitivity(0.5, num_thresholds=20)", "'accuracy'",
              "BinaryCrossentropy()", "BinaryIoU()", "Hinge()", "MeanSquaredError()")),
    "values": ("linear", ("MeanSquaredError()", "MeanAbsoluteError()", "Huber(0.5)", "LogCosh()", "CosineSimilarity()",
                          "MeanSquaredError(reduction='sum')", "MeanAbsoluteError(reduction='sum')"),
               ("MeanSquaredError()", "RootMeanSquaredError()", "MeanAbsoluteError()", "CosineSimilarity()", "LogCoshError()",
                "R2Score()", "R2Score(class_aggregation='variance_weighted_average')", "'mse'", "'mae'")),
    "positive": ("softplus", ("Poisson()", "MeanSquaredLogarithmicError()", "MeanAbsolutePercentageError()"),
                 ("Poisson()", "MeanSquaredLogarithmicError()", "MeanAbsolutePercentageError()", "RootMeanSquaredError()",
                  "KLDivergence()")),
    "signs": ("tanh", ("Hinge()", "SquaredHinge()", "MeanSquaredError()", "LogCosh()"),
              ("Hinge()", "SquaredHinge()", "MeanAbsoluteError()")),
}
TARGETS = {
    "classes": "np.eye({c}, dtype='float32')[random.integers(0, {c}, {rows})]",
    "logits": "np.eye({c}, dtype='float32')[random.integers(0, {c}, {rows})]",
    "labels": "random.integers(0, {c}, {rows})", "sparse logits": "random.integers(0, {c}, {rows})",
    "bits": "random.integers(0, 2, ({rows}, {c})).astype('float32')",
    "values": "random.normal(size=({rows}, {c})).astype('float32')",
    "positive": "random.uniform(0.5, 2.0, ({rows}, {c})).astype('float32')",
    "signs": "random.choice([-1.0, 1.0], ({rows}, {c})).astype('float32')",
}


class Draw:
    """Draws the words of one combination."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.seed = seed

    def one(self, values):
        return values[int(self.random.integers(len(values)))]

    def maybe(self, chance, text):
        return text if self.random.random() < chance else ""

    def some(self, values, most):
        count = int(self.random.integers(0, min(most, len(values)) + 1))
        return [values[i] for i in sorted(self.random.choice(len(values), count, replace=False))]

    def activation(self):
        return f", activation='{self.one(ACTIVATIONS)}'"

    def kernel(self, prefix="kernel"):
        """Arguments about weights; a layer has few of them at a time."""
        initial = self.one(INITIAL)
        return "".join((self.maybe(.3, f", {prefix}_initializer=" + (initial if "(" in initial else f"'{initial}'")),
                        self.maybe(.2, f", {prefix}_regularizer={self.one(REGULARIZERS)}"),
                        self.maybe(.15, f", {prefix}_constraint={self.one(CONSTRAINTS)}"),
                        self.maybe(.15, f", bias_regularizer={self.one(REGULARIZERS)}"),
                        self.maybe(.1, ", activity_regularizer=k.regularizers.L2(0.01)"),
                        self.maybe(.15, ", use_bias=False"), self.maybe(.07, ", trainable=False")))

    def dense(self, units):
        return f"k.layers.Dense({units}{self.maybe(.8, self.activation())}{self.kernel()})"

    def between(self, rank):
        """A layer that leaves the shape as it is."""
        names = ["BatchNormalization()", "BatchNormalization(momentum=0.8, scale=False)", "LayerNormalization()",
                 "LayerNormalization(center=False, epsilon=1e-2)", "UnitNormalization()", "ReLU(max_value=1.5, negative_slope=0.1)",
                 "ReLU(threshold=0.2)", "LeakyReLU(negative_slope=0.1)", "ELU(alpha=0.7)", "PReLU(alpha_initializer='ones')",
                 "Softmax()", f"Activation('{self.one(ACTIVATIONS)}')", "ActivityRegularization(l1=0.001, l2=0.002)",
                 "Rescaling(0.5, offset=0.1)", "Identity()", "GroupNormalization(groups=2)", "Dropout(0.0)"]
        if rank == 3:
            names += ["ZeroPadding2D(1)", "UpSampling2D(2)", "Permute((2, 1, 3))", "AveragePooling2D(2, strides=1, padding='same')"]
        if rank == 2:
            names += ["ZeroPadding1D(1)", "UpSampling1D(2)", "MaxPooling1D(2, strides=1, padding='same')"]
        return "k.layers." + self.one(names)

    def window(self, axes):
        """A convolution or a pool; the channels stay even, for groups."""
        size = self.one(("2", "3")) if axes == 1 else self.one(("2", "3", "(2, 3)"))
        where = self.one((", padding='same'", ", strides=2, padding='same'", ", padding='valid'",
                          ", dilation_rate=2, padding='same'"))
        after = self.maybe(.7, self.activation())
        return self.one((
            f"k.layers.Conv{axes}D(4, {size}{where}{after}{self.kernel()})",
            f"k.layers.DepthwiseConv{axes}D({size.strip('()')[0]}, padding='same', depth_multiplier=2{after}"
            f"{self.kernel('depthwise')})",
            f"k.layers.SeparableConv{axes}D(4, {size}{where.replace(', dilation_rate=2', '')}{after})",
            f"k.layers.Conv{axes}DTranspose(4, {size}, strides=2{self.maybe(.5, chr(44) + ' padding=' + repr('same'))}{after})",
            f"k.layers.MaxPooling{axes}D(2)", f"k.layers.AveragePooling{axes}D(2, padding='same')"))

    def body(self, rank):
        layers = []
        for _ in range(int(self.random.integers(1, 4))):
            layers.append(self.dense(int(self.random.integers(1, 4)) * 2) if rank == 1 else self.window(rank - 1))
            if self.random.random() < .5:
                layers.append(self.between(rank))
        if rank > 1:
            name = self.one(("Flatten()", f"GlobalAveragePooling{rank - 1}D()", f"GlobalMaxPooling{rank - 1}D()"))
            layers.append("k.layers." + name)
        return layers


def program(seed):
    """The text of `data(random)` and `build(k)`, `fit(model)` of a combination."""
    draw = Draw(seed)
    rank = int(draw.one((1, 1, 2, 3)))
    shape = {1: "(5,)", 2: "(6, 4)", 3: "(6, 5, 4)"}[rank]
    task = draw.one(tuple(TASKS))
    last, losses, metrics = TASKS[task]
    columns = 3 if task in ("classes", "logits", "labels", "sparse logits") else int(draw.one((1, 2, 3)))
    series = rank == 2 and draw.random.random() < .25
    n = int(draw.one((8, 13)))
    head = f"k.layers.Dense({columns}, activation='{last}'{draw.kernel()})"
    layers = [draw.dense(4)] if series else draw.body(rank)
    head = [head] if draw.random.random() < .8 else [f"k.layers.Dense({columns}{draw.kernel()})",
                                                     f"k.layers.Activation('{last}')"]
    rows = f"{n}" if not series else f"({n}, 6)" if "integers(0, {c}" in TARGETS[task] else f"{n}, 6"
    y = TARGETS[task].format(c=columns, rows=rows)
    fits, weights = _fit_words(draw, task, n, series)
    if columns == 1:  # its cosine is a sign, and the gradient rounding alone
        losses = [loss for loss in losses if "Cosine" not in loss]
    optimizer = _optimizer_words(draw)
    plain = [m if m.startswith("'") else "k.metrics." + m for m in _usable(metrics, series, draw.some(metrics, 3))]
    weighted = [m if m.startswith("'") else "k.metrics." + m for m in _usable(metrics, series, draw.some(metrics, 1))]
    lines = [f"random = np.random.default_rng({seed})", f"x = random.normal(size=({n}, *{shape})).astype('float32')",
             f"y = {y}", *weights, "", "", "def build(k):", f"    inputs = k.layers.Input({shape})"]
    lines += _graph_words(draw, layers + head, rank)
    compiled = "".join((f", metrics=[{', '.join(plain)}]" if plain else "",
                        f", weighted_metrics=[{', '.join(weighted)}]" if weighted else ""))
    lines += [f"    model.compile({optimizer}, k.losses.{draw.one(losses)}{compiled})", "    return model", "", "",
              "def fit(model):", f"    return model.fit(x, y, shuffle=False, verbose=0{fits}).history"]
    return "\n".join(lines) + "\n"


def _usable(metrics, series, drawn):
    """Scores of columns are for one row a sample."""
    return [m for m in drawn if not series or not any(w in m for w in ("F1", "FBeta", "R2", "multi_label", "class_id", "top_k="))]


def _fit_words(draw, task, n, series):
    fits = f", batch_size={draw.one((4, 5, 13))}, epochs={draw.one((1, 2))}"
    fits += draw.maybe(.2, ", validation_split=0.25")
    kind = draw.random.random()
    if kind < .25:
        return fits + ", sample_weight=w", [f"w = random.uniform(0.2, 2.0, {n}).astype('float32')"]
    if kind < .4 and task in ("labels", "classes") and not series:
        return fits + ", class_weight={0: 0.5, 1: 2.0, 2: 1.3}", []
    return fits, []


def _optimizer_words(draw):
    name = draw.one(tuple(OPTIMIZERS))
    words = [draw.one(RATES), draw.one(OPTIMIZERS[name]), draw.maybe(.35, draw.one(COMMON))]
    if "weight_decay" in words[1] and "weight_decay" in words[2]:
        words[2] = ""
    return f"k.optimizers.{name}({', '.join(word for word in words if word)})"


def _graph_words(draw, layers, rank):
    """A line of layers, or two of them that a merging layer brings together."""
    if draw.random.random() < .8 or rank > 1:
        return [f"    model = k.Sequential([inputs, {', '.join(layers)}])"]
    merge = draw.one(("Add()", "Multiply()", "Average()", "Maximum()", "Minimum()", "Subtract()", "Concatenate()"))
    lines = ["    left = k.layers.Dense(4, activation='tanh')(inputs)",
             f"    right = {draw.dense(4)}(inputs)", f"    t = k.layers.{merge}([left, right])"]
    return lines + [f"    t = {layer}(t)" for layer in layers] + ["    model = k.Model(inputs, t)"]
