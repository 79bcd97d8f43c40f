#!/bin/sh
# cornu reads graphs of several inputs, outputs and paths as other programs' exporters write them, and computes what onnxruntime does. Skipped where there is no
# Python with it ($CORNU_ONNX_PYTHON names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_ONNX_PYTHON:-}" onnx onnxruntime

"$python" "$CORNU_TESTS_DIR/formats/onnx_graphs.py" "$CORNU_PROGRAM" "$scratch"
