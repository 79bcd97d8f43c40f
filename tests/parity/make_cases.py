"""Training runs of real Keras, to hold Cornu's against: one folder a case under DIR.

    python make_cases.py [DIR] [CASE ...]       (keras==3.6.0, tensorflow-cpu==2.18.0)

README.md beside this file describes the format. Sizes are small and learning rates low, so that
float32 rounding in another order of summation cannot grow.
"""
import contextlib
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import keras
import numpy as np

N, F, C = 48, 12, 4


def obj(class_name, **config):
    return {"class_name": class_name, "config": config}


def dense(units, activation=None, **config):
    return obj("Dense", units=units, activation=activation, **config)


def made(o, *modules):
    """{"class_name", "config"} to the Keras object, nested ones first."""
    if isinstance(o, dict) and "class_name" in o:
        config = {k: made(v, *modules) for k, v in o["config"].items()}
        for module in modules:
            if hasattr(module, o["class_name"]):
                return getattr(module, o["class_name"])(**config)
        raise KeyError(o["class_name"])
    return o


LAYER_PARTS = (keras.layers, keras.regularizers, keras.constraints, keras.initializers)
TRAIN_PARTS = (keras.optimizers, keras.optimizers.schedules, keras.losses, keras.metrics)


def data(kind, rng):
    x = np.maximum(rng.normal(size=(N, F)), 0).astype("float32")
    hidden = x @ rng.normal(size=(F, C)).astype("float32")
    classes = hidden.argmax(1)
    if kind == "onehot": return x, np.eye(C, dtype="float32")[classes]
    if kind == "labels": return x, classes.astype("int64")
    if kind == "signs": return x, np.where(hidden[:, :2] > 0, 1, -1).astype("float32")
    if kind == "bits": return x, (hidden[:, :3] > 0).astype("float32")
    if kind == "mixed_signs": return x, np.where(np.arange(N)[:, None] < 20, hidden[:, :2] > 0, np.sign(hidden[:, :2])).astype("float32")
    if kind == "bit": return x, (hidden[:, :1] > 0).astype("float32")
    if kind == "bit_flat": return x, (hidden[:, 0] > 0).astype("float32")
    if kind == "counts": return x, np.floor(np.abs(hidden[:, :2])).astype("float32")
    if kind == "shares": return x, (np.exp(hidden) / np.exp(hidden).sum(1, keepdims=True)).astype("float32")
    if kind == "values": return x, hidden[:, :2]
    if kind == "positive": return x, np.abs(hidden[:, :2]) + np.float32(.5)
    if kind == "images": return x.reshape(N, 3, 4), np.eye(C, dtype="float32")[classes]
    if kind == "images_bits": return x.reshape(N, 3, 4), (rng.normal(size=(N, 3, 4)) > 0).astype("float32")
    if kind == "series": return x.reshape(N, 3, 4), hidden.reshape(N, 2, 2)[:, :, :1].repeat(3, 1)[:, :3] * np.float32(.3)
    raise KeyError(kind)


CASES = {}


def case(name, layers, kind="onehot", loss=obj("CategoricalCrossentropy"), optimizer=obj("Adam", learning_rate=.004),
         metrics=("accuracy",), **fit):
    CASES[name] = dict(layers=layers, kind=kind, loss=loss, optimizer=optimizer, metrics=list(metrics), fit=fit)


softmax = dense(C, "softmax")
for optimizer in (obj("Ftrl", learning_rate=.05), obj("Ftrl", learning_rate=.05, l1_regularization_strength=.01, l2_regularization_strength=.02,
                                                      l2_shrinkage_regularization_strength=.01, beta=.1),
                  obj("RMSprop"), obj("RMSprop", rho=.8, momentum=.6), obj("SGD", momentum=.8), obj("SGD", weight_decay=.01, clipvalue=.05),
                  obj("Adagrad", weight_decay=.01), obj("Adadelta", learning_rate=.5, rho=.9), obj("Lion", weight_decay=.02, learning_rate=.001),
                  obj("Nadam", weight_decay=.01), obj("Adamax", clipnorm=.1), obj("AdamW"), obj("Adam", use_ema=True, ema_momentum=.9), obj("Lamb", learning_rate=.01), obj("Lamb", learning_rate=.02, beta_1=.8, beta_2=.9, epsilon=1e-4, weight_decay=.05, clipnorm=.2),
                  obj("Lamb", learning_rate=.01, use_ema=True, ema_momentum=.8, clipvalue=.01),
                  obj("Adam", use_ema=True, ema_momentum=.8, ema_overwrite_frequency=4), obj("Adam", beta_1=.5, beta_2=.9, epsilon=1e-3)):
    options = "_".join([optimizer["class_name"].lower()] + [k for k in optimizer["config"] if k != "learning_rate"])
    case("optimizer_" + options[:60], [dense(9, "relu"), softmax], optimizer=optimizer)
