#!/bin/sh
# The tensorboard package reads what the callback writes. Skipped where there is no Python with it ($CORNU_ONNX_PYTHON
# names one; else python3 is asked).
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_ONNX_PYTHON:-}" tensorboard numpy

"$python" "$CORNU_TESTS_DIR/formats/board_files.py" "$CORNU_PROGRAM" "$scratch"
