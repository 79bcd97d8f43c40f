"""python -m cornu.keras [--accelerate] SCRIPT [ARGUMENTS]: runs a script with Cornu as its Keras and TensorFlow."""

import runpy
import sys

USAGE = """usage: python -m cornu.keras [--accelerate] SCRIPT.py [ARGUMENTS]
       python -m cornu.keras [--accelerate] -m MODULE [ARGUMENTS]

Runs a script whose `import keras` and `import tensorflow` give Cornu; neither need be installed. With --accelerate they
stay what they are, and Cornu trains what it can."""


def main():
    words = sys.argv[1:]
    accelerated = words[:1] == ["--accelerate"]
    words = words[accelerated:]
    if not words or words[0] in ("-h", "--help"):
        print(USAGE)
        sys.exit(0 if words else 2)
    from cornu import keras

    keras.accelerate() if accelerated else keras.install()
    if words[0] == "-m":
        if len(words) < 2:
            sys.exit(USAGE)
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        import os

        sys.path[0] = os.path.dirname(os.path.abspath(words[0]))
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main()