for name, optimizer in (("adafactor", obj("Adafactor", learning_rate=.02)),
                        ("adafactor_options", obj("Adafactor", learning_rate=.3, beta_2_decay=-.6, epsilon_1=1e-8, epsilon_2=.01, clip_threshold=.7, relative_step=False, weight_decay=.01)),
                        ("adafactor_schedule", obj("Adafactor", learning_rate=obj("CosineDecay", initial_learning_rate=.05, decay_steps=5), clipnorm=.2, use_ema=True, ema_momentum=.8)),
                        ("accumulation", obj("Adam", learning_rate=.02, gradient_accumulation_steps=2)),
                        ("accumulation_sgd", obj("SGD", learning_rate=obj("ExponentialDecay", initial_learning_rate=.05, decay_steps=2, decay_rate=.5), momentum=.5, weight_decay=.05,
                                                 clipnorm=.1, gradient_accumulation_steps=4)),
                        ("accumulation_nadam", obj("Nadam", learning_rate=.02, gradient_accumulation_steps=3)),
                        ("accumulation_averages", obj("Lamb", learning_rate=.02, use_ema=True, ema_momentum=.6, ema_overwrite_frequency=2, gradient_accumulation_steps=3)),
                        ("loss_scale", obj("Adam", learning_rate=.01, loss_scale_factor=1000.0)),
                        ("loss_scale_clipped", obj("RMSprop", learning_rate=.005, loss_scale_factor=300.0, global_clipnorm=.1, gradient_accumulation_steps=2)),
                        ("excluded", obj("AdamW", learning_rate=.02, weight_decay=.5, exclude_from_weight_decay=["bias"])),
                        ("excluded_lamb", obj("Lamb", learning_rate=.02, weight_decay=.5, exclude_from_weight_decay=["kern"])),
                        ("muon", obj("Muon", learning_rate=.01)),
                        ("muon_options", obj("Muon", learning_rate=.02, adam_beta_1=.8, adam_beta_2=.9, adam_weight_decay=.3, weight_decay=.2, momentum=.7, ns_steps=3, nesterov=False, rms_rate=None,
                                             adam_lr_ratio=.5, muon_a=3.0, muon_b=-4.0, muon_c=1.8, epsilon=1e-3, exclude_layers=["dense_1"]))):
    case("optimizer_" + name, [dense(9, "relu", kernel_regularizer=obj("L2", l2=.01)), dense(17, "tanh"), softmax], optimizer=optimizer, epochs=3)
for i, schedule in enumerate((obj("ExponentialDecay", initial_learning_rate=.05, decay_steps=4, decay_rate=.5, staircase=True),
                              obj("CosineDecay", initial_learning_rate=.01, decay_steps=6, alpha=.1, warmup_target=.05, warmup_steps=3),
                              obj("CosineDecayRestarts", initial_learning_rate=.05, first_decay_steps=3, t_mul=2.0, m_mul=.8),
                              obj("PiecewiseConstantDecay", boundaries=[3, 6], values=[.05, .02, .01]),
                              obj("PolynomialDecay", initial_learning_rate=.05, decay_steps=5, end_learning_rate=.01, power=2.0, cycle=True),
                              obj("InverseTimeDecay", initial_learning_rate=.05, decay_steps=4, decay_rate=.5))):
    case("schedule_" + schedule["class_name"], [dense(9, "tanh"), softmax], optimizer=obj("SGD", learning_rate=schedule))
for activation in ("elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "leaky_relu", "linear", "log_softmax", "mish", "relu", "relu6", "selu",
                   "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh"):
    case("activation_" + activation, [dense(9, activation), softmax], optimizer=obj("SGD", learning_rate=.02))
for loss, kind, last in (("MeanAbsoluteError", "values", dense(2)), ("MeanAbsolutePercentageError", "positive", dense(2, "softplus")),
                         ("MeanSquaredLogarithmicError", "positive", dense(2, "softplus")), ("LogCosh", "values", dense(2)),
                         ("KLDivergence", "shares", softmax), ("Hinge", "signs", dense(2, "tanh")), ("Hinge", "bits", dense(3, "tanh")),
                         ("SquaredHinge", "signs", dense(2)), ("CategoricalHinge", "onehot", dense(C)), ("Poisson", "counts", dense(2, "softplus")),
                         ("CosineSimilarity", "values", dense(2)), ("BinaryCrossentropy", "bits", dense(3, "sigmoid")),
                         ("CategoricalCrossentropy", "shares", dense(C, "softplus")), ("CategoricalCrossentropy", "onehot", dense(C, "sigmoid")),
                         ("BinaryCrossentropy", "bits", dense(3, "softmax")), ("SparseCategoricalCrossentropy", "labels", dense(C, "softplus")),
                         ("BinaryCrossentropy", "bits", dense(3, "hard_sigmoid"))):
    rate = .0005 if "Percentage" in loss else .01
    case(f"loss_{loss}_{kind}_{last['config']['activation'] or 'linear'}", [dense(9, "tanh"), last], kind, obj(loss), obj("SGD", learning_rate=rate), ["mae"] if kind != "labels" else [])
case("loss_Huber_delta", [dense(9, "tanh"), dense(2)], "values", obj("Huber", delta=.3), metrics=["mse", "mae"])
case("loss_binary_logits_smoothing", [dense(9, "tanh"), dense(3)], "bits", obj("BinaryCrossentropy", from_logits=True, label_smoothing=.2), metrics=["mse"])
case("loss_sparse_logits", [dense(9, "tanh"), dense(C)], "labels", obj("SparseCategoricalCrossentropy", from_logits=True))
case("loss_flat_targets", [dense(9, "tanh"), dense(1, "sigmoid")], "bit_flat", obj("BinaryCrossentropy"))
for name, loss, kind, last in (("binary_focal", obj("BinaryFocalCrossentropy"), "bits", dense(3, "sigmoid")),
                               ("binary_focal_balanced", obj("BinaryFocalCrossentropy", apply_class_balancing=True, alpha=.4, gamma=1.5, label_smoothing=.1),
                                "bits", dense(3, "hard_sigmoid")),
                               ("binary_focal_logits", obj("BinaryFocalCrossentropy", from_logits=True, gamma=3.0), "bits", dense(3)),
                               ("binary_focal_softmax", obj("BinaryFocalCrossentropy"), "bits", dense(3, "softmax")),
                               ("categorical_focal", obj("CategoricalFocalCrossentropy"), "onehot", softmax),
                               ("categorical_focal_positive", obj("CategoricalFocalCrossentropy", alpha=.6, gamma=1.0, label_smoothing=.1), "shares", dense(C, "softplus")),
                               ("categorical_focal_logits", obj("CategoricalFocalCrossentropy", from_logits=True), "onehot", dense(C)),
                               ("dice", obj("Dice"), "bits", dense(3, "sigmoid")), ("dice_rows", obj("Dice", axis=-1), "bits", dense(3, "sigmoid")),
                               ("tversky", obj("Tversky", alpha=.3, beta=.8), "bits", dense(3, "sigmoid")),
                               ("sum", obj("MeanSquaredError", reduction="sum"), "values", dense(2)),
                               ("none", obj("MeanSquaredError", reduction="none"), "values", dense(2)),
                               ("ignored_class", obj("SparseCategoricalCrossentropy", ignore_class=1), "labels", softmax)):
    for weighted in (False, True):
        if weighted and name.startswith(("categorical_focal_", "binary_focal_")): continue
        case(f"loss_{name}{'_weighted' if weighted else ''}", [dense(9, "tanh"), last], kind, loss, obj("SGD", learning_rate=.002 if name in ("sum", "none") else .02),
             [] if kind == "labels" else ["mae"], sample_weight=weighted, validation_split=.25, batch_size=11)
