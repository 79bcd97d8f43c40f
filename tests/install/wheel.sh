#!/bin/sh
# wheel.sh WHEEL: is it small, does it need what every Linux has, and does it work in an environment that has nothing else?
# Python's packages for that environment (NumPy) come from the index.
set -eu
wheel=$1
limit=4194304 # bytes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'wheel: %s\n' "$*" >&2; exit 1; }

size=$(wc -c <"$wheel")
[ "$size" -le "$limit" ] || fail "$wheel has $size bytes, more than $limit"
case $(basename "$wheel") in
cornu-*-cp311-abi3-manylinux*) ;;
cornu-*-cp311-abi3-*) [ "$(uname)" != Linux ] || fail "auditwheel did not make $(basename "$wheel") a manylinux wheel" ;;
*) fail "$(basename "$wheel") is not for CPython's stable ABI" ;;
esac

python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check "$wheel" </dev/null || fail "it cannot be installed"
brought=$("$work/venv/bin/python" -m pip list --format=freeze --disable-pip-version-check | cut -d= -f1 |
    grep -vxE 'pip|setuptools|wheel' | sort | tr '\n' ' ')
[ "$brought" = 'cornu numpy ' ] || fail "it brings: $brought; expected NumPy alone"

cd "$work"
PATH="$work/venv/bin:$PATH" # as an activated environment
cornu version >/dev/null || fail "the command cornu does not run"
[ -e "$work/venv/share/jupyter/kernels/cornu/kernel.json" ] || fail "Jupyter's kernel is not in it"
cat >use.py <<'END'
import subprocess, sys, time

def seconds(statement):
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    return min(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
               for _ in range(5))

start = seconds("import cornu")
assert start < 0.02, f"import cornu takes {1000 * start:.1f} ms"
import numpy as np
from cornu import keras

x = np.random.default_rng(1).normal(size=(400, 8)).astype(np.float32)
y = (x.sum(1) > 0).astype(int)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
losses = model.fit(x, y, epochs=20, verbose=0).history["loss"]
assert losses[-1] < losses[0] / 1.5, losses
for name in ("model.keras", "model.h5", "model.png"):  # hdf5 and pango are the system's
    keras.utils.plot_model(model, name) if name.endswith("png") else model.save(name)
assert np.array_equal(keras.models.load_model("model.keras").predict(x, verbose=0), model.predict(x, verbose=0))
print(f"import cornu: {1000 * start:.1f} ms, cornu.keras: {1000 * seconds('import cornu.keras'):.0f} ms")
END
python use.py || fail "it does not work where it is installed"
echo "wheel: $size bytes, installed beside NumPy alone, works"
