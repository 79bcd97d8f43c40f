#!/bin/sh
# A small lab from end to end: two runs with caches of their own give the same bytes, an edited sentence trains nothing,
# one changed model trains that one alone, a failure keeps what stands before it, mistakes are told with their lines.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
scratch=$(mktemp -d "$PWD/lab-document-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
target=$(head -n 1 heating.csv | tr -d '\r' | awk -F, '{ print $NF }')

fail() { echo "failed: $*" >&2; exit 1; }
run() { # FOLDER CACHE [ARGS]
    folder=$1 cache=$2
    shift 2
    "$CORNU_PROGRAM" lab run lab.md --out "$folder" --cache "$cache" --no-times "$@"
}
has() { grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' is not in $2"; }; }

cat >lab.md <<END
---
title: Two networks
language: en
seed: 3
---

# Data

\`\`\`cornu
dataset heating.csv target=$target test_split=0.2
dataset info
dataset normalise
\`\`\`

# Networks

\`\`\`cornu
model a "Four units"
  dense 4 relu
  dense 1
model b "Eight units"
  dense 8 relu
  dense 1
compile a, b optimizer=adam loss=mse metrics=mae
fit a, b epochs=2 validation_split=0.25
plot history a
plot difference a
compare a, b
plot prediction b
\`\`\`

The better one is {{best(a, b, by=val_loss).title}}, after {{a.epochs}} epochs; \`{{code}}\` stays.

\`\`\`cornu expect=error
summary c
\`\`\`
END

run one one.sqlite >one.log
has "2 new trainings, 0 already there" one.log
[ "$(grep -c '^38/38 - ' one.log)" = 4 ] || { cat one.log; fail "there are not four lines of epochs"; }
has "unknown model 'c'" one.log
run two two.sqlite --jobs 1 --threads 2 >two.log
rm -rf one/models two/models # compared by the results
diff -r one two || fail "two runs differ"
for file in index.html report.pdf lab.ipynb results.json results.csv figures/compare.svg figures/compare.pdf figures/compare.png; do
    [ -s "one/$file" ] || fail "$file is missing"
done
has "Eight units" one/index.html
has "{{code}}" one/index.html

sed -i.bak 's/The better one/The best one/' lab.md
run one one.sqlite >again.log
has "0 new trainings, 2 already there" again.log
has "The best one" one/index.html
cmp one/results.csv two/results.csv || fail "a sentence changed a result"
[ -s one/models/a.keras ] || fail "the models are not there again"

"$CORNU_PROGRAM" lab statements >statements.log
has "fit models epochs=1 batch_size=none " statements.log
has "dataset one_hot" statements.log

# The notebook as Python code: the words of Keras, an expected error attempted.
run code one.sqlite --format ipynb --language python >code.log
for words in 'layers.Dense(8, \"relu\"),' 'a.compile(optimizer=\"adam\", loss=\"mse\", metrics=[\"mae\"])' \
    'history_b = b.fit(x_train, y_train, epochs=2, validation_split=0.25, verbose=2)' \
    'plot_history(history_a, ' 'except Exception as error:'; do
    grep -qF -- "$words" code/lab.ipynb || fail "lab.ipynb as Python has no $words"
done
if command -v python3 >/dev/null 2>&1; then
    python3 -c 'import ast, json
for cell in json.load(open("code/lab.ipynb"))["cells"]:
    cell["cell_type"] == "code" and ast.parse("".join(cell["source"]))' || fail "a cell is no Python"
fi

sed -i.bak 's/dense 8 relu/dense 9 relu/' lab.md
run one one.sqlite >changed.log
has "1 new training, 1 already there" changed.log

"$CORNU_PROGRAM" lab render lab.md --out three --cache none.sqlite >none.log 2>&1 && fail "rendered what was never trained"
has "is not in the cache" none.log

# a report that cannot be written anew stays as it is
cp one/index.html before.html
"$CORNU_PROGRAM" lab render lab.md --out one --no-cache >render.log 2>&1 && fail "rendered without results"
has "fit a is not in the cache; cornu lab run trains it" render.log
cmp before.html one/index.html || fail "a report was lost to a render that failed"

# what is wrong is told with its line, all of it, and nothing is trained or written
sed -e 's/dense 4 relu/dense 4 rellu/' -e 's/^plot history a/plot historia a/' -e 's/epochs=2/epochs=two/' lab.md >bad.md
"$CORNU_PROGRAM" lab check bad.md >bad.log 2>&1 && fail "mistakes were let pass"
has "bad.md:19: 'dense 4 rellu': layer dense: unknown activation 'rellu'; did you mean 'relu'?" bad.log
has "bad.md:25: fit: epochs = two, expected an integer from 1" bad.log
has "bad.md:26: unknown word after 'plot': 'historia'; did you mean 'history'?" bad.log
printf '# x\n\n```cornu\nsummary a\n' >open.md
"$CORNU_PROGRAM" lab check open.md >open.log 2>&1 && fail "an open block was let pass"
has "open.md:3: the block that begins here is never closed" open.log
printf 'a\001b\n' >binary.md
"$CORNU_PROGRAM" lab check binary.md >binary.log 2>&1 && fail "a binary file was let pass"
has "binary.md:1: the byte 0x01 is no text" binary.log
printf 'Text {{a.loss.last}}\n' >prose.md
"$CORNU_PROGRAM" lab check prose.md >prose.log 2>&1 && fail "an unknown name in prose was let pass"
has "prose.md:1: {{a.loss.last}}: unknown name 'a'" prose.log
# formulas and pictures of the prose are looked at before anything runs
printf 'Text $\\lamda$.\n\n![p](nowhere.png)\n' >prose.md
"$CORNU_PROGRAM" lab check prose.md >prose.log 2>&1 && fail "a formula and a picture that are not there were let pass"
has 'prose.md:1: $\lamda$: unknown command '"'\\lamda'; did you mean '\\lambda'?" prose.log
has "prose.md:3: nowhere.png: there is no picture nowhere.png" prose.log
cp one/figures/compare.png picture.png
printf "A picture, @fig-it, and \$x^2\$.\n\n![It](picture.png){#fig-it width=50%%}\n\n\`\`\`cornu\ndataset heating.csv target=$target\ndataset info\n\`\`\`\n" >prose.md
"$CORNU_PROGRAM" lab run prose.md --out prose --quiet || fail "a lab with a picture does not run"
has 'data:image/png;base64,' prose/index.html
has '<a href="#figure:1">Figure' prose/index.html
has '"attachments": {' prose/lab.ipynb
"$CORNU_PROGRAM" lab check prose/lab.ipynb >prose.log 2>&1 || fail "the notebook's prose is not that of the document"
"$CORNU_PROGRAM" lab run prose/lab.ipynb --out again --quiet || fail "the notebook does not run without the picture beside it"
has 'data:image/png;base64,' again/index.html
has '"attachments": {' again/lab.ipynb
echo "a lab from end to end"

# Every callback that stops a training says so in the document's language.
cat >stops.md <<END
---
title: Paradas
language: es
---

\`\`\`cornu
dataset heating.csv target=$target test_split=0.2
dataset normalise
model below "Límite"
  dense 1
model early "Paciencia" like=below
model patient "Dos épocas" like=below
model lost "Perdida" like=below
compile below, early, patient optimizer=sgd(learning_rate=0.0001) loss=mse
compile lost optimizer=sgd(learning_rate=1e30) loss=mse
fit below epochs=3 callbacks=stop_below(monitor=loss, value=1e30)
fit early epochs=3 callbacks=early_stopping(monitor=loss, min_delta=1e30, patience=1)
fit patient epochs=4 callbacks=early_stopping(monitor=loss, min_delta=1e30, patience=2)
fit lost epochs=3 callbacks=terminate_on_nan()
\`\`\`

Se detuvo: {{below.stopped}}.
END
# diverges ARGUMENTS: the run fails with the place of the fit whose loss was lost, and writes all the same
diverges() {
    if "$CORNU_PROGRAM" lab run stops.md --format html "$@" 2>diverged; then fail "a lost training passes"; fi
    has "stops.md:19: fit lost: training diverged" diverged
}
diverges --out stops --no-cache >stops.log
has "parada: stop_below: loss = " stops.log
has " bajó de 1e+30 en la época 1" stops.log
has "(época 1) en 1 época" stops.log
has "(época 1) en 2 épocas" stops.log
has "parada: terminate_on_nan: la pérdida fue " stops.log
has "Se detuvo: stop_below: loss = " stops/index.html
grep -E 'parada: .* (epoch|epochs|batch) ' stops.log && fail "a reason is told in English"
diverges --out kept-1 --cache stops.sqlite >kept-1.log
diverges --out kept-2 --cache stops.sqlite >kept-2.log
grep parada: stops.log >told
grep parada: kept-2.log | cmp - told || fail "reasons from the cache are not those of the run"
exit 0