for name, loss, kind, last in (("categorical", obj("CategoricalCrossentropy", axis=1), "images_bits", dense(4, "softplus")),
                               ("categorical_logits", obj("CategoricalCrossentropy", axis=1, from_logits=True, label_smoothing=.1), "images_bits", dense(4)),
                               ("categorical_softmax", obj("CategoricalCrossentropy", axis=1), "images_bits", obj("Softmax", axis=1)),
                               ("binary", obj("BinaryCrossentropy", axis=1), "images_bits", dense(4, "hard_sigmoid")),
                               ("focal", obj("CategoricalFocalCrossentropy", axis=1), "images_bits", dense(4, "softplus")),
                               ("binary_focal", obj("BinaryFocalCrossentropy", axis=1), "images_bits", dense(4, "hard_sigmoid")),
                               ("cosine", obj("CosineSimilarity", axis=1), "images_bits", dense(4)),
                               ("cosine_sum", obj("CosineSimilarity", axis=1, reduction="sum"), "images_bits", dense(4)),
                               ("dice", obj("Dice", axis=[1, 2]), "images_bits", dense(4, "sigmoid")),
                               ("dice_one", obj("Dice", axis=[1]), "images_bits", dense(4, "sigmoid"))):
    for weighted in (False, True):
        if weighted and name != "dice": continue
        case(f"loss_axis_{name}{'_weighted' if weighted else ''}", [dense(4, "tanh"), last], kind, loss, obj("SGD", learning_rate=.002 if "sum" in name else .02),
             ["mae"], sample_weight=weighted, batch_size=11)
case("loss_axis_metrics", [dense(4, "tanh"), dense(4, "sigmoid")], "images_bits", obj("MeanSquaredError"), obj("SGD", learning_rate=.02),
     [obj("CategoricalCrossentropy", axis=1), obj("CosineSimilarity", axis=-1)], batch_size=11)
case("loss_hinge_some_batches", [dense(9, "tanh"), dense(2)], "mixed_signs", obj("Hinge"), obj("SGD", learning_rate=.02), metrics=[obj("SquaredHinge")], batch_size=16)
case("metrics_counts", [dense(9, "relu"), dense(3, "sigmoid")], "bits", obj("BinaryCrossentropy"), metrics=[obj("TruePositives", thresholds=.4), obj("FalsePositives"),
     obj("TrueNegatives"), obj("FalseNegatives", thresholds=.6), obj("BinaryIoU", threshold=.45), obj("SensitivityAtSpecificity", specificity=.6),
     obj("SpecificityAtSensitivity", sensitivity=.7, num_thresholds=40), obj("PrecisionAtRecall", recall=.6, class_id=1), obj("RecallAtPrecision", precision=.55),
     obj("AUC", multi_label=True, num_labels=3), obj("AUC", multi_label=True, label_weights=[.2, .5, .9], curve="PR"), obj("AUC", label_weights=[.3, 1., .6]),
     obj("AUC", thresholds=[.2, .45, .5, .8]), obj("Accuracy")], validation_split=.25)
case("metrics_logits", [dense(9, "relu"), dense(3, "sigmoid")], "bits", obj("MeanSquaredError"), metrics=["binary_crossentropy", obj("BinaryCrossentropy"),
     obj("MeanSquaredError")], optimizer=obj("SGD", learning_rate=.1))
case("metrics_saturated", [dense(9, "relu", kernel_initializer="ones"), dense(3, "sigmoid")], "bits", obj("MeanSquaredError"), metrics=["binary_crossentropy"],
     optimizer=obj("SGD", learning_rate=60.0), validation_split=.25)
case("metrics_logits_softmax", [dense(C), obj("Softmax")], loss=obj("MeanSquaredError"), metrics=["categorical_crossentropy", "binary_crossentropy"],
     optimizer=obj("SGD", learning_rate=1.0))
case("metrics_one_hot", [dense(9, "relu"), softmax], metrics=[obj("OneHotIoU", num_classes=C, target_class_ids=[0, 2]), obj("OneHotMeanIoU", num_classes=C),
     obj("OneHotMeanIoU", num_classes=C, ignore_class=1)])
case("metrics_regression", [dense(9, "relu"), dense(2)], "values", obj("MeanSquaredError"), metrics=[obj("R2Score"),
     obj("R2Score", class_aggregation="variance_weighted_average", name="by_variance")])
