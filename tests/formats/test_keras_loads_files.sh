#!/bin/sh
# Real Keras and cornu read each other's files and train on from them, with every kind of layer, loss and metric.
# Skipped where there is no Python with Keras ($CORNU_KERAS names one; else python3 is asked).
set -eu
python=${CORNU_KERAS:-python3}
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
"$python" -c 'import importlib.util as u, sys; sys.exit(0 if u.find_spec("keras") else 1)' 2>/dev/null ||
    { echo "skipped: $python has no keras"; exit 77; }

scratch=$(mktemp -d ./keras-files-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
"$python" "$CORNU_TESTS_DIR/formats/keras_files.py" "$CORNU_PROGRAM" "$scratch" layers
