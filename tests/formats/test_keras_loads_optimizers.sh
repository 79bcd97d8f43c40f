#!/bin/sh
# As test_keras_loads_files.sh, with every optimiser and its state.
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_KERAS:-}" keras

"$python" "$CORNU_TESTS_DIR/formats/keras_files.py" "$CORNU_PROGRAM" "$scratch" optimizers
