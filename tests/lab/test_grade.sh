#!/bin/sh
# cornu lab grade: rules of a solution on several documents, points, what is verified bit for bit, a document that does not
# run, and one that tries to reach out of its folder.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/grade-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
target=$(head -n 1 heating.csv | tr -d '\r' | awk -F, '{ print $NF }')

fail() { echo "failed: $*" >&2; exit 1; }
has() { grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }

lab() { # UNITS EXTRA
    printf '# A lab\n\n```cornu\ndataset ../heating.csv target=%s test_split=0.2\ndataset normalise\nmodel a\n  dense %s relu\n  dense 1\n' \
        "$target" "$1"
    printf 'compile a optimizer=adam loss=mse metrics=mae\nfit a epochs=2 validation_split=0.25\nevaluate a\n%s```\n' "$2"
}
mkdir ana ben eve fay
lab 8 '' >ana/lab.md
lab 4 '' >ben/lab.md
lab 8 'save a ../../../stolen.keras
' >eve/lab.md
lab 8 '' | sed 's/^model a/modle a/' >fay/lab.md
cat >solution.md <<END
# The solution

\`\`\`grade
1.1 0.25 a.parameters == 129
1.2 0.5  a.epochs == 2
# what depends on the training has a range
2.1 1    a.val_loss.last > 0 and a.val_loss.last < 1e12
2.2 2    b.val_loss.last < 1
\`\`\`
END
# what Ana hands in was run by her; Ben changed a number in his results
"$CORNU_PROGRAM" lab run ana/lab.md --out ana-out --cache c.sqlite --quiet --no-times
cp ana-out/results.json ana
"$CORNU_PROGRAM" lab run ben/lab.md --out ben-out --cache c.sqlite --quiet --no-times
sed 's/"hash": "....../"hash": "000000/' ben-out/results.json >ben/results.json
"$CORNU_PROGRAM" lab grade ana/lab.md ben/lab.md eve/lab.md fay/lab.md --against solution.md --out grades --cache c.sqlite \
    --allow . >grade.log 2>&1 || { cat grade.log >&2; fail "grade ends with an error"; }
has 'Submission,1.1 (0.25),1.2 (0.5),2.1 (1),2.2 (2),Total,Verified,Note' grades/grades.csv
has "ana/lab.md,0.25,0.5,1,0,1.75,yes,\"2.2: " grades/grades.csv
has 'ben/lab.md,0,0.5,1,0,1.5,no,' grades/grades.csv
has 'eve/lab.md,0,0,0,0,0,–,' grades/grades.csv
has 'fay/lab.md,0,0,0,0,0,–,' grades/grades.csv
has "unknown statement 'modle'" grades/grades.csv
[ ! -e ../stolen.keras ] && [ ! -e stolen.keras ] || fail "a document wrote outside"
has '<th scope="row">ana/lab.md</th>' grades/grades.html
[ -s grades/1-lab/index.html ] || fail "there is no report of the first submission"
cp grades/grades.csv first.csv
"$CORNU_PROGRAM" lab grade ana/lab.md ben/lab.md eve/lab.md fay/lab.md --against solution.md --out grades --cache c.sqlite \
    --allow . --quiet
cmp first.csv grades/grades.csv || fail "the same documents got other grades"
# --json is the same class, and a document that would run for hours is stopped, with the points of what it has done
mkdir gil
lab 8 '' | sed 's/epochs=2/epochs=1000000/' >gil/lab.md
"$CORNU_PROGRAM" lab grade ana/lab.md gil/lab.md --against solution.md --out late --cache c.sqlite --allow . --time-limit 1 \
    --json >late.json || fail "grade with a time limit"
has '{"submission": "ana/lab.md", "points": {"1.1": 0.25, "1.2": 0.5, "2.1": 1.0, "2.2": 0.0}, "total": 1.75, "verified": true' late.json
has '{"submission": "gil/lab.md", "points": {"1.1": 0.25, "1.2": 0.0' late.json
has 'it took longer than 1 seconds and was stopped' late.json
has 'it took longer than 1 seconds and was stopped' late/grades.csv
# grading that is told to end takes the submission's process along, and writes no table
"$CORNU_PROGRAM" lab grade gil/lab.md --against solution.md --out told --cache c.sqlite --allow . >told.log 2>&1 &
child=$!
while ! [ -d told/1-lab/models ]; do sleep 0.05; done
works=$(ps -o pid= --ppid "$child" 2>/dev/null | tr -d ' ') || works=
before=$(date +%s)
kill -TERM "$child"
code=0
wait "$child" || code=$?
[ "$code" = 143 ] || { cat told.log >&2; fail "grading told to end ended with $code, expected 143"; }
[ $(($(date +%s) - before)) -le 6 ] || fail "grading that was told to end went on"
[ -z "$works" ] || ! kill -0 "$works" 2>/dev/null || fail "the submission goes on"
has 'interrupted at gil/lab.md' told.log
[ ! -e told/grades.csv ] && [ -z "$(find told -name '.cornu-*')" ] || fail "files of grading that was told to end stay"
# what a student puts beside the document is not waited for, and a document that cannot be read is no verdict
rm ana/results.json
mkfifo ana/results.json
"$CORNU_PROGRAM" lab grade ana/lab.md gone.md --against solution.md --out grades --cache c.sqlite --allow . >gone.log 2>&1 &&
    fail "a document that is not there was graded"
has 'gone.md: not run to its end' gone.log
has '1 of 2 documents could not be run to their end' gone.log
has 'ana/lab.md,0.25,0.5,1,0,1.75,–,' grades/grades.csv
has 'gone.md,0,0,0,0,0,–,' grades/grades.csv
printf '# nothing\n' >none.md
"$CORNU_PROGRAM" lab grade ana/lab.md --against none.md >none.log 2>&1 && fail "a solution without rules was let pass"
has 'none.md has no rules' none.log
printf '```grade\n1.1 much a.epochs == 2\n```\n' >none.md
"$CORNU_PROGRAM" lab grade ana/lab.md --against none.md >none.log 2>&1 && fail "a rule without points was let pass"
has "none.md:2: '1.1 much a.epochs == 2', expected for example" none.log
"$CORNU_PROGRAM" lab grade >none.log 2>&1 && fail "grade without documents was let pass"
echo "a class that is graded"
