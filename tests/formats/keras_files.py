"""Files of Cornu and of Keras, read by each other: keras_files.py PROGRAM SCRATCH layers|optimizers.

Each case is trained by Cornu, written, loaded by Keras and trained on by both; then what Keras wrote is read by Cornu.
Arrays are compared in the HDF5 files themselves, the optimiser's state with them."""
import io, os, re, subprocess, sys, warnings, zipfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import h5py, keras, numpy as np, tensorflow as tf

tf.config.run_functions_eagerly(True)  # three steps of a small network are done long before a graph is made of them
warnings.filterwarnings("error", message=".*(variable|optimizer).*")  # "Skipping variable loading for optimizer …"
program, scratch = os.path.abspath(sys.argv[1]), sys.argv[2]
here = os.path.dirname(os.path.abspath(__file__))
os.chdir(scratch)

rng = np.random.default_rng(5)
x = rng.normal(size=(48, 6)).astype("float32")
targets = {
    "onehot": np.eye(3, dtype="float32")[rng.integers(0, 3, 48)],
    "labels": rng.integers(0, 3, 48).astype("int64"),
    "bit": rng.integers(0, 2, (48, 1)).astype("float32"),
    "bits": rng.integers(0, 2, (48, 3)).astype("float32"),
    "values": np.abs(rng.normal(size=(48, 2))).astype("float32") + 0.1,
}
np.save("x.npy", x)
for name, y in targets.items():
    np.save(f"{name}.npy", y)

SMALL = "input 6; dense 4 tanh; dense 3 softmax"
CE = "categorical_crossentropy"
ACTIVATIONS = ("celu elu exponential gelu hard_sigmoid hard_silu leaky_relu linear log_softmax mish relu relu6 selu "
               "sigmoid silu softmax softplus softsign tanh").split()
if not hasattr(keras.activations, "celu"):  # Keras has it since 3.7
    ACTIVATIONS.remove("celu")
INITIALIZERS = ["constant(0.1)", "glorot_normal", "glorot_uniform(seed=1)", "he_normal", "he_uniform", "identity(gain=0.5)",
                "lecun_normal", "lecun_uniform", "ones", "orthogonal(gain=0.9)", "random_normal(0.1, stddev=0.2)",
                "random_uniform(-0.1, 0.2)", "truncated_normal(stddev=0.1)",
                "variance_scaling(2.0, fan_out, uniform)", "variance_scaling(mode=fan_avg, distribution=untruncated_normal)",
                "zeros"]
CONSTRAINTS = ["max_norm(1.5)", "max_norm(max_value=1, axis=1)", "min_max_norm(0.5, 1.0, rate=0.7)", "non_neg", "unit_norm(axis=1)"]
REGULARIZERS = ["l1(0.001)", "l2", "l1_l2(l1=0.001, l2=0.002)"]
MATRICES = ["orthogonal_regularizer(0.1)", "orthogonal(mode=columns)"]


def dense(argument, values, units=6):
    return "; ".join(f"dense {units} tanh {argument}={v}" for v in values)


