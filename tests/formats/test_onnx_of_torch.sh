#!/bin/sh
# cornu reads what torch.onnx.export itself writes, by both of its exporters, and computes what PyTorch does. torch is
# gigabytes and never installed for this: skipped where $CORNU_ONNX_PYTHON (else python3) does not have it, and onnx.
set -eu
. "$CORNU_TESTS_DIR/python.sh"
need_python "${CORNU_ONNX_PYTHON:-}" torch onnx

"$python" "$CORNU_TESTS_DIR/formats/onnx_of_torch.py" "$CORNU_PROGRAM" "$scratch"
