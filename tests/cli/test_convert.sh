# cornu convert: what a model was compiled with is no hindrance to files that do not hold it, and the message of those that do
# says how to leave it out.
set -eu
folder=$(mktemp -d "$PWD/convert-XXXXXX")
trap 'rm -rf "$folder"' EXIT
wild=$CORNU_TESTS_DIR/formats/files/wild
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
model=$wild/convert-no-optimizer/after-h5.keras
for file in o.onnx o.json o.npz o.tfjs.json; do
    "$CORNU_PROGRAM" convert "$model" "$file" >/dev/null || fail "$file"
    "$CORNU_PROGRAM" summary "$file" >/dev/null || fail "$file cannot be read"
done
for file in o.keras o.h5 o.weights.h5; do
    ! "$CORNU_PROGRAM" convert "$model" "$file" 2>message || fail "$file in spite of no optimizer"
    grep -q 'no optimizer is named.*--no-compile writes the network' message || fail "$file: $(cat message)"
    [ ! -e "$file" ] || fail "$file is left"
    "$CORNU_PROGRAM" convert --no-compile "$model" "$file" >/dev/null || fail "$file without what it was compiled with"
done
"$CORNU_PROGRAM" convert "$wild/optimizer-lr/keras-2.2-adam.h5" adam.keras >log || fail "an Adam of Keras 2.2"
grep -q 'adam after 5 steps' log || fail "steps of an Adam of Keras 2.2: $(cat log)"