optimizers = [  # layers, targets, optimizer, loss, metrics
    (SMALL, "onehot", "adam(learning_rate=0.01, amsgrad=true)", CE, "accuracy"),
    (SMALL, "onehot", "adam(use_ema=true, ema_momentum=0.9, ema_overwrite_frequency=2)", CE, "acc,auc"),
    (SMALL, "onehot", "adamw(weight_decay=0.01, clipnorm=0.5)", CE, "precision(thresholds=[0.3, 0.6]),f1_score"),
    (SMALL, "onehot", "adadelta(learning_rate=1)", CE, "top_k_categorical_accuracy(k=2)"),
    (SMALL, "onehot", "adagrad(learning_rate=0.1)", CE, "categorical_accuracy,fbeta_score(beta=2.0),categorical_hinge"),
    (SMALL, "onehot", "adamax(global_clipnorm=0.1)", CE, "crossentropy,mse"),
    (SMALL, "onehot", "ftrl(learning_rate=0.1, l1_regularization_strength=0.001)", CE, "mae"),
    (SMALL, "onehot", "lion(learning_rate=0.001)", CE, None),
    (SMALL, "onehot", "lamb(0.01, beta_1=0.8, beta_2=0.95, epsilon=0.0001)", CE, None),
    (SMALL, "onehot", "nadam", CE, "kl_divergence"),
    (SMALL, "onehot", "rmsprop(momentum=0.5, centered=true)", CE, None),
    (SMALL, "onehot", "sgd(clipvalue=0.1)", CE, None),
    (SMALL, "onehot", "adadelta(rho=0.8, epsilon=0.0001, weight_decay=0.01, clipvalue=0.05)", CE, None),
    (SMALL, "onehot", "adagrad(0.05, initial_accumulator_value=0.2, epsilon=0.001, use_ema=true, ema_momentum=0.5)", CE, None),
    (SMALL, "onehot", "adam(beta_1=0.8, beta_2=0.9, epsilon=0.001, weight_decay=0.01, global_clipnorm=1)", CE, None),
    (SMALL, "onehot", "adamax(beta_1=0.8, beta_2=0.9, epsilon=0.001, weight_decay=0.01, use_ema=true, "
     "ema_overwrite_frequency=3)", CE, None),
    (SMALL, "onehot", "adamw(0.01, beta_1=0.7, beta_2=0.95, epsilon=0.0001, amsgrad=true, use_ema=true)", CE, None),
    (SMALL, "onehot", "ftrl(0.1, learning_rate_power=-0.6, initial_accumulator_value=0.2, l2_regularization_strength=0.01, "
     "l2_shrinkage_regularization_strength=0.01, beta=0.1, clipnorm=1)", CE, None),
    (SMALL, "onehot", "lion(beta_1=0.8, beta_2=0.95, weight_decay=0.01, clipvalue=0.1, use_ema=true)", CE, None),
    (SMALL, "onehot", "nadam(0.01, beta_1=0.8, beta_2=0.9, epsilon=0.001, weight_decay=0.01, use_ema=true)", CE, None),
    (SMALL, "onehot", "rmsprop(0.01, rho=0.8, epsilon=0.001, weight_decay=0.01, global_clipnorm=0.5, use_ema=true)", CE, None),
    (SMALL, "onehot", "sgd(0.1, weight_decay=0.01, use_ema=true, ema_momentum=0.9, name=mine)", CE, None),
    (SMALL, "onehot", "adafactor(0.05, beta_2_decay=-0.7, epsilon_1=1e-12, epsilon_2=0.01, clip_threshold=0.9, "
     "relative_step=false)", CE, None),
    (SMALL, "onehot", "adafactor(use_ema=true, gradient_accumulation_steps=2)", CE, None),
    (SMALL, "onehot", "nadam(0.01, gradient_accumulation_steps=4, use_ema=true, loss_scale_factor=64.0)", CE, None),
    (SMALL, "onehot", "sgd(0.1, momentum=0.9, nesterov=true)",
     "categorical_crossentropy(label_smoothing=0.1)", "recall(class_id=1)"),
]
layers = [  # the same, and the schedules
    (SMALL, "labels", "sgd(ExponentialDecay(0.1, decay_steps=3, decay_rate=0.8), momentum=0.5)",
     "sparse_categorical_crossentropy", "accuracy,sparse_top_k_categorical_accuracy(k=1),"
     "SparseCategoricalAccuracy(name=same),sparse_categorical_crossentropy"),
    ("input 6; dense 4 relu; dense 3", "labels", "sgd(PiecewiseConstantDecay([2, 4], [0.1, 0.05, 0.01]))",
     "sparse_categorical_crossentropy(from_logits=true)", None),
    ("input 6; dense 5 leaky_relu(negative_slope=0.1) kernel_regularizer=l2(0.01); batch_normalization momentum=0.8; "
     "relu max_value=6; layer_normalization epsilon=0.01; elu; leaky_relu; activation selu; dense 1 sigmoid", "bit",
     "adam(CosineDecay(0.01, decay_steps=20, alpha=0.1, warmup_target=0.02, warmup_steps=2))", "binary_crossentropy",
     "accuracy,auc(curve=PR, num_thresholds=50),binary_accuracy(threshold=0.4),binary_crossentropy,"
     "hinge,squared_hinge"),
    ("input 6; reshape 2 3; dense 4 kernel_constraint=max_norm(1.5) bias_initializer=constant(0.1); flatten; "
     "dense 4 trainable=false name=fixed; dropout 0; batch_normalization scale=false trainable=false; softmax; "
     "dense 2 use_bias=false", "values", "sgd(CosineDecayRestarts(0.01, first_decay_steps=4, t_mul=1.5, m_mul=0.9, alpha=0.1), momentum=0.5)", "huber",
     "huber,root_mean_squared_error,cosine_similarity,mape,msle,log_cosh_error"),
    ("input 6; dense 2 softplus", "values", "sgd(InverseTimeDecay(0.01, 3, 0.5, staircase=true))", "poisson", "poisson"),
    ("input 6; " + "; ".join(f"dense 6 {a}" for a in ACTIVATIONS) + "; dense 3 softmax", "onehot", "sgd(0.05)", CE, None),
    ("input 6; " + dense("kernel_initializer", INITIALIZERS) + "; dense 3 softmax", "onehot", "sgd(0.05)", CE, None),
    ("input 6; " + dense("bias_initializer", ["ones", "random_uniform", "zeros"]) + "; dense 3 softmax", "onehot",
     "adam(ExponentialDecay(0.01, 4, 0.5, staircase=true))", CE, None),
    ("input 6; " + "; ".join(dense(f"{w}_{kind}", values) for w in ("kernel", "bias") for kind, values in
                             (("constraint", [c for c in CONSTRAINTS if w == "kernel" or "axis=1" not in c]),
                              ("regularizer", REGULARIZERS + (MATRICES if w == "kernel" else [])))) +
     "; dense 3 softmax", "onehot", "sgd(0.05)", CE, None),
    ("input 6; batch_normalization gamma_regularizer=l2(0.01) beta_constraint=non_neg center=true; dense 4; "
     "batch_normalization axis=1 momentum=0.9 epsilon=0.01 center=false moving_variance_initializer=constant(2); reshape (2,-1); "
     "layer_normalization axis=-1 center=false beta_initializer=ones; layer_normalization scale=false; flatten; "
     "softmax; relu negative_slope=0.1 threshold=0.01; elu alpha=0.5; dense 3; activation softmax", "onehot", "sgd(0.05)", CE,
     None),
    ("input 6; dense 5 relu; dense 3 sigmoid", "bits", "sgd(0.1)",
     "binary_focal_crossentropy(apply_class_balancing=true, alpha=0.3, gamma=1.5, label_smoothing=0.1)",
     "true_positives(thresholds=0.4),FalsePositives(),false_negatives(thresholds=[0.3, 0.6]),true_negatives,"
     "sensitivity_at_specificity(0.6),specificity_at_sensitivity(0.5, num_thresholds=30, class_id=1),precision_at_recall(0.4),"
     "recall_at_precision(0.5),auc(multi_label=true, label_weights=[0.2, 1, 0.5]),AUC(thresholds=[0.2, 0.7]),auc(label_weights=[1, 2, 3]),"
     "Accuracy(),r2_score(class_aggregation=variance_weighted_average),huber(delta=0.3),"
     "binary_crossentropy(label_smoothing=0.2),hinge"),
    ("input 6; dense 5 relu; dense 3 sigmoid", "bits", "sgd(0.1)", "dice(name=overlap)", "binary_io_u(threshold=0.45),mean_io_u(num_classes=2)"),
    ("input 6; dense 5 relu; dense 3 sigmoid", "bits", "sgd(0.1)", "tversky(alpha=0.3, beta=0.8)", "binary_focal_crossentropy(gamma=3.0)"),
    (SMALL, "onehot", "sgd(CosineDecay(0.1, 10, name=down))", "categorical_focal_crossentropy(alpha=0.4, gamma=1.0)",
     "one_hot_io_u(num_classes=3, target_class_ids=[0, 2]),one_hot_mean_io_u(num_classes=3, ignore_class=1),"
     "categorical_focal_crossentropy(gamma=3.0)"),
    (SMALL, "labels", "sgd(0.1)", "sparse_categorical_crossentropy(ignore_class=1, reduction=sum)",
     "mean_io_u(num_classes=3, sparse_y_pred=false),io_u(num_classes=3, target_class_ids=[0, 1], sparse_y_pred=false)"),
    ("input 6; dense 2 softplus", "values", "sgd(PolynomialDecay(0.01, 5, end_learning_rate=0.001, power=2, cycle=true))", "log_cosh", None),
]
layers += [
    ("input 6; normalization; normalization mean=[1, 2, 3, 4, 5, 6] variance=[6, 5, 4, 3, 2, 1] invert=true; identity; rescaling 0.5 offset=0.25; rescaling [1, 2, 0.5, 1, 0.3, 1.2] offset=[0, 0.1, 0, 0.2, 0, 0]; gaussian_noise 0; reshape 2 3; permute 2 1; spatial_dropout1d 0 seed=4; "
     "unit_normalization; unit_normalization; flatten; dense 4; gaussian_dropout 0 seed=3; repeat_vector 3; "
     "group_normalization 2 epsilon=0.01; reshape 3 2 2; spatial_dropout2d 0; permute 3 1 2; prelu shared_axes=(1, 2); flatten; "
     "alpha_dropout 0; dense 6; prelu constant(0.2) alpha_regularizer=l2(0.01) alpha_constraint=non_neg; "
     "group_normalization groups=3 center=false; group_normalization groups=2 scale=false; dense 3 softmax", "onehot", "adam(0.01)", CE,
     None),
    ("input 6; dense 12 tanh; reshape 2 3 2; layer_normalization axis=(1, 3); layer_normalization axis=2 rms_scaling=true; "
     "batch_normalization axis=1; group_normalization 1 axis=2; softmax axis=(1, 2); softmax axis=1; "
     "dropout 0 noise_shape=[none, 1, none, 2]; alpha_dropout 0 noise_shape=[none, 1, 1, 1]; dense 2 "
     "kernel_initializer=constant([[0.1, 0.2], [0.3, 0.4]]) bias_initializer=constant([0.5, -0.5]); flatten; dense 3 softmax",
     "onehot", "sgd(0.05)", CE, None),
    ("input 6; dense 48 tanh; reshape 4 4 3; zero_padding2d 1; conv2d 4 3 activation=tanh; max_pooling2d 2; up_sampling2d 2; "
     "depthwise_conv2d 2; separable_conv2d 4 2 padding=same; conv2d_transpose 3 2; cropping2d 1; average_pooling2d 2 padding=same; "
     "activity_regularization l2=0.001; reshape 1 3; up_sampling1d 6; zero_padding1d 1; conv1d 4 3 activation=tanh; max_pooling1d 2; depthwise_conv1d 2; "
     "separable_conv1d 4 1; conv1d_transpose 3 2; cropping1d 1; average_pooling1d 1; global_average_pooling1d; dense 3 softmax",
     "onehot", "sgd(0.05)", CE, None),
    ("input 6; dense 84 tanh; reshape 6 7 2; random_rotation 0; random_translation 0 [0, 0] fill_mode=wrap; "
     "random_zoom 0 0 fill_value=0.5 fill_mode=constant; random_brightness 0 value_range=[-100, 100]; random_contrast 0; "
     "center_crop 5 6; resizing 6 4; conv2d 3 2; resizing 7 3 nearest; resizing 6 5 bicubic; resizing 4 4 lanczos3; up_sampling2d 2 interpolation=lanczos5; resizing 4 6 crop_to_aspect_ratio=true; center_crop 5 3; "
     "resizing 6 6 pad_to_aspect_ratio=true fill_value=0.5; random_crop 4 7; flatten; dense 3 softmax",
     "onehot", "sgd(0.05)", CE, None),
    # images of one colour, which no flip and no place of a part changes
    ("input 6; dense 2 tanh; reshape 1 1 2; up_sampling2d (6, 7); random_flip vertical seed=2; random_crop 4 6; flatten; dense 3 softmax",
     "onehot", "sgd(0.05)", CE, None),
    ("input 6; dense 24 tanh; reshape 2 4 3; conv2d 3 2; global_max_pooling2d; dense 12 tanh; reshape 4 3; "
     "conv1d 4 2; global_max_pooling1d; dense 12; reshape 2 2 3; global_average_pooling2d; dense 3 softmax", "onehot", "sgd(0.05)", CE, None),
]
layers += [
    ("input 6 name=x; dense 4 relu name=a; dense 4 tanh from=x name=b; add from=[a, b, a] name=c; subtract from=[c, b] name=d; "
     "multiply from=[d, a] name=e; average from=[e, b, c] name=f; maximum from=[f, d] name=g; minimum from=[g, a, e] name=h; "
     "dot axes=1 from=[h, b] name=i; dot axes=(1, 1) normalize=true from=[a, b] name=j; call a from=x name=k; "
     "concatenate from=[h, i, j, k] name=l; reshape 1 10 name=m; concatenate axis=1 from=[m, m]; flatten; dense 3 softmax", "onehot",
     "sgd(0.05)", CE, None),
]


