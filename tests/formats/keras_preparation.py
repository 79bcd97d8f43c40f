"""A table's preparation in a .keras file, run by Keras: keras_preparation.py PROGRAM SCRATCH.

Each case is trained by Cornu on a messy table and saved; Keras loads the file and predicts from the same raw columns what
cornu predict does. What Keras saves of it again, Cornu reads with the preparation."""
import csv, datetime, os, random, subprocess, sys, zipfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import keras, numpy as np, tensorflow as tf

program, scratch = os.path.abspath(sys.argv[1]), sys.argv[2]
os.chdir(scratch)
random.seed(7)

COLUMNS = ["area (m2)", "sold", "size", "colour", "in/out", "dense", "review", "price", "rent", "kind"]


def row(i):
    day = datetime.date(2021, 1, 1) + datetime.timedelta(days=random.randrange(900))
    size, colour = random.choice("S M L".split()), random.choice(["red", "blue", "deep green", ""])
    area = "" if i % 9 == 4 else f"{random.expovariate(1 / 90):.3f}"
    review = random.choice(["Very good house!", "bad, OLD house", "a good garden; good view", "", "Été à la mer"])
    price = 900 * (1 + "SML".index(size)) + 10 * day.month + random.gauss(0, 40)
    return [area, f"{day.day}/{day.month}/{day.year} {i % 24}:30", size, colour, random.choice(["in", "out"]),
            f"{random.gauss(5, 2):.4f}", review, f"{price:.2f}", f"{price / 200:.3f}", random.choice(["flat", "house", "farm"])]


with open("t.csv", "w", newline="", encoding="utf-8") as f:
    csv.writer(f).writerows([COLUMNS] + [row(i) for i in range(160)])
rows = list(csv.DictReader(open("t.csv", encoding="utf-8", newline="")))

NUMBERS = "--target price --ignore rent,kind --missing median --date sold --text review --words 8"
CLASSES = "--target kind --ignore price,rent,sold,review --missing most_frequent --scale robust"
CASES = {
    "everything": (NUMBERS + " --ordinal size=S<M<L --log (area),price --target-scale standard --missing-indicator "
                   "--scale standard", "dense 8 relu; dense 1", "mse"),
    "alphabet": (NUMBERS + " --ordinal size,colour --scale minmax --target-scale minmax", "dense 4 tanh; dense 1", "mae"),
    "two targets": ("--target price,rent --ignore kind,sold --missing mean --log rent --target-scale robust --text review",
                    "dense 8 relu; dense 2", "mse"),
    "classes": (CLASSES, "dense 8 relu; dropout 0.1; batch_normalization; dense 3 softmax",
                "sparse_categorical_crossentropy"),
    "normalization": (CLASSES, "normalization; dense 3 softmax", "sparse_categorical_crossentropy"),
    "shapes": (CLASSES, "reshape 10 1; conv1d 4 3; flatten; dense 3 softmax", "sparse_categorical_crossentropy"),
    "graph": (CLASSES, "input 10 name=x; dense 6 relu name=a; dense 6 tanh name=area from=x; add from=[a, area]; dense 3 softmax",
              "sparse_categorical_crossentropy"),
    "bins": ("--target price --ignore rent,kind,sold,review --missing median --missing-indicator --scale standard "
             "--bins (area)=6,dense=2.5<5<7.5", "dense 8 relu; dense 1", "mse"),
    "plain": ("--target price --columns dense,in/out", "dense 1", "mse"),
}


def part(text, name):
    day, time = text.split()
    d, m, y = map(int, day.split("/"))
    hour, minute = map(int, time.split(":"))
    return {"year": y, "month": m, "day": d, "weekday": datetime.date(y, m, d).weekday(), "hour": hour + minute / 60}[name]


def raw(tensor):
    column, _, which = tensor.name.partition(".")
    column = {"in_out": "in/out"}.get(column, column)
    cells = [r[column] for r in rows]
    if tensor.dtype == "string":
        return tf.constant([[c] for c in cells])
    if which:
        return np.array([[part(c, which)] for c in cells], "float32")
    return np.array([[float(c or "nan")] for c in cells], "float32")


def run(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"cornu {' '.join(arguments)}\n{done.stdout}{done.stderr}")


def check(name, options, layers, loss):
    words = [w.replace("(area)", "area (m2)") for w in options.split()]
    run("train", "--data", "t.csv", *words, "--layers", layers, "--loss", loss, "--epochs", "5", "--verbose", "0",
        "--save", "m.keras")
    run("predict", "m.keras", "--data", "t.csv", "--out", "answers.csv")
    answers = list(csv.reader(open("answers.csv", encoding="utf-8")))
    first = 2 if "probability" in answers[0][2:3] or answers[0][2:3] and answers[0][2].startswith("probability") else 1
    ours = np.array([[float(v) for v in r[first:]] for r in answers[1:]])
    lines = [int(r[0]) - 2 for r in answers[1:]]  # rows that lack a value that is not filled are left out
    model = keras.models.load_model("m.keras")
    theirs = model.predict({t.name: raw(t) for t in model.inputs}, verbose=0)[lines]
    off = np.max(np.abs(theirs - ours) / (1 + np.abs(ours)))
    model.save("again.keras")  # without the members that Keras does not know
    run("predict", "again.keras", "--data", "t.csv", "--out", "again.csv")
    again = list(csv.reader(open("again.csv", encoding="utf-8")))
    back = np.max(np.abs(np.array([[float(v) for v in r[first:]] for r in again[1:]]) - ours) / (1 + np.abs(ours)))
    print(f"{name}: {len(model.inputs)} columns, {len(lines)} rows, {off:.1e} apart, {back:.1e} after Keras saved it")
    same = again[0] == answers[0] and [r[0] for r in again] == [r[0] for r in answers]
    return not (off < 2e-5 and back < 2e-6 and same)


failed = [name for name, case in CASES.items() if check(name, *case)]
sys.exit(f"Keras predicts otherwise: {', '.join(failed)}" if failed else 0)