case("metrics_classes", [dense(9, "relu"), softmax], metrics=["categorical_accuracy", obj("TopKCategoricalAccuracy", k=2), obj("Precision"),
     obj("Recall", thresholds=.3), obj("F1Score", average="macro"), obj("AUC"), obj("CategoricalCrossentropy"), "mse"])
case("metrics_binary", [dense(9, "relu"), dense(1, "sigmoid")], "bit", obj("BinaryCrossentropy"), metrics=["accuracy",
     obj("AUC", curve="PR", num_thresholds=50), obj("Precision", thresholds=.6), obj("Recall"), obj("BinaryAccuracy", threshold=.4), "bce"])
case("metrics_sparse", [dense(9, "relu"), softmax], "labels", obj("SparseCategoricalCrossentropy"), metrics=["accuracy",
     obj("SparseTopKCategoricalAccuracy", k=3), "sparse_categorical_crossentropy"])
case("metrics_values", [dense(9, "relu"), dense(2)], "values", obj("MeanSquaredError"), metrics=[obj("RootMeanSquaredError"), "mae", "mape",
     obj("CosineSimilarity"), obj("LogCoshError")])
l2, l1 = obj("L2", l2=.01), obj("L1", l1=.002)
case("regularised_orthogonal", [dense(9, "relu", kernel_regularizer=obj("OrthogonalRegularizer", factor=.5)), dense(17, "tanh", kernel_regularizer=obj("OrthogonalRegularizer", factor=.8, mode="columns")),
                                softmax], optimizer=obj("SGD", learning_rate=.1), validation_split=.25)
case("regularised_orthogonal_clipped", [dense(9, "relu", kernel_regularizer=obj("OrthogonalRegularizer", factor=.5)), softmax], optimizer=obj("Lamb", learning_rate=.01, clipnorm=.1))
case("regularised_each", [dense(9, "relu", kernel_regularizer=l2), dense(7, "tanh", kernel_regularizer=l1, bias_regularizer=l2), softmax], validation_split=.25)
case("regularised_l1_l2", [dense(9, "relu", kernel_regularizer=obj("L1L2", l1=.003, l2=.02)), softmax])
case("regularised_clipnorm", [dense(9, "relu", kernel_regularizer=l2), softmax], optimizer=obj("SGD", learning_rate=.05, clipnorm=.1))
case("regularised_global_clipnorm", [dense(9, "relu", kernel_regularizer=l1), softmax], optimizer=obj("RMSprop", global_clipnorm=.05))
for constraint in (obj("NonNeg"), obj("UnitNorm", axis=0), obj("MaxNorm", max_value=.5, axis=0), obj("MinMaxNorm", min_value=.4, max_value=.6, rate=.5, axis=0)):
    case("constraint_" + constraint["class_name"], [dense(9, "relu", kernel_constraint=constraint), softmax], optimizer=obj("SGD", learning_rate=.05))
case("constraint_before_averaging", [dense(9, "relu", kernel_constraint=obj("MaxNorm", max_value=.5, axis=0)), softmax],
     optimizer=obj("SGD", learning_rate=.05, use_ema=True, ema_momentum=.7, ema_overwrite_frequency=3))
case("constraint_averaged", [dense(9, "relu", kernel_constraint=obj("UnitNorm", axis=0)), softmax],
     optimizer=obj("Adam", use_ema=True, ema_momentum=.7))
case("batchnorm_options", [dense(9, use_bias=False), obj("BatchNormalization", momentum=.7, epsilon=.01, center=False), obj("Activation", activation="tanh"),
                           obj("BatchNormalization", scale=False), softmax], batch_size=12)
case("batchnorm_fixed", [dense(9), obj("BatchNormalization", trainable=False), softmax])
case("batchnorm_first", [obj("BatchNormalization"), dense(9, "relu"), softmax], batch_size=20)
case("layernorm_options", [dense(9), obj("LayerNormalization", epsilon=.1, center=False), obj("LayerNormalization", scale=False), softmax])
case("frozen_penalties", [dense(9, "relu", trainable=False, kernel_regularizer=l2), dense(7, "relu", kernel_regularizer=l1), softmax], validation_split=.25)
case("frozen", [dense(9, "relu", trainable=False), dense(7, "relu"), softmax])
case("shapes", [obj("Flatten"), obj("Reshape", target_shape=[2, 6]), dense(5, "tanh"), obj("Reshape", target_shape=[-1]), softmax], "images")
case("layernorm_axes", [obj("LayerNormalization", axis=1), dense(5, "tanh"), obj("LayerNormalization", axis=[1, 2]), obj("Reshape", target_shape=[3, 5, 1]), dense(2, "tanh"),
                        obj("LayerNormalization", axis=[1, 3], epsilon=.05), obj("LayerNormalization", axis=-2, center=False), obj("Flatten"), softmax], "images", optimizer=obj("SGD", learning_rate=.05))
case("layernorm_rms", [dense(6), obj("LayerNormalization", rms_scaling=True), obj("Reshape", target_shape=[2, 3]), dense(4, "tanh"),
                       obj("LayerNormalization", axis=1, rms_scaling=True, epsilon=.1), obj("LayerNormalization", axis=[1, 2], rms_scaling=True), obj("Flatten"), softmax])
case("batchnorm_axes", [obj("BatchNormalization", axis=1), dense(6, "tanh"), obj("Reshape", target_shape=[3, 3, 2]), obj("BatchNormalization", axis=2, momentum=.8),
                        obj("BatchNormalization", axis=-3, scale=False), obj("Flatten"), softmax], "images", validation_split=.25)
case("groupnorm_axis", [dense(12), obj("Reshape", target_shape=[4, 3]), obj("GroupNormalization", groups=2, axis=1), dense(2, "tanh"), obj("Reshape", target_shape=[2, 2, 2]),
                        obj("GroupNormalization", groups=-1, axis=2), obj("Flatten"), softmax])
