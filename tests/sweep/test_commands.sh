# cornu sweep and cornu runs as they are typed: what they print, write and refuse.
set -eu
folder=$(mktemp -d "$PWD/commands-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
XDG_CACHE_HOME=$folder/cache
export XDG_CACHE_HOME
# says CODE TEXT COMMAND…: ends with the code, and the text is in its messages.
says() {
    code=$1 text=$2
    shift 2
    got=0
    "$CORNU_PROGRAM" "$@" >out 2>&1 || got=$?
    [ "$got" = "$code" ] || fail "$*: ended with $got, expected $code: $(cat out)"
    grep -qF -e "$text" out || fail "$*: '$text' is not in: $(cat out)"
}
awk 'BEGIN { srand(3); print "a,b,c,d,kind"
    for (i = 0; i < 300; i++) { a = rand() - .5; b = rand() - .5; print a "," b "," rand() "," rand() "," (a * b > 0 ? "yes" : "no") } }' >points.csv
study() {
    printf '```cornu\ndataset points.csv target=kind\nmodel m\n  dense 16 relu\n  dense 1 sigmoid\n'
    printf 'compile m optimizer=adam loss=binary_crossentropy metrics=accuracy\n%s\n' "$1"
    printf '%s\n```\n' "${2:-}"
}
study 'sweep m over units=[2..64 log] optimizer=[adam, sgd] optimizer.momentum=[0.0..0.9 if optimizer=sgd] trials=12 epochs=3 validation_split=0.2 objective=[val_accuracy, min(parameters)] keep=2' >study.md

# the preparation of the data is searched as well: what is found is what a fit on data so prepared gives
cat >prepared.md <<'MD'
```cornu
dataset points.csv target=kind
dataset normalise by=minmax
model m
  dense 8 relu
  dense 1 sigmoid
compile m optimizer=adam loss=binary_crossentropy metrics=accuracy
sweep m over normalise.by=[none] dataset.log=[none] trials=2 epochs=3 validation_split=0.2
evaluate m
```
MD
sed -e '/^dataset normalise/d' -e 's/^sweep m over.*/fit m epochs=3 validation_split=0.2/' prepared.md >plain.md
for lab in prepared plain; do
    "$CORNU_PROGRAM" lab run $lab.md --out $lab --format html --quiet >out 2>&1 || fail "$lab.md: $(cat out)"
done
cmp prepared/results.csv plain/results.csv || fail "a sweep that leaves normalise out: another network than without it"
sed 's/\[none\] dataset/[none, standard, minmax] dataset/' prepared.md >several.md
says 0 'normalise.by=' sweep several.md --store several.db
sed 's/normalise[.]by/normalise.bye/' prepared.md >wrong.md
says 2 "did you mean 'normalise.by'" sweep wrong.md --store none
sed 's/normalise[.]by=\[none\]/normalise.by=[1..300]/' prepared.md >wrong.md
says 2 'expected a list of at most 16 values' sweep wrong.md --store none

says 0 '12 trials' sweep study.md
says 0 '12 complete' sweep study.md
says 0 'study 1: m' runs
says 0 '12 of 12 trials' runs --limit 0
best=$("$CORNU_PROGRAM" runs --limit 1 --csv | sed -n '2s/^1,m,\([0-9]*\),.*/\1/p')
says 0 'epoch 3 - accuracy' runs show "$best" --model best.keras
"$CORNU_PROGRAM" summary --model best.keras >out || fail "the kept model is no model"
says 0 'val_loss (last)' runs compare "$best" $(((best + 1) % 12))
says 0 'written to ml' runs export --mlflow ml
says 0 'kB' runs page --out page.html
grep -q 'Parallel coordinates' page.html || fail "no page"
"$CORNU_PROGRAM" runs export --out all.csv
[ "$(wc -l <all.csv)" = 13 ] || fail "a CSV of $(wc -l <all.csv) lines"
"$CORNU_PROGRAM" sweep study.md --json | python3 -c 'import json, sys; s = json.load(sys.stdin)["sweeps"][0]; assert s["complete"] == 12 and s["best"]["params"]["units"]' ||
    fail "--json of sweep"
says 0 '12 complete' sweep study.md --store none

# no two columns have one name
study 'sweep m over units=[2..4] epochs=[1, 2] trials=2 objective=[loss, min(parameters)]' >columns.md
says 0 '2 complete' sweep columns.md --store columns.db
"$CORNU_PROGRAM" runs --csv --store columns.db | head -n 1 | tr , '\n' | sort | uniq -d | grep . && fail "two columns have one name"
[ "$("$CORNU_PROGRAM" runs compare 0 1 --store columns.db | grep -c '^parameters')" = 1 ] || fail "parameters twice side by side"

# shards, and their stores as one
for i in 1 2 3; do says 0 '4 complete' sweep study.md --shard $i/3 --store part-$i.db; done
says 0 '4 trials added' runs merge part-1.db part-2.db part-3.db --store joined.db
"$CORNU_PROGRAM" runs --limit 0 --json >a.json
"$CORNU_PROGRAM" runs --limit 0 --json --store joined.db >b.json
cmp a.json b.json || fail "the shards' stores came to something else"

# mistakes; a command that fails makes no store
printf 'name,value\nx,y\n' >bad.csv
says 3 'has no values of epochs' runs import bad.csv --store fresh.db
says 1 'there is no such store' runs merge nowhere.db --store fresh.db
ls fresh.db* 2>/dev/null && fail "a store is left of what failed"
says 1 'there is no such store' runs --store nowhere.db
says 2 "did you mean 'list'" runs lisst
says 2 'has no trial 99' runs show 99
says 2 "expected the number of a trial" runs show best
says 2 "did you mean 'units'" runs --sort unis
says 2 'I from 1 to N' sweep study.md --shard 4/3

study 'sweep m over unit=[2, 4] epochs=1 objective=loss' >wrong.md
says 2 "did you mean 'units'" sweep wrong.md
# the dimension with the mistake is named, also where another one is tried first
study 'sweep m over units=[2, 4] optimizer=[adam] optimizer.beta_1=[0.9, 2] epochs=1 objective=loss' >wrong.md
says 2 'sweep: optimizer.beta_1 = 2: optimizer adam: beta_1 = 2, expected a number from 0 to 1' sweep wrong.md
study 'sweep m over units=[2, 4] batch_size=[8, 0] epochs=1 objective=loss' >wrong.md
says 2 'sweep: batch_size: got 0, expected a whole number of at least 1' sweep wrong.md
study 'sweep m over units=[2..4] epochs=1 objective=val_loss' >wrong.md
says 2 'there is no validation' sweep wrong.md
study 'sweep m over units=[2..4] dropout=0.5 epochs=1 objective=loss' >wrong.md
says 2 'in brackets: dropout=[…]' sweep wrong.md
study 'sweep m over units=[2..4] epochs=1 objectve=loss' >wrong.md
says 2 "did you mean 'objective'" sweep wrong.md
study 'fit m' >wrong.md
says 2 'has no sweep' sweep wrong.md

# the best of a sweep is the model of the statements below it
study 'sweep m over units=[2..64 log] trials=6 epochs=3 validation_split=0.2' 'evaluate m
compare m' >lab.md
says 0 'The best is trial' lab run lab.md --out lab
says 0 '1 already there' lab run lab.md --out lab
says 0 '1 already there' lab render lab.md --out lab
grep -q '"parameters"' lab/results.json || fail "no results"
