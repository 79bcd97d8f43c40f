"""Keras's own tests and random combinations, by Keras and by Cornu: ./run keras-tests [--count N] [--seed S] …

    --source DIR   Keras's sources with their tests, of the version that is installed (the default: the installed package)
    --calls FILE   the recorded calls; made when it is not there or older than what records
    --area A, --kind K, --show N   a part of the table, and how many differences are printed
    --no-table     random combinations alone, also beside Keras 2
    --count N, --seed S, --only SEED   random combinations: how many, from which seed; one of them, with its script
"""

import argparse
import os
import pickle
import subprocess
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0", KERAS_BACKEND="tensorflow")

HERE = os.path.dirname(os.path.abspath(__file__))
# the folders and files of keras/src whose tests are about what Cornu has
TESTS = """losses metrics activations regularizers constraints initializers optimizers callbacks models
    trainers/trainer_test.py trainers/compile_utils_test.py layers/pooling layers/merging layers/convolutional
    layers/normalization layers/activations layers/regularization layers/reshaping layers/layer_test.py
    layers/core/dense_test.py layers/core/identity_test.py layers/core/input_layer_test.py
    layers/preprocessing/rescaling_test.py layers/preprocessing/normalization_test.py""".split()
TESTS += [f"layers/preprocessing/image_preprocessing/{name}_test.py" for name in """
    center_crop resizing random_brightness random_contrast random_crop random_elastic_transform random_erasing random_flip
    random_rotation random_shear random_translation random_zoom mix_up cut_mix""".split()]
# other backends, several machines, quantised weights: minutes of tests about what no call of Cornu's can be held against
LEFT_OUT = "quantize or lora or jax or torch or istribute or tensorboard or remote_monitor or 3d or einsum"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source")
    parser.add_argument("--calls", default="calls.pickle")
    parser.add_argument("--area")
    parser.add_argument("--kind")
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--no-table", action="store_true")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", type=int)
    return parser.parse_args()


def recorded(options):
    makers = [os.path.join(HERE, name) for name in ("record.py", "families.py", "__main__.py")]
    if not os.path.exists(options.calls) or any(os.path.getmtime(options.calls) < os.path.getmtime(one) for one in makers):
        _record(os.path.abspath(options.calls), options.source or _installed())
    with open(options.calls, "rb") as file:
        return pickle.load(file)


def _installed():
    import keras

    folder = os.path.dirname(os.path.dirname(os.path.abspath(keras.__file__)))
    if not os.path.exists(os.path.join(folder, "keras", "src", "losses", "losses_test.py")):
        sys.exit("keras-tests: the installed Keras has no tests; --source DIR names its sources")
    return folder


def _record(calls, source):
    """Runs the tests. Some fail for reasons of their own (a package is missing) or since functions were wrapped: what they
    asked until then counts."""
    environment = {**os.environ, "KERAS_RECORD": calls, "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1"}
    tests = [path for path in (os.path.join("keras", "src", test) for test in TESTS)
             if os.path.exists(os.path.join(source, path))]
    with open(calls + ".log", "w", encoding="utf-8") as log:
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "record", "-p", "no:cacheprovider", "--no-header",
                        "--continue-on-collection-errors", "-k", f"not ({LEFT_OUT})", *tests],
                       cwd=source, env=environment, stdout=log, stderr=log, check=False)
    if not os.path.exists(calls):
        sys.exit(f"keras-tests: Keras's tests could not be run: {calls}.log")
    with open(calls + ".log", encoding="utf-8") as log:
        print("Keras's own tests:", log.read().strip().splitlines()[-1].strip("= "), flush=True)


def main():
    options = arguments()
    differ = 0
    if options.only is None and not options.no_table:
        import table

        differ = table.show(table.distinct(recorded(options), options.area, options.kind), options.show)
    if options.area is None and options.kind is None:
        import random_run

        seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(3), "little")
        first = seed * 1000003 if options.only is None else options.only
        differ += random_run.run_all(range(first, first + (options.count if options.only is None else 1)),
                                     f"seed {seed} (--seed {seed} repeats them)", options.only is not None)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