case("softmax_axes", [dense(5), obj("Softmax", axis=1), dense(4), obj("Softmax", axis=[1, 2]), obj("Reshape", target_shape=[3, 2, 2]), dense(3), obj("Softmax", axis=2), obj("Softmax", axis=[1, 3]),
                      obj("Flatten"), softmax], "images", optimizer=obj("SGD", learning_rate=.5))
case("series", [dense(6, "tanh"), obj("LayerNormalization"), dense(1)], "series", obj("MeanSquaredError"), metrics=["mae"])
case("series_weights", [dense(6, "tanh"), dense(1)], "series", obj("MeanSquaredError"), sample_weight="rows", validation_split=.25)
case("activation_layers", [dense(9), obj("LeakyReLU", negative_slope=.1), dense(8), obj("ReLU", max_value=2.0, negative_slope=.05), dense(7), obj("ELU", alpha=.5),
                           obj("Dropout", rate=0.0), dense(C), obj("Softmax")])
case("layers_of_shapes", [obj("Identity"), obj("Permute", dims=[2, 1]), dense(5, "tanh"), obj("Rescaling", scale=.5, offset=.1), obj("Flatten"), dense(6, "tanh"),
                          obj("RepeatVector", n=3), dense(4, "tanh"), obj("Reshape", target_shape=[3, 2, 2]), obj("Permute", dims=[3, 1, 2]), obj("Flatten"), softmax], "images")
case("rescaling_channels", [dense(5, "tanh"), obj("Rescaling", scale=[.5, 2., 1., .25, 1.5], offset=[.1, 0., -.2, 0., .3]), obj("Flatten"), dense(6, "tanh"),
                            obj("Rescaling", scale=2.0, offset=[.1, 0., -.2, 0., .3, 1.]), obj("Rescaling", scale=[.5]), softmax], "images")
case("unit_normalization", [dense(12), obj("UnitNormalization"), obj("Reshape", target_shape=[2, 2, 3]), dense(3), obj("UnitNormalization", axis=[1, 3]),
                            obj("UnitNormalization", axis=2), obj("Flatten"), softmax])
case("prelu", [dense(12), obj("PReLU"), dense(12), obj("PReLU", alpha_initializer=obj("Constant", value=.25), alpha_regularizer=l2, alpha_constraint=obj("MaxNorm", max_value=.6)),
               obj("Reshape", target_shape=[2, 3, 2]), dense(4), obj("PReLU", shared_axes=[1, 2]), dense(3), obj("PReLU", shared_axes=[3]), obj("Flatten"), softmax])
case("group_normalization", [dense(12), obj("GroupNormalization", groups=4), obj("Reshape", target_shape=[2, 1, 6]), dense(6, "tanh"), obj("GroupNormalization", groups=3, epsilon=.1, center=False),
                             dense(4, "tanh"), obj("GroupNormalization", groups=-1, scale=False), obj("GroupNormalization", groups=1), obj("Flatten"), softmax])
case("normalization", [obj("Normalization", mean=[.1 * i for i in range(12)], variance=[.5 + .1 * i for i in range(12)]), dense(12, "tanh"), obj("Reshape", target_shape=[2, 6]),
                       obj("Normalization", axis=1, mean=[.1, -.2], variance=[.5, 2.0]), obj("Normalization", axis=None, mean=.1, variance=2.0), dense(6, "tanh"),
                       obj("Normalization", axis=[1, 2], mean=[.1 * i for i in range(12)], variance=[.5 + .1 * i for i in range(12)], invert=True), obj("Flatten"), softmax])
case("normalization_weights", [obj("Normalization"), dense(12, "tanh"), obj("Reshape", target_shape=[2, 6]), obj("Normalization", axis=1), obj("Normalization", axis=None),
                               obj("Normalization", axis=[1, 2], invert=True), obj("Flatten"), softmax])
case("noise_of_none", [obj("GaussianNoise", stddev=0.0), dense(9, "selu"), obj("AlphaDropout", rate=0.0), obj("GaussianDropout", rate=0.0), obj("Reshape", target_shape=[3, 3]),
                       obj("SpatialDropout1D", rate=0.0), obj("Reshape", target_shape=[3, 3, 1]), obj("SpatialDropout2D", rate=0.0), obj("Flatten"), softmax])
case("widths", [dense(33, "relu"), dense(17, "tanh"), dense(130, "relu"), softmax])
case("no_bias", [dense(9, "relu", use_bias=False), dense(C, "softmax", use_bias=False)])
case("batch_one", [dense(5, "tanh"), softmax], batch_size=1, optimizer=obj("SGD", learning_rate=.01))
case("last_batch_of_one", [dense(5, "tanh"), softmax], batch_size=47, epochs=3)
case("class_weight_one_hot", [dense(9, "relu"), softmax], class_weight={0: 3., 2: .25})
case("sample_weight_split", [dense(9, "relu"), softmax], sample_weight=True, validation_split=.3)


# Graphs with models as layers: model.json in place of the layers.
L = keras.layers


def features(width, name="base", frozen=False):
    """Dense and BatchNormalization as a model."""
    given = keras.Input((width,), name=f"{name}_in")
    h = L.Dense(7, activation="relu", kernel_regularizer=keras.regularizers.L2(.01), name="hidden")(given)
    model = keras.Model(given, L.BatchNormalization(momentum=.8)(h), name=name)
    model.trainable = not frozen
    return model


def called_twice():
    base, a, b = features(6), keras.Input((6,), name="a"), keras.Input((6,), name="b")
    tail = keras.Sequential([L.Dense(5, activation="tanh"), L.Dense(C, activation="softmax")], name="tail")
    return keras.Model([a, b], tail(L.Concatenate()([base(a), base(b)])))


