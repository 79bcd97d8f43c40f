# What the cells below call: data in, figures and tables out. It runs with Keras, and with Cornu where there is none.
try:
    import keras
except ModuleNotFoundError:
    import cornu.keras

    cornu.keras.install()
    import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers


class StopBelow(keras.callbacks.Callback):
    """Ends training after the first epoch whose value lies under the limit."""

    def __init__(self, monitor="loss", value=None):
        super().__init__()
        self.monitor, self.limit = monitor, value

    def on_epoch_end(self, epoch, logs=None):
        if logs[self.monitor] < self.limit:
            self.model.stop_training = True


def _split(x, y, share, seed=0):
    order = np.random.default_rng(seed).permutation(len(x))
    test, train = np.sort(order[: round(len(x) * share)]), np.sort(order[round(len(x) * share):])
    return (x[train], y[train]), (x[test], y[test])


def _array(file):
    path, _, member = file.partition(":")
    return np.load(path)[member] if member else np.load(path)


def load_arrays(x, y, test_x, test_y, test_split=0.2):
    if test_x is not None:
        return (_array(x), _array(y)), (_array(test_x), _array(test_y))
    return _split(_array(x), _array(y), test_split)


def load_named(x, y, test_x=None, test_y=None, test_split=0.2):
    train = {name: _array(file) for name, file in {**x, **y}.items()}
    if test_x is not None:
        test = {name: _array(file) for name, file in {**test_x, **test_y}.items()}
    else:
        rows = np.arange(len(next(iter(train.values()))))
        (rows, _), (test_rows, _) = _split(rows, rows, test_split)
        train, test = ({name: array[part] for name, array in train.items()} for part in (rows, test_rows))
    return tuple(({name: part[name] for name in x}, {name: part[name] for name in y}) for part in (train, test))


def load_table(file, target, columns=None, test_split=0.2):
    import pandas as pd

    table = pd.read_csv(file, sep=None, engine="python").dropna()
    x = table[columns] if columns else table.drop(columns=target)
    y = table[target]
    if y.ndim == 1 and y.dtype == object:
        y = y.astype("category").cat.codes
    return _split(pd.get_dummies(x).to_numpy("float32"), y.to_numpy(), test_split)


def normalise(train, test, by=None):
    if by is None:
        by = 255 if train.dtype == np.uint8 else "standard"
    if by == "standard":
        mean, deviation = train.mean(0), train.std(0)
        deviation[deviation == 0] = 1
        return ((train - mean) / deviation).astype("float32"), ((test - mean) / deviation).astype("float32")
    if by == "minmax":
        low, span = train.min(0), np.ptp(train, axis=0)
        span[span == 0] = 1
        return ((train - low) / span).astype("float32"), ((test - low) / span).astype("float32")
    return train.astype("float32") / by, test.astype("float32") / by


def _labels(y):
    return np.argmax(y, axis=1) if y.ndim > 1 and y.shape[1] > 1 else np.asarray(y).reshape(-1)


def info(x_train, y_train, x_test, y_test):
    for name, x, y in (("training", x_train, y_train), ("test", x_test, y_test)):
        print(f"{name}: {len(x)} samples, x {x.shape[1:]} {x.dtype}, y {y.shape[1:]} {y.dtype}")


def show(x, y, index, matrix=True):
    print("Label:", y[index])
    if matrix:
        with np.printoptions(linewidth=200):
            print(x[index])
    if x[index].ndim > 1:
        plt.imshow(x[index], cmap="gray")
        plt.axis("off")
        plt.show()


def grid(x, y, rows=2, columns=5, first=0):
    for i in range(rows * columns):
        plt.subplot(rows, columns, i + 1)
        plt.imshow(x[first + i], cmap="gray")
        plt.title(str(_labels(y)[first + i]))
        plt.axis("off")
    plt.show()


def histogram(y_train, y_test):
    for name, y in (("training", y_train), ("test", y_test)):
        values, counts = np.unique(_labels(y), return_counts=True)
        plt.bar(values, counts, label=name, alpha=0.7)
    plt.legend()
    plt.show()


def _metric(history):
    return next((name for name in history.history if name not in ("loss", "learning_rate")
                 and not name.startswith("val_")), "loss")


