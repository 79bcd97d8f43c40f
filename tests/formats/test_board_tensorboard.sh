#!/bin/sh
# The tensorboard package reads what the callback writes. Skipped where there is no Python with it ($CORNU_ONNX_PYTHON
# names one; else python3 is asked).
set -eu
python=${CORNU_ONNX_PYTHON:-python3}
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
"$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("tensorboard", "numpy"))))' \
    2>/dev/null || { echo "skipped: $python has no tensorboard"; exit 77; }

scratch=$(mktemp -d ./board-files-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
"$python" "$CORNU_TESTS_DIR/formats/board_files.py" "$CORNU_PROGRAM" "$scratch"