def transfer():
    x = keras.Input((F,))
    return keras.Model(x, L.Dense(C, activation="softmax", name="head")(L.Dropout(0.0)(features(F, frozen=True)(x))))


def lines():
    inner = keras.Sequential([L.BatchNormalization(), L.Dense(6, activation="tanh")], name="inner")
    return keras.Sequential([keras.Input((F,)), keras.Sequential([inner, L.Dense(5, activation="relu")], name="outer"),
                             L.Dense(C, activation="softmax")])


def two_outputs():
    """A model of two inputs and outputs that holds another, is called twice, and is frozen in part."""
    base = keras.Sequential([keras.Input((6,)), L.BatchNormalization(name="norm"), L.Dense(4, name="line")], name="base")
    p, q = keras.Input((6,), name="p"), keras.Input((6,), name="q")
    two = keras.Model([p, q], [base(L.Add(name="sum")([p, q])), L.Dense(2, name="fixed")(p)], name="two")
    two.get_layer("fixed").trainable = False
    a, b = keras.Input((6,), name="a"), keras.Input((6,), name="b")
    (c, _), (d, e) = two([a, b]), two([b, a])
    return keras.Model([a, b], L.Dense(C, activation="softmax", name="head")(L.Concatenate(name="both")([c, e, d])))


for build in (called_twice, transfer, lines, two_outputs):
    case("nested_" + build.__name__, build, validation_split=.25)
# Images and series, made by a dense layer.
def image(h, w, c): return [dense(h * w * c, "tanh"), obj("Reshape", target_shape=[h, w, c])]
def series(steps, c): return [dense(steps * c, "tanh"), obj("Reshape", target_shape=[steps, c])]


end = [obj("Flatten"), softmax]
l2_small = obj("L2", l2=.01)
for name, layers in (
        ("conv2d", image(5, 5, 2) + [obj("Conv2D", filters=4, kernel_size=[3, 2], strides=[2, 1], padding="same", activation="relu", kernel_regularizer=l2_small),
                                     obj("Conv2D", filters=3, kernel_size=2, dilation_rate=2, use_bias=False, kernel_constraint=obj("MaxNorm", max_value=.9, axis=[0, 1, 2]))]),
        ("conv2d_wide", image(6, 6, 16) + [obj("Conv2D", filters=16, kernel_size=3, padding="same", activation="tanh", bias_regularizer=l2_small),
                                           obj("Conv2D", filters=17, kernel_size=3, activity_regularizer=obj("L1", l1=.001)), obj("GlobalAveragePooling2D")]),
        ("conv2d_groups", image(5, 5, 4) + [obj("Conv2D", filters=6, kernel_size=3, groups=2, activation="tanh")]),
        ("conv1d", series(9, 2) + [obj("Conv1D", filters=4, kernel_size=3, padding="causal", dilation_rate=2, activation="tanh"),
                                   obj("Conv1D", filters=5, kernel_size=2, strides=2, padding="same", use_bias=False), obj("Conv1D", filters=3, kernel_size=3)]),
        ("depthwise_conv2d", image(5, 5, 2) + [obj("DepthwiseConv2D", kernel_size=3, depth_multiplier=2, padding="same", activation="relu", depthwise_regularizer=l2_small),
                                               obj("DepthwiseConv2D", kernel_size=3, strides=2, use_bias=False)]),
        ("depthwise_conv1d", series(9, 2) + [obj("DepthwiseConv1D", kernel_size=3, depth_multiplier=2, activation="tanh"), obj("DepthwiseConv1D", kernel_size=2, strides=2, padding="same")]),
        ("separable_conv2d", image(5, 5, 2) + [obj("SeparableConv2D", filters=5, kernel_size=3, depth_multiplier=2, padding="same", activation="tanh", pointwise_regularizer=l2_small),
                                               obj("SeparableConv2D", filters=3, kernel_size=2, strides=2, use_bias=False, depthwise_constraint=obj("NonNeg"))]),
        ("separable_conv1d", series(9, 2) + [obj("SeparableConv1D", filters=5, kernel_size=3, activation="relu"), obj("SeparableConv1D", filters=3, kernel_size=3, strides=2, padding="same", depth_multiplier=2)]),
        ("conv2d_transpose", image(3, 3, 2) + [obj("Conv2DTranspose", filters=4, kernel_size=3, strides=2, padding="same", activation="tanh"),
                                               obj("Conv2DTranspose", filters=2, kernel_size=[2, 3], use_bias=False, kernel_regularizer=l2_small)]),
        ("output_padding", image(3, 3, 2) + [obj("Conv2DTranspose", filters=3, kernel_size=3, strides=2, output_padding=1, activation="tanh"),
                                             obj("Conv2DTranspose", filters=3, kernel_size=[3, 4], strides=[2, 3], padding="same", output_padding=[1, 2])]),
        ("output_padding1d", series(5, 2) + [obj("Conv1DTranspose", filters=3, kernel_size=2, strides=2, output_padding=1)]),
        ("conv1d_transpose", series(5, 2) + [obj("Conv1DTranspose", filters=4, kernel_size=3, strides=2, activation="tanh"), obj("Conv1DTranspose", filters=3, kernel_size=2, padding="same")]),
        ("pooling2d", image(7, 6, 2) + [obj("MaxPooling2D", pool_size=[2, 3], strides=1, padding="same"), obj("AveragePooling2D", pool_size=2, padding="same"),
                                        obj("MaxPooling2D", pool_size=2, strides=1), obj("AveragePooling2D", pool_size=[2, 1], strides=1)]),
        ("pooling1d", series(12, 2) + [obj("MaxPooling1D", pool_size=2, padding="same"), obj("AveragePooling1D", pool_size=2, strides=1), obj("AveragePooling1D", pool_size=3, strides=2, padding="same")]),
        ("global_max_pooling2d", image(4, 4, 5) + [obj("GlobalMaxPooling2D", keepdims=True)]),
        ("global_average_pooling2d", image(4, 4, 5) + [obj("GlobalAveragePooling2D")]),
        ("global_max_pooling1d", series(6, 5) + [obj("GlobalMaxPooling1D")]),
        ("global_average_pooling1d", series(6, 5) + [obj("GlobalAveragePooling1D", keepdims=True)]),
        ("borders2d", image(4, 4, 2) + [obj("ZeroPadding2D", padding=[[1, 2], [0, 1]]), obj("Conv2D", filters=3, kernel_size=2, activation="tanh"), obj("Cropping2D", cropping=[[1, 0], [0, 2]])]),
        ("borders1d", series(6, 2) + [obj("ZeroPadding1D", padding=[2, 1]), obj("Conv1D", filters=3, kernel_size=2, activation="tanh"), obj("Cropping1D", cropping=[1, 2])]),
        ("up_sampling", image(3, 2, 2) + [obj("UpSampling2D", size=[2, 3]), obj("Conv2D", filters=3, kernel_size=2, activation="tanh"), obj("UpSampling2D", size=2, interpolation="bilinear"),
                                          obj("MaxPooling2D", pool_size=3)]),
        ("up_sampling1d", series(4, 3) + [obj("UpSampling1D", size=3), obj("Conv1D", filters=3, kernel_size=3)]),
        ("resizing", image(6, 5, 2) + [obj("Resizing", height=4, width=7), obj("Resizing", height=7, width=3, interpolation="nearest"), obj("CenterCrop", height=4, width=3)]),
        ("resizing_wide", image(6, 5, 2) + [obj("Resizing", height=7, width=3, interpolation="bicubic"), obj("Conv2D", filters=3, kernel_size=2, activation="tanh"),
                                            obj("Resizing", height=9, width=4, interpolation="lanczos3"), obj("UpSampling2D", size=[1, 3], interpolation="bicubic"),
                                            obj("Resizing", height=5, width=7, interpolation="lanczos5")]),
        ("batch_normalization_of_images", image(4, 4, 3) + [obj("Conv2D", filters=4, kernel_size=3, use_bias=False), obj("BatchNormalization", momentum=.8), obj("ReLU"),
                                                            obj("BatchNormalization", axis=1, momentum=.7, scale=False), obj("GroupNormalization", groups=2), obj("SpatialDropout2D", rate=0.0)])):
    case("image_" + name, layers + end)


