# cornu doctor says what is here, cornu cache how much is kept; clear removes that and nothing else.
set -eu
folder=$(mktemp -d "$PWD/doctor-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
XDG_CACHE_HOME=$folder/cache HOME=$folder
export XDG_CACHE_HOME HOME
unset CORNU_DATA CORNU_ISA

"$CORNU_PROGRAM" doctor >out || { cat out; fail "doctor"; }
for word in processor 'instruction set' threads zlib hdf5 curl librsvg 'Data sets' mnist Caches Problems; do
    grep -q "$word" out || { cat out; fail "doctor says nothing of $word"; }
done
"$CORNU_PROGRAM" doctor --json >out.json
grep -q '"instruction_set": "' out.json && grep -q '"libraries": \[{"name": "zlib", "version": "1' out.json || { cat out.json; fail "doctor --json"; }
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; d = json.load(open("out.json")); assert d["machine"]["threads"] >= 1 and d["problems"] == [], d' || fail "doctor's JSON"
fi
status=0
CORNU_ISA=mmx "$CORNU_PROGRAM" doctor >out 2>err || status=$?
[ "$status" = 1 ] && grep -q 'CORNU_ISA is mmx' out && grep -q '1 problem' err || { cat out err; fail "a wrong CORNU_ISA"; }

mkdir -p cache/cornu/mnist cache/cornu/lab.sqlite.states/a cache/cornu/mine cache/cornu/images
head -c 1024 /dev/zero >cache/cornu/images/1.pixels
head -c 3000 /dev/zero >cache/cornu/lab.sqlite
head -c 2000 /dev/zero >cache/cornu/lab.sqlite.states/a/state
head -c 4096 /dev/zero >cache/cornu/mnist/part.gz
echo keep >cache/cornu/mine/file
"$CORNU_PROGRAM" cache list --json | grep -q '"name": "lab", "what": "[a-z ]*", "bytes": 5000, "files": 2' || fail "cache list --json"
"$CORNU_PROGRAM" cache | grep -q 'mnist  *4.00 KB' || fail "cache list"
status=0
"$CORNU_PROGRAM" cache clear 2>err || status=$?
[ "$status" = 2 ] && [ -e cache/cornu/lab.sqlite ] || fail "cache clear without a name"
status=0
"$CORNU_PROGRAM" cache clear mnits 2>err || status=$?
[ "$status" = 2 ] && grep -q "did you mean 'mnist'" err || { cat err; fail "a wrong name of a cache"; }
"$CORNU_PROGRAM" cache clear lab | grep -q '4.88 KB removed' || fail "cache clear lab"
[ ! -e cache/cornu/lab.sqlite ] && [ ! -e cache/cornu/lab.sqlite.states ] && [ -e cache/cornu/mnist/part.gz ] || fail "clear lab removed something else"
"$CORNU_PROGRAM" cache clear images | grep -q '1.00 KB removed' && [ ! -e cache/cornu/images/1.pixels ] || fail "cache clear images"
"$CORNU_PROGRAM" cache clear all >/dev/null
[ ! -e cache/cornu/mnist ] && [ -e cache/cornu/mine/file ] || fail "clear all"
rm -r cache
"$CORNU_PROGRAM" cache clear all --json | grep -q '"bytes": 0' || fail "clear without a cache"