def nested():
    """Models as layers, which the notation has no words for: Keras's to_json() of them."""
    def base(name):
        given = keras.Input((6,), name=name + "_in")
        hidden = keras.layers.BatchNormalization()(keras.layers.Dense(5, activation="relu", name="hidden")(given))
        return keras.Model(given, hidden, name=name)

    x, twice, frozen = keras.Input((6,), name="x"), base("twice"), base("frozen")
    frozen.trainable = False
    p, q = keras.Input((5,)), keras.Input((5,))
    ends = keras.Model([p, q], [keras.layers.Subtract()([p, q]), keras.layers.Dense(4, name="line")(q)], name="ends")
    line = keras.Sequential([keras.layers.BatchNormalization(), keras.Sequential([keras.layers.Dense(4, activation="tanh")], name="deep")],
                            name="line")
    a, b = twice(x), twice(keras.layers.Rescaling(0.5)(x))
    (c, d), (_, e) = ends([a, frozen(x)]), ends([b, a])  # Keras runs twice(…) for b before that for a
    whole = keras.Model(x, keras.layers.Dense(3, activation="softmax", name="last")(line(keras.layers.Concatenate()([c, d, e]))))
    with open("nested.json", "w") as f:
        f.write(whole.to_json())
    return "nested.json"


def nested_line():
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, activation="relu"), keras.layers.BatchNormalization()])
    with open("nested_line.json", "w") as f:
        f.write(keras.Sequential([inner, keras.Sequential([keras.layers.Dense(3, activation="softmax")])]).to_json())
    return "nested_line.json"


