# A study whose program is killed, again and again, at any moment: the store is whole each time, and in the end it holds what a
# study that ran through holds.
set -eu
folder=$(mktemp -d "$PWD/killed-XXXXXX")
program=
trap '[ -z "$program" ] || kill -9 "$program" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
XDG_CACHE_HOME=$folder/cache
export XDG_CACHE_HOME
awk 'BEGIN { srand(3); print "a,b,c,d,kind"
    for (i = 0; i < 800; i++) { a = rand() - .5; b = rand() - .5; print a "," b "," rand() "," rand() "," (a * b > 0 ? "yes" : "no") } }' >points.csv
cat >study.md <<'END'
```cornu
dataset points.csv target=kind
model m
  dense 16 relu
  dense 1 sigmoid
compile m optimizer=adam loss=binary_crossentropy metrics=accuracy
sweep m over units=[2..64 log] optimizer.learning_rate=[1e-3..1e-1 log] trials=60 epochs=12 validation_split=0.2 \
      objective=val_accuracy sampler=tpe pruner=asha seeds=2
```
END
begun=$(date +%s.%N)
"$CORNU_PROGRAM" sweep study.md --store whole.db --jobs 1 --quiet
whole=$(awk "BEGIN { print $(date +%s.%N) - $begun }")
"$CORNU_PROGRAM" runs --store whole.db --limit 0 --json >whole.json
started=0
for part in 0.15 0.2 0.25 0.3 0.35 0.1 0.4 0.5 0.6 0.05; do # of the time that the whole took
    "$CORNU_PROGRAM" sweep study.md --store part.db --jobs 2 --quiet &
    program=$!
    sleep "$(awk "BEGIN { print $part * $whole }")"
    kill -9 "$program" 2>/dev/null || true
    wait "$program" 2>/dev/null || true
    [ -e part.db ] || continue
    # killed before or in the first transaction it may have no tables yet, or a journal that the next sweep rolls back
    if "$CORNU_PROGRAM" runs --store part.db --limit 0 --state complete --json >part.json 2>message; then started=$((started + 1)); else
        grep -qE 'is empty|mends it' message || fail "after a kill: $(cat message)"
    fi
done
[ "$started" -gt 0 ] || fail "the program was killed before it had begun: $started of 10"
"$CORNU_PROGRAM" sweep study.md --store part.db --jobs 3 --quiet
"$CORNU_PROGRAM" runs --store part.db --limit 0 --json >part.json
cmp whole.json part.json || fail "the study that was killed came to something else"

# One that is stopped holds its store: another is told so at once, readers read, and it goes on where it was.
rm -f part.db*
"$CORNU_PROGRAM" sweep study.md --store part.db --jobs 2 --quiet &
program=$!
sleep "$(awk "BEGIN { print 0.2 * $whole }")"
while ! "$CORNU_PROGRAM" runs --store part.db --json >/dev/null 2>&1 && kill -0 "$program" 2>/dev/null; do sleep 0.02; done
kill -STOP "$program"
if "$CORNU_PROGRAM" sweep study.md --store part.db --quiet 2>message; then fail "two programs wrote to one store"; fi
grep -q 'writes to it' message || fail "beside a stopped sweep: $(cat message)"
[ ! -r /proc/locks ] || grep -q "process $program" message || fail "the stopped program is not named: $(cat message)"
"$CORNU_PROGRAM" runs --store part.db --limit 0 --json >/dev/null || fail "a reader waits for a stopped program"
kill -CONT "$program"
wait "$program" || fail "the sweep that was stopped did not go on"
program=
"$CORNU_PROGRAM" runs --store part.db --limit 0 --json >part.json
cmp whole.json part.json || fail "the study that was stopped came to something else"