def merging():
    """Every layer that merges, on images and on rows."""
    x = keras.Input((F,))
    h = L.Reshape((3, 4, 4))(L.Dense(48, activation="tanh")(x))
    a, b = L.Conv2D(4, 2, padding="same", activation="relu")(h), L.DepthwiseConv2D(2, padding="same")(h)
    m = L.Maximum()([L.Add()([a, b, h]), L.Subtract()([a, h]), L.Minimum()([b, h])])
    p = L.GlobalAveragePooling2D()(L.Concatenate()([L.Multiply()([m, h]), L.Average()([a, b, m])]))
    q = L.Dense(8, activation="tanh")(x)
    return keras.Model(x, L.Dense(C, activation="softmax")(L.Concatenate()([p, L.Dot(axes=1)([p, q])])))


case("graph_merging", merging)


# Inputs whose axes of size 1 are repeated: gates over channels and over places, vectors, and outer sums.
def broadcasting():
    x = keras.Input((F,))
    h = L.Reshape((3, 2, 4))(L.Dense(24, activation="tanh")(x))
    channels = L.Reshape((1, 1, 4))(L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D()(h)))
    gated = L.Multiply()([channels, h])
    places = L.Multiply()([gated, L.Conv2D(1, 1, activation="sigmoid")(gated)])
    rows, columns = (L.Reshape(s)(L.Dense(n)(x)) for s, n in (((3, 1, 1), 3), ((2, 4), 8)))
    parts = [L.Add()([places, L.Dense(4)(x)]), L.Maximum()([rows, columns]), L.Average()([columns, rows, h]),
             L.Minimum()([L.Dense(1)(x), h]), L.Subtract()([rows, gated])]
    return keras.Model(x, L.Dense(C, activation="softmax")(L.Flatten()(L.Concatenate()(parts))))


case("graph_broadcasting", broadcasting)
# A penalty of what softmax gives leaves the cross-entropy its logits, whatever layer it belongs to.
case("activity_softmax_binary", [dense(9, "tanh"), dense(3, "softmax", activity_regularizer=obj("L2", l2=.01))], "bits", obj("BinaryCrossentropy"),
     obj("SGD", learning_rate=.05), [obj("BinaryCrossentropy")])
case("activity_layer_sigmoid", [dense(9, "tanh"), dense(3, "sigmoid"), obj("ActivityRegularization", l1=.01)], "bits", obj("BinaryCrossentropy"),
     obj("SGD", learning_rate=.05), [obj("BinaryCrossentropy")])
# Several at once, where one could hide another.
case("together_adam", [dense(11, "mish", kernel_regularizer=l2), obj("LayerNormalization"), softmax], "labels", obj("SparseCategoricalCrossentropy"),
     obj("Adam", learning_rate=obj("CosineDecay", initial_learning_rate=0.0, decay_steps=9, warmup_target=.01, warmup_steps=3), amsgrad=True, weight_decay=.02,
         global_clipnorm=.3, use_ema=True, ema_momentum=.7, ema_overwrite_frequency=2), class_weight={1: 2.5, 3: .4}, validation_split=.3, batch_size=13, epochs=3)