def nested_ends():
    """A model whose own output is that of a model within."""
    def base(units, name, activation):
        given = keras.Input((6,))
        return keras.Model(given, keras.layers.Dense(units, activation=activation, name=name + "_out")(given), name=name)

    twice, head, x = base(3, "twice", "tanh"), base(3, "head", "softmax"), keras.Input((6,))
    both = keras.layers.Concatenate()([twice(x), twice(keras.layers.Rescaling(0.5)(x))])
    with open("nested_ends.json", "w") as f:
        f.write(keras.Model(x, head(both)).to_json())
    return "nested_ends.json"


layers += [(nested, "onehot", "sgd(0.05, momentum=0.9)", CE, "accuracy"), (nested_line, "onehot", "sgd(0.05, momentum=0.5)", CE, None),
           (nested_ends, "onehot", "sgd(0.05, momentum=0.9)", CE, None)]
losses = [("onehot", SMALL, l) for l in ("kl_divergence", "categorical_hinge")] + \
         [("values", "input 6; dense 2", l) for l in ("cosine_similarity", "mse", "mae", "mape", "msle", "log_cosh",
                                                    "huber(delta=0.7)")] + \
         [("bit", "input 6; dense 1 tanh", l) for l in ("hinge", "squared_hinge")]
BATCH, close = 16, dict(rtol=2e-4, atol=2e-6)


