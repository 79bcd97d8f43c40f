#!/bin/sh
# cornu reads networks as PyTorch's exporter lays them out, and computes what onnxruntime does. Skipped like
# test_onnx_runtime.sh.
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_ONNX_PYTHON:-}" onnx onnxruntime

"$python" "$CORNU_TESTS_DIR/formats/onnx_of_others.py" "$CORNU_PROGRAM" "$scratch"
