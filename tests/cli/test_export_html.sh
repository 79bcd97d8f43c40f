#!/bin/sh
# cornu export --html: names between commas, the language, samples of a file; mistakes leave no page.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "FAILED: $*"; exit 1; }

echo 'input 2; dense 3 softmax' >net.txt
"$CORNU_PROGRAM" convert net.txt net.npz >/dev/null

"$CORNU_PROGRAM" export --model net.npz --html page.html --title 'Iris & co' --lang es \
    --labels 'setosa, <b>versicolor ,virginica' --features 'largo, ancho'
grep -q '<html lang="es">' page.html || fail "language"
grep -q '<title>Iris &amp; co</title>' page.html || fail "title"
grep -q '"labels":\["setosa","\\u003cb>versicolor","virginica"\]' page.html || fail "labels"
grep -q '"name":"ancho"' page.html || fail "features"

# An IDX file of 3 samples of 2 bytes: (0, 10), (20, 30), (40, 50).
printf '\000\000\010\002\000\000\000\003\000\000\000\002\000\012\024\036\050\062' >x.idx
"$CORNU_PROGRAM" export --model net.npz --html ranges.html --x x.idx --samples 2
grep -q '"high":50' ranges.html || fail "ranges of the samples"
grep -q '"index":\[0,1\]' ranges.html || fail "samples"

refused() {
    message=$1
    shift
    if "$CORNU_PROGRAM" export --model net.npz --html none.html "$@" 2>errors; then fail "taken: $*"; fi
    grep -q "$message" errors || fail "'$message' is not in: $(cat errors)"
    [ ! -e none.html ] || fail "a page in spite of: $*"
}
refused "2 names of outputs, expected 3" --labels a,b
refused "did you mean 'es'" --lang esp
refused "needs\|no data" --y x.idx
if "$CORNU_PROGRAM" export --model net.npz 2>errors; then fail "nothing to write"; fi
grep -q -e '--html' errors || fail "the message does not name --html"
