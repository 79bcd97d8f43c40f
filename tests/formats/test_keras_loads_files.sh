#!/bin/sh
# Real Keras and cornu read each other's files and train on from them, with every kind of layer, loss and metric.
# Skipped where there is no Python with Keras ($CORNU_KERAS names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_KERAS:-}" keras

"$python" "$CORNU_TESTS_DIR/formats/keras_files.py" "$CORNU_PROGRAM" "$scratch" layers
