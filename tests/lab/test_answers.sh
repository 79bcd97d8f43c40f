#!/bin/sh
# What cornu lab answers to programs and editors: --json of check and run, a document on the standard input, references to nothing, and
# that every lab of labs/ has no mistakes. Of the PDF: that it is tagged, names its language, and that references are links.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/answers-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/penguins.csv" "$scratch"
cd "$scratch"
fail() { echo "failed: $*" >&2; exit 1; }
has() { grep -qaF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }
ends() { # CODE COMMAND…
    code=$1 status=0
    shift
    "$@" >out 2>err || status=$?
    [ "$status" = "$code" ] || { cat out err >&2; fail "exit code $status of $*"; }
}

cat >lab.md <<'END'
---
title: Answers
language: en
---

# One

```cornu
dataset penguins.csv target=species missing=drop
dataset normalise
dataset one_hot
model a
  dense 4 relu
  dense 3 softmax
compile a optimizer=adam loss=categorical_crossentropy metrics=accuracy
fit a epochs=1
plot history a
plot history a
compare a
dataset show 3
```

See @fig-history-a, @fig-history-a-2, @tbl-compare-a and [one](#one); `@fig-nothing` is code, and me@fig-tree.org an address.
END
ends 0 "$CORNU_PROGRAM" lab check lab.md --json
has '{"document": "lab.md", "models": 1, "trainings": 1, "mistakes": []}' out
[ ! -s err ] || fail "check writes to the standard error"
sed 's/relu/rilu/; s/@fig-history-a,/@fig-histori-a, @fig-history-a-3 @tbl-report-a/' lab.md >wrong.md
ends 2 "$CORNU_PROGRAM" lab check wrong.md --json
has '{"line": 13, "message": "'\''dense 4 rilu'\'': layer dense: unknown activation '\''rilu'\''; did you mean' out
sed 's/rilu/relu/' wrong.md >refers.md
ends 2 "$CORNU_PROGRAM" lab check refers.md
has 'refers.md:23: @fig-histori-a: there is no such figure; did you mean @fig-history-a?' err
has 'refers.md:23: @fig-history-a-3: there is no such figure' err
has 'refers.md:23: @tbl-report-a: there is no such table' err
! grep -q 'nothing\|tree' err || fail "code or an address is taken for a reference"

# a document that lies in no file
"$CORNU_PROGRAM" lab - --json --out one --cache c.sqlite --no-times <lab.md >one.json 2>log || fail "lab -"
has '"document": "standard input", "models": 1, "trainings": 1, "mistakes": [], "out": "one", "trained": 1, "cached": 0' one.json
has '"results": {' one.json
has 'Epoch 1/1' log
"$CORNU_PROGRAM" lab run lab.md --json --out two --cache c.sqlite --no-times 2>/dev/null >two.json
has '"trained": 0, "cached": 1' two.json
cmp one/index.html two/index.html || fail "a document on the standard input gives another report"
"$CORNU_PROGRAM" lab check - <wrong.md >/dev/null 2>err && fail "a wrong document on the standard input"
has "standard input:13: 'dense 4 rilu'" err
ends 2 "$CORNU_PROGRAM" lab run lab.md --json=answer.json
has 'a lab writes inside --out alone; expected --json' err
ends 2 "$CORNU_PROGRAM" lab new x.md --json
ends 2 "$CORNU_PROGRAM" lab watch -
has "expected the name of a document" err

# the PDF for a reader that speaks
for word in '/MarkInfo << /Marked true >>' '/Lang (en)' '/DisplayDocTitle true' '/Alt <FEFF0061' '/S /TH' '/S /TOCI' '/S /Caption' \
    '/Dest (f1)' '/Dest (f2)' '/Dest (t1)'; do
    has "$word" one/report.pdf
done
if command -v qpdf >/dev/null; then
    qpdf --check one/report.pdf >checked 2>&1 || { cat checked; fail "qpdf refuses the PDF"; }
fi
if command -v pdfinfo >/dev/null; then
    pdfinfo -struct-text one/report.pdf >structure 2>/dev/null || true
    for heard in '"See Figure 1, Figure 2, Table 1 and one;' '"Epoch 1/1"' '"One"'; do has "$heard" structure; done
fi

# what the sources bring
for lab in "$CORNU_TESTS_DIR"/../labs/*.md; do
    status=0
    "$CORNU_PROGRAM" lab check "$lab" >out 2>err || status=$?
    [ "$status" != 4 ] || continue # its data set is not here
    [ "$status" = 0 ] || { cat err >&2; fail "$lab has mistakes"; }
done
echo "answers of the lab"