def cornu(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cornu {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def train(*arguments, y, epochs=1):
    cornu("train", "--x", "x.npy", "--y", f"{y}.npy", "--no-shuffle", "--batch-size", str(BATCH), "--verbose", "0",
          "--epochs", str(epochs), *arguments)


def fit(model, y):
    """An epoch of model.fit, whose tf.data pipeline costs more than the steps do."""
    for i in range(0, len(x), BATCH):
        model.train_on_batch(x[i : i + BATCH], targets[y][i : i + BATCH])
    model.optimizer.finalize_variable_values(model.trainable_variables)


def predict(path, *arguments):
    cornu("predict", "--model", path, "--x", "x.npy", "--out", "p.npy", *arguments)
    return np.load("p.npy")


def arrays(path):
    """Every array of an HDF5 file, or of that in a .keras file, by its path."""
    data = io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")) if path.endswith(".keras") else path
    found = {}
    with h5py.File(data, "r") as f:
        def keep(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = np.asarray(item)

        f.visititems(keep)
    return found


def assert_same(a, b, exact=False):
    a, b = arrays(a), arrays(b)
    assert a.keys() == b.keys(), (sorted(a), sorted(b))
    for name in a:
        if exact:
            assert a[name].dtype == b[name].dtype, name
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
        else:
            np.testing.assert_allclose(a[name], b[name], err_msg=name, **close)


def scores(path, y):
    text = cornu("evaluate", "--model", path, "--x", "x.npy", "--y", f"{y}.npy", "--batch-size", str(BATCH))
    return {part.split(": ")[0]: float(part.split(": ")[1]) for part in text.strip().split(" - ")}


def check(network, y, optimizer, loss, metrics):
    given = ["--metrics", metrics] if metrics else []
    given_network = ["--model", network()] if callable(network) else ["--layers", network]
    train(*given_network, "--optimizer", optimizer, "--loss", loss, *given, "--save", "ours.keras", y=y, epochs=2)
    model = keras.models.load_model("ours.keras")
    assert int(model.optimizer._iterations) == 6  # with accumulated gradients `iterations` counts updates
    np.testing.assert_allclose(model(x, training=False), predict("ours.keras"), atol=1e-5)
    found, expected = scores("ours.keras", y), {}
    for name, value in model.evaluate(x, targets[y], batch_size=BATCH, verbose=0, return_dict=True).items():
        for i, v in enumerate(np.atleast_1d(value)):
            expected[name if np.ndim(value) == 0 else f"{name}_{i}"] = float(v)
    assert found.keys() == expected.keys(), (found, expected)
    for name in found:
        assert abs(found[name] - expected[name]) < 2e-4 * max(1, abs(expected[name])), (name, found, expected)

    # Both go on from the same state, to the same numbers.
    model.save("as_loaded.keras")
    assert_same("ours.keras", "as_loaded.keras", exact=True)
    fit(model, y)
    model.save("theirs.keras")
    train("--resume", "ours.keras", "--save", "resumed.keras", y=y)
    assert_same("resumed.keras", "theirs.keras")

    # What Keras wrote is read without a loss, and gone on with.
    cornu("convert", "theirs.keras", "again.keras")
    assert_same("theirs.keras", "again.keras", exact=True)
    np.testing.assert_allclose(model(x, training=False), predict("theirs.keras"), atol=1e-5)
    fit(model, y)
    model.save("theirs2.keras")
    train("--resume", "theirs.keras", "--save", "resumed.keras", y=y)
    assert_same("resumed.keras", "theirs2.keras")

    # Weights alone, both ways.
    model.save_weights("theirs.weights.h5")
    cornu("convert", "theirs2.keras", "ours.weights.h5")
    assert_same("theirs.weights.h5", "ours.weights.h5", exact=True)
    model.load_weights("ours.weights.h5")
    found = predict("ours.keras", "--weights", "theirs.weights.h5")
    np.testing.assert_allclose(found, model(x, training=False), atol=1e-5)

    if "noise_shape" in str(network):  # Keras's reader of .h5 forgets every axis that is not a list of one
        return
    # The older format: Keras 3 reads ours (its own reader loses the optimiser's state), and we read theirs with the
    # state, where it can write one (it cannot where its names for two arrays are equal).
    cornu("convert", "theirs2.keras", "ours.h5")
    by_name = "lamb" not in optimizer.lower()  # which Keras 3.6 does not find by its name, as its reader of .h5 looks for it
    legacy = keras.models.load_model("ours.h5", compile=by_name)
    np.testing.assert_allclose(legacy(x, training=False), predict("ours.h5"), atol=1e-5)
    cornu("convert", "ours.h5", "again.keras")
    assert_same("theirs2.keras", "again.keras", exact=True)
    try:
        model.save("theirs.h5")
    except (ValueError, TypeError) as error:  # nor label weights, which are a tensor
        assert re.search("name already exists|Unable to serialize|cannot pickle", str(error)), error
    else:
        cornu("convert", "theirs.h5", "again.keras")
        assert_same("theirs2.keras", "again.keras", exact=True)


def known(*arguments):
    """The words that the program offers in place of a wrong one."""
    done = subprocess.run([program, "train", "--x", "x.npy", "--y", "onehot.npy", *arguments], capture_output=True, text=True)
    return re.search(r"Known: (.*)", done.stderr).group(1).split(", ")


def plain(word):
    return re.sub("[^a-z0-9]", "", word.lower())


def assert_covered(what, words, *without):
    """No case of Keras's is left out: each word of the library stands in one."""
    text = plain(" ".join(str(c) for c in optimizers + layers + losses))
    missing = [w for w in words if plain(w) not in text and w not in without]
    assert not missing, f"no case has {what} {missing}"


assert_covered("activation", known("--layers", "dense 1 x", "--loss", "mse"), "celu", "hard_swish", "swish")
for kind in ("initializer", "regularizer", "constraint"):
    assert_covered(kind, known("--layers", f"dense 1 kernel_{kind}=x", "--loss", "mse"), "identity_initializer", "non_negative")
names = {"mean_squared_error": "mse", "mean_absolute_error": "mae", "mean_absolute_percentage_error": "mape",
         "mean_squared_logarithmic_error": "msle"}
source = os.path.join(here, "../../src/nn")
LATER = "random_shear random_elastic_transform random_erasing mix_up cut_mix".split()  # Keras 3.6 has not
assert_covered("layer", re.findall(r"^    LAYER\((\w+)\)", open(os.path.join(source, "layers/layers.h")).read(), re.M), *LATER)
for kind, registry in (("loss", "losses/registry.c"), ("metric", "metrics/metric.c")):  # too many for a message to list
    kinds = re.findall(r"^ +X\((\w+)\)", open(os.path.join(source, registry)).read(), re.M)
    assert len(kinds) > 15
    assert_covered(kind, [names.get(k, k) for k in kinds])
assert_covered("schedule", known("--layers", "dense 1", "--loss", "mse", "--optimizer", "sgd(x(1))"))
for name in known("--layers", "dense 1", "--loss", "mse", "--optimizer", "x"):
    if name == "muon" and not hasattr(keras.optimizers, "Muon"):  # Keras has it since 3.10
        continue
    cases = plain(" ".join(case[2] for case in optimizers + layers if case[2].split("(")[0] == name))
    for option in known("--layers", "dense 1", "--loss", "mse", "--optimizer", f"{name}(x=1)"):
        common = option in ("name", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum",
                            "ema_overwrite_frequency", "weight_decay", "gradient_accumulation_steps")  # the same code: one optimiser will do
        # Keras keeps no exclude_from_weight_decay in files
        assert option in ("learning_rate", "loss_scale_factor", "exclude_from_weight_decay") or common or \
            plain(option) in cases, f"no case has {option} of {name}"

chosen = optimizers if sys.argv[3] == "optimizers" else layers
for case in chosen[int(sys.argv[4]):] if len(sys.argv) > 4 else chosen:  # from a case on, to look at what fails
    keras.backend.clear_session(free_memory=False)
    check(*case)
    print("as Keras:", *case, flush=True)

for y, network, loss in losses if sys.argv[3] == "layers" else []:
    keras.backend.clear_session(free_memory=False)
    train("--layers", network, "--loss", loss, "--optimizer", "sgd", "--save", "loss.keras", y=y)
    cornu("convert", "loss.keras", "loss.h5")
    found = scores("loss.keras", y)["loss"]
    for path in ("loss.keras", "loss.h5"):
        expected = keras.models.load_model(path).evaluate(x, targets[y], verbose=0)
        assert abs(found - expected) < 2e-4 * max(1, abs(expected)), (loss, path, found, expected)
    print("as Keras:", network, loss, flush=True)