case("together_rmsprop", [dense(10, "selu", bias_regularizer=l1), obj("BatchNormalization", momentum=.8), dense(3)], "bits",
     obj("BinaryCrossentropy", from_logits=True, label_smoothing=.1), obj("RMSprop", learning_rate=.002, centered=True, momentum=.6, weight_decay=.01, clipvalue=.05),
     metrics=[obj("BinaryAccuracy", threshold=.2), "mse"], sample_weight=True, validation_split=.25, batch_size=7)
case("together_sgd", [dense(8, "hard_silu", kernel_constraint=obj("MinMaxNorm", min_value=.3, max_value=.9, rate=.6, axis=1)), dense(2)], "values", obj("CosineSimilarity"),
     obj("SGD", learning_rate=obj("InverseTimeDecay", initial_learning_rate=.05, decay_steps=3, decay_rate=.4, staircase=True), momentum=.8, nesterov=True, clipnorm=.2),
     metrics=["mse", obj("LogCoshError")], sample_weight=True, batch_size=19, epochs=3)
case("together_scores", [dense(9, "relu"), softmax], metrics=[obj("FBetaScore", average="macro", beta=.5), obj("F1Score", average="weighted"),
     obj("Precision", class_id=2), obj("Recall", top_k=2), obj("AUC", curve="PR", summation_method="minoring", num_thresholds=40)], validation_split=.2, batch_size=9)


def made_optimizer(o):
    """What does not decay is no argument of Keras's, but a call."""
    excluded = o["config"].get("exclude_from_weight_decay")
    optimizer = made(obj(o["class_name"], **{k: v for k, v in o["config"].items() if k != "exclude_from_weight_decay"}), *TRAIN_PARTS)
    if excluded: optimizer.exclude_from_weight_decay(var_names=excluded)
    return optimizer


def write(folder, name, c):
    rng = np.random.default_rng(sum(map(ord, name)))
    keras.backend.clear_session()  # names in the history start from auc, not auc_1
    keras.utils.set_random_seed(1)
    x, y = data(c["kind"], rng)
    graph = callable(c["layers"])
    model = c["layers"]() if graph else keras.Sequential([keras.layers.Input(x.shape[1:])] + [made(l, *LAYER_PARTS) for l in c["layers"]])
    start = [w if "variance" in v.path or v.dtype != "float32" else
             (rng.normal(size=w.shape) * (.8 / np.sqrt(w.shape[0]))).astype("float32") if w.ndim > 1 else
             (w + rng.normal(size=w.shape) * .03).astype("float32")
             for w, v in zip(model.get_weights(), model.weights)]
    model.set_weights(start)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"): layer.finalize_state()  # Normalization computes with copies
    model.compile(optimizer=made_optimizer(c["optimizer"]), loss=made(c["loss"], *TRAIN_PARTS),
                  metrics=[made(m, keras.metrics) for m in c["metrics"]])
    fit = dict(epochs=2, batch_size=16, validation_split=0.0) | c["fit"]
    weighted, class_weight = fit.pop("sample_weight", False), fit.pop("class_weight", None)
    os.makedirs(folder, exist_ok=True)
    arrays = {"x": x, "y": y}
    if len(model.inputs) > 1:
        x = np.split(x, len(model.inputs), axis=1)
        arrays = {f"x_{i}": part for i, part in enumerate(x)} | {"y": y}
    arrays |= {f"start_{i}": np.asarray(w, "float32") for i, w in enumerate(start)}
    if weighted: arrays["sample_weight"] = rng.uniform(.1, 2, (N, y.shape[1]) if weighted == "rows" else N).astype("float32")
    arrays["predict_before"] = model.predict(x, verbose=0)
    history = model.fit(x, y, shuffle=False, verbose=0, class_weight=class_weight, sample_weight=arrays.get("sample_weight"), **fit).history
    arrays["predict_after"] = model.predict(x, verbose=0)
    arrays |= {f"final_{i}": np.asarray(w, "float32") for i, w in enumerate(model.get_weights())}
    scores = model.evaluate(x, y, batch_size=fit["batch_size"], verbose=0, return_dict=True)
    for key, array in arrays.items():
        np.save(f"{folder}/{key}.npy", array)
    if graph:
        with open(f"{folder}/model.json", "w") as file:
            file.write(model.to_json())
        with open(f"{folder}/summary.txt", "w") as file:
            model.optimizer = None  # the network's own, as it is before training
            with contextlib.redirect_stdout(file): model.summary()
    network = {} if graph else {"input_shape": list(x.shape[1:]), "layers": c["layers"]}
    with open(f"{folder}/case.json", "w") as file:
        json.dump({"name": name, "keras": keras.__version__, "backend": keras.backend.backend()} | network | {"weights": [{"path": v.path, "shape": list(v.shape)} for v in model.weights],
                   "optimizer": c["optimizer"], "loss": c["loss"], "metrics": c["metrics"],
                   "fit": fit | {"shuffle": False, "sample_weight": bool(weighted), "class_weight": class_weight and {str(k): v for k, v in class_weight.items()}},
                   "history": {k: [float(e) for e in v] for k, v in history.items()}, "evaluate": {k: float(v) for k, v in scores.items()}},
                  file, indent=1)
    print(name, {k: round(float(v[-1]), 5) for k, v in history.items()}, flush=True)


if __name__ == "__main__":
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
    for name in sys.argv[2:] or CASES:
        try:
            write(os.path.join(out, name), name, CASES[name])
        except Exception as error:  # a case that Keras refuses is said, the others go on
            print(name, "REFUSED", type(error).__name__, str(error)[:200], flush=True)
