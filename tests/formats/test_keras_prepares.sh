#!/bin/sh
# Real Keras loads files of models that were trained on a table, and predicts from its raw columns what cornu does.
# Skipped where there is no Python with Keras ($CORNU_KERAS names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_KERAS:-}" keras tensorflow

"$python" "$CORNU_TESTS_DIR/formats/keras_preparation.py" "$CORNU_PROGRAM" "$scratch"