def plot_history(history, title, limit=None):
    plt.figure(figsize=(10, 4))
    for place, name in enumerate(dict.fromkeys((_metric(history), "loss"))):
        plt.subplot(1, 2, place + 1)
        epochs = np.arange(1, len(history.history[name]) + 1)
        plt.plot(epochs, history.history[name], label="training")
        if "val_" + name in history.history:
            plt.plot(epochs, history.history["val_" + name], label="validation")
        if name == "loss" and limit is not None:
            plt.axhline(limit, linestyle="--", color="gray")
        plt.title(f"{title}: {name}")
        plt.legend()
    plt.show()


def plot_difference(history, title, accuracy_limit=0.05, loss_limit=0.10):
    plt.figure(figsize=(10, 4))
    for place, (name, limit) in enumerate(((_metric(history), accuracy_limit), ("loss", loss_limit))):
        plt.subplot(1, 2, place + 1)
        both = np.array([history.history[name], history.history["val_" + name]])
        plt.bar(np.arange(1, both.shape[1] + 1), np.abs(both[0] - both[1]))
        plt.axhline(limit, linestyle="--", color="gray")
        plt.title(f"{title}: difference of {name}")
    plt.show()


def plot_convergence(histories):
    for title, history in histories.items():
        loss = np.array(history.history["loss"])
        plt.plot(np.arange(1, len(loss) + 1), loss / loss[0], label=title)
    plt.legend()
    plt.show()


def compare(histories):
    names = [name for name in next(iter(histories.values())).history if name != "learning_rate"]
    print("".join(f"{word:>24}" for word in ("model", *names)))
    for title, history in histories.items():
        print(f"{title:>24}" + "".join(f"{np.mean(history.history[name]):24.4f}" for name in names))


def costs(models):
    for title, model in models.items():
        operations = sum(2 * w.size for w in model.get_weights() if w.ndim > 1)
        print(f"{title:>24}: {model.count_params():,} parameters, about {operations / 1e6:.3f} MFLOPs a sample")


def evaluate(model, title, x, y):
    print(title, {name: round(float(value), 4) for name, value in
                  model.evaluate(x, y, verbose=0, return_dict=True).items()})


def predictions(model, title, x, y, count=10):
    for given, true in zip(model.predict(x[:count], verbose=0), y[:count]):
        print(np.round(given, 3), "true:", true)


def plot_prediction(model, title, x, y):
    plt.scatter(y, model.predict(x, verbose=0), s=8)
    plt.axline((0, 0), slope=1, color="gray")
    plt.title(title)
    plt.show()


def _matrix(model, x, y):
    true, given = _labels(y).astype(int), _labels(model.predict(x, verbose=0))
    if model.output_shape[-1] == 1:
        given = (model.predict(x, verbose=0).reshape(-1) > 0.5).astype(int)
    matrix = np.zeros((max(true.max(), given.max()) + 1,) * 2, int)
    np.add.at(matrix, (true, given), 1)
    return matrix, true, given


def confusion(model, title, x, y):
    matrix = _matrix(model, x, y)[0]
    plt.imshow(matrix, cmap="Blues")
    for (row, column), value in np.ndenumerate(matrix):
        plt.text(column, row, value, ha="center", va="center", fontsize=7,
                 color="white" if value > matrix.max() / 2 else "black")
    plt.title(title)
    plt.xlabel("predicted")
    plt.ylabel("true")
    plt.show()


def report(model, title, x, y):
    matrix = _matrix(model, x, y)[0]
    right = np.diag(matrix)
    precision, recall = right / np.maximum(matrix.sum(0), 1), right / np.maximum(matrix.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    print(f"{title}\n{'class':>8}{'precision':>12}{'recall':>10}{'f1':>8}{'support':>10}")
    for label in range(len(matrix)):
        print(f"{label:8}{precision[label]:12.4f}{recall[label]:10.4f}{f1[label]:8.4f}{matrix[label].sum():10}")


def misclassified(model, title, x, y, rows=2, columns=5):
    _, true, given = _matrix(model, x, y)
    side = int(round(np.prod(x.shape[1:]) ** 0.5))
    for place, i in enumerate(np.flatnonzero(true != given)[: rows * columns]):
        plt.subplot(rows, columns, place + 1)
        plt.imshow(x[i].reshape(side, side), cmap="gray")
        plt.title(f"{true[i]} → {given[i]}")
        plt.axis("off")
    plt.show()


def plot_weights(model, title, count=16):
    kernel = model.get_weights()[0]
    side = int(round(kernel.shape[0] ** 0.5))
    for unit in range(min(count, kernel.shape[1])):
        plt.subplot((count + 7) // 8, 8, unit + 1)
        plt.imshow(kernel[:, unit].reshape(side, side), cmap="coolwarm")
        plt.axis("off")
    plt.show()
