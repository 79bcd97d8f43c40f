# '-' is the standard input or output, --json is printed there, a file may stand with or without --model, short options.
set -eu
folder=$(mktemp -d "$PWD/standard-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cornu() { "$CORNU_PROGRAM" "$@"; }
fail() { echo "FAILED: $*"; exit 1; }
# expect CODE COMMAND…: its messages go to the file err
expect() {
    code=$1 status=0
    shift
    cornu "$@" >out 2>err || status=$?
    [ "$status" = "$code" ] || { cat out err; fail "cornu $* ended with $status, expected $code"; }
}

awk 'BEGIN { print "a,b,c"; for (i = 0; i < 60; i++) print i % 7 "," i % 5 "," (i % 7 > i % 5 ? "yes" : "no") }' >t.csv
printf 'dense 8 relu\ndense 2 softmax\n' >net.txt
cornu train --model net.txt --data t.csv --target c --epochs 3 --verbose 0 --save net.keras 2>/dev/null

# input
cornu predict net.keras --data t.csv >a
cornu predict --model net.keras --data - <t.csv >b
cat t.csv | cornu predict -m net.keras -d - >c
cornu predict --data t.csv --model - <net.keras >d
cmp a b && cmp a c && cmp a d || fail "predictions from the standard input"
cat net.txt | cornu train - -d t.csv --target c -v 0 --save e.keras 2>/dev/null || fail "a notation from the standard input"
expect 2 predict --model - --data - <t.csv
grep -q 'given twice, for --model and for --data' err || { cat err; fail "the standard input twice"; }

# output
awk 'BEGIN { for (i = 0; i < 60; i++) print i % 7 "," i % 5 }' >x.csv
cornu data info t.csv --json=- | grep -q '"rows": 60' || fail "data info --json=-"
cornu data info t.csv --json | grep -q '"name": "c", "type": "category"' || fail "data info --json"
cornu data list --json | grep -q '"mnist"' || fail "data list --json"
cornu train net.txt -d t.csv --target c -e 2 --history - 2>err | grep -q '^{"history": {' || fail "--history -"
grep -q 'Epoch 2/2' err || fail "progress is not on the standard error"
cornu train net.txt -d t.csv --target c -e 2 --json 2>/dev/null | grep -c . | grep -qx 1 || fail "train --json prints more than JSON"
cornu evaluate net.keras -d t.csv --json | grep -q '^{"loss": ' || fail "evaluate --json"
cornu evaluate net.keras -d t.csv --json=scores.json | grep -q '^loss: ' || fail "evaluate --json=FILE prints no scores"
grep -q '^{"loss": ' scores.json || fail "evaluate --json=FILE"
cornu predict net.keras -d t.csv --json | grep -q '"line": 2, "prediction": "\(yes\|no\)", "probabilities": {"no": ' ||
    { cornu predict net.keras -d t.csv --json | head -c 300; fail "predict --json"; }
cornu summary net.keras --json | grep -q '"type": "Dense", "output_shape": \[null, 8\], "parameters": 24' || fail "summary --json"
cornu summary net.keras --keras-json - | grep -q '"class_name": "Sequential"' || fail "--keras-json -"
cornu convert net.keras f.h5 --json | grep -q '^{"file": "f.h5", "layers": ' || fail "convert --json"
cornu convert --model net.keras --out g.h5 | grep -q '^g.h5: ' || fail "convert --model --out"
cornu export net.keras --onnx - >a.onnx && cornu export net.keras --onnx b.onnx && cmp a.onnx b.onnx || fail "--onnx -"
cornu version --json | grep -q '^{"version": "[0-9]' || fail "version --json"
cornu -V | grep -q '^cornu [0-9]' && cornu version | grep -q '^cornu [0-9]' || fail "version"

# what a shell has opened is written, not replaced
echo before >both
cornu summary net.keras --json=- >>both
[ "$(head -n 1 both)" = before ] && [ "$(wc -l <both)" = 2 ] || { cat both; fail ">> of a standard output"; }

# files of Windows: line ends of two characters, a byte order mark before the first
crlf() { printf '\357\273\277'; sed "s/\$/$(printf '\r')/"; }
crlf <net.txt >w.txt
crlf <t.csv >w.csv
cornu summary net.keras --keras-json k.json >/dev/null
crlf <k.json >w.json
cornu lab new l.md --lang en >/dev/null
crlf <l.md >w.md
[ "$(cornu summary net.txt --input 4)" = "$(cornu summary w.txt --input 4)" ] || fail "a notation of Windows"
[ "$(cornu summary k.json)" = "$(cornu summary w.json)" ] || fail "JSON of Windows"
cornu predict net.keras -d w.csv >b
cmp a b || fail "a table of Windows"
[ "$(cornu lab check l.md | cut -d: -f2)" = "$(cornu lab check w.md | cut -d: -f2)" ] || fail "a lab of Windows"

# mistakes
expect 2 evaluate net.keras -d t.csv --json scores.json
grep -q -- '--json=scores.json' err || { cat err; fail "--json FILE"; }
expect 2 predict net.keras --model net.keras -d t.csv
grep -q 'both given' err || fail "two models"
expect 2 train one.txt two.txt
grep -q "unexpected word 'two.txt'" err || fail "a word too many"
expect 2 predict -Q
grep -q 'unknown option -Q' err || fail "an unknown letter"
expect 2 data
grep -q 'missing subcommand: list, info, show, grid or fetch' err || { cat err; fail "data without a subcommand"; }
expect 2 train net.txt -d t.csv --target c --json --history -
grep -q 'standard output was given twice' err || { cat err; fail "the standard output twice"; }
expect 2 train net.txt -d t.csv --header maybe
grep -q "unknown word 'maybe'" err || { cat err; fail "a choice that is none"; }
