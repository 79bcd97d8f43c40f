#!/bin/sh
# onnx's checker and onnxruntime take cornu's ONNX files, with every layer and activation, and compute the same.
# Skipped where there is no Python with them ($CORNU_ONNX_PYTHON names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_ONNX_PYTHON:-}" onnx onnxruntime

"$python" "$CORNU_TESTS_DIR/formats/onnx_files.py" "$CORNU_PROGRAM" "$scratch"
