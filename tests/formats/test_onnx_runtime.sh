#!/bin/sh
# onnx's checker and onnxruntime take cornu's ONNX files, with every layer and activation, and compute the same.
# Skipped where there is no Python with them ($CORNU_ONNX_PYTHON names one; else python3 is asked).
set -eu
python=${CORNU_ONNX_PYTHON:-python3}
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
"$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("onnx", "onnxruntime"))))' \
    2>/dev/null || { echo "skipped: $python has no onnx and onnxruntime"; exit 77; }

scratch=$(mktemp -d ./onnx-files-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
"$python" "$CORNU_TESTS_DIR/formats/onnx_files.py" "$CORNU_PROGRAM" "$scratch"
