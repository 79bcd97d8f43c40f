# Looking at a table, and judging what was trained on it: columns described, folds, ROC with its area, a threshold; and the
# saved model answers for raw rows as the lab did.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/judging-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fails() { echo "$1"; cat said; exit 1; }
has() { grep -qF -- "$1" said || fails "'$1' is not in:"; }
like() { grep -qE -- "$1" said || fails "nothing like '$1' in:"; }
lab() { { printf -- '---\ntitle: t\nlanguage: en\n---\n\n```cornu\n'; cat; printf '```\n\n%s\n' "${2:-}"; } >"$1.md"; }
runs() { "$CORNU_PROGRAM" lab run "$1.md" --no-cache --format html --out "$1" >said 2>&1 || fails "$1 fails:"; }
says() {
    if "$CORNU_PROGRAM" lab check "$1.md" >said 2>&1; then fails "no mistake was found; expected: $2"; fi
    has "$2"
}

# two classes that overlap, scores with ties
table() {
    awk -v OFS=, -v first="$1" -v n="$2" 'BEGIN { print "a,b,town,sick"
        for (i = first; i < first + n; i++) {
            a = (i * 37) % 23; b = (i * 11) % 17
            print a, (i % 9 == 4 ? "" : b), (i % 4 ? "Rome" : "Oslo"), (a + b + (i * 7) % 13 > 24 ? "yes" : "no") } }'
}
table 0 200 >train.csv
table 1000 90 >test.csv

lab look <<'END'
dataset train.csv target=sick missing=median test=test.csv
dataset describe
dataset histogram a
dataset histogram town
dataset histogram a log=true
dataset scatter a b log=x
dataset scatter a b colour=sick
dataset correlation
dataset missing
dataset boxplot [a, b] by=sick
dataset pairs colour=sick
END
runs look
has "Distribution of the column a. 9 rows with values that are not over 0 are left out."
like '^a +200 +0 +[0-9.]+ +[0-9.]+ +0 '
like '^b +178 +22 '
like '^town +200 +0 +2 +Rome +150'
like '^a +1\.00 +-?[0-9.]+$'
[ -s look/figures/boxplot.svg ] && [ -s look/figures/pairs.svg ] && [ -s look/figures/scatter.svg ] && [ -s look/figures/missing.svg ] && [ -s look/figures/column-2.svg ] || fails "figures:"
wrong() { printf 'dataset train.csv target=sick missing=drop\n%s\n' "$1" | lab wrong; says wrong "$2"; }
wrong 'dataset histogram c' "unknown column 'c'"
wrong 'dataset scatter a town' "column 'town' holds words, expected numbers"
wrong 'dataset scatter a b colour=a' "expected a column of words"
wrong 'dataset boxplot town' "column 'town' holds words, expected numbers"
wrong 'dataset scatter a b log=z' "log=z, expected true, x, y or [x, y]"
wrong 'dataset histogram log=true' "log=true is for a column of numbers"
wrong 'dataset histogram town log=true' "column 'town' holds words, expected numbers"
wrong 'dataset pairs [a, c]' "unknown column 'c'"
wrong 'dataset boxplot by=a' "expected a column of words"
wrong 'dataset info a' "dataset info takes no column"

lab judge <<'END'
dataset train.csv target=sick missing=median test=test.csv
dataset normalise
model m
  dense 8 relu
  dense 1 sigmoid
compile m optimizer=adam(learning_rate=0.02) loss=binary_crossentropy metrics=accuracy
fit m epochs=20 batch_size=16
plot roc m
plot precision_recall m
plot calibration m
report m threshold=0.2
crossvalidate m folds=4 stratify=true repeats=2
save m judge.keras
END
printf '\nCV {{m.crossvalidate.accuracy.mean:.4f}}, recall {{m.recall.class("yes"):.2f}}\n' >>judge.md
runs judge
cp said judged
[ "$(grep -cE '^[1-8] +[01]\.[0-9]{4} ' judged)" = 8 ] || fails "a row for each fold:"
mean=$(awk '/^[1-8] +[01]\.[0-9]/ { sum += $2 } END { printf "%.4f", sum / 8 }' judged)
grep -qF "CV $mean, recall" judge/index.html || fails "the mean of the folds ($mean):"
area=$(sed -n 's/^yes (area \([0-9.]*\))$/\1/p' judged | head -1)
precision=$(sed -n 's/^yes (area \([0-9.]*\))$/\1/p' judged | tail -1)

# the same from the saved model: the area is the share of pairs that are in order
"$CORNU_PROGRAM" predict --model judge/judge.keras --data test.csv --out answers.csv
paste -d, answers.csv test.csv | awk -F, 'NR > 1 { s[NR] = $4; y[NR] = $8 == "yes" }
    END { for (i in s) for (j in s) if (y[i] && !y[j]) { n++; w += s[i] > s[j] ? 1 : s[i] == s[j] ? 0.5 : 0 }
          printf "%.4f\n", w / n }' >pairs
[ "$(cat pairs)" = "$area" ] || fails "area $area, of the saved model's answers $(cat pairs):"
recall=$(paste -d, answers.csv test.csv | awk -F, 'NR > 1 && $8 == "yes" { n++; hit += $4 > 0.2 } END { printf "%.2f", hit / n }')
grep -qE "^yes +[01]\.[0-9]+ +$recall " judged || { cp judged said; fails "recall at the threshold: $recall:"; }
awk -v p="$precision" 'BEGIN { exit !(p > 0 && p <= 1) }' || fails "average precision $precision:"

sed 's/threshold=0.2/threshold=20/' judge.md >high.md
says high "expected a probability from 0 to 1"
sed 's/folds=4/folds=1000/' judge.md >folds.md
says folds "folds = 1000, expected at most 200, the training samples"

# numbers: residuals
# one column decides, another is noise
awk -v OFS=, 'BEGIN { print "key,noise,word,value"; for (i = 0; i < 120; i++)
    print i % 11, (i * 29) % 13, (i % 3 ? "up" : "down"), 3 * (i % 11) + (i % 3 ? 2 : 0) }' >keys.csv
lab numbers <<'END'
dataset keys.csv target=value
dataset normalise
model r
  dense 1
compile r optimizer=adam(learning_rate=0.1) loss=mse
fit r epochs=60 batch_size=8
plot residuals r
importance r repeats=3
crossvalidate r folds=3
END
runs numbers
like '^r: R² -?[0-9.]+, MAE [0-9.e-]+, RMSE [0-9.e-]+'
awk '/^Column +Importance/ { on = 1; next } on && n < 3 { print $1, ($2 > 1); n++ }' said >order
printf 'key 1\nword 1\nnoise 0\n' | cmp -s - order || { cat order; fails "importance:"; }
sed 's/folds=3/stratify=true/' numbers.md >strata.md
says strata "stratify=true, and the targets are numbers"

# a plane of two inputs; weights of samples from a column; the last and the best epoch
awk -v OFS=, 'BEGIN { print "a,b,w,k"; for (i = 0; i < 80; i++) print (i * 37) % 23, (i * 11) % 17, i % 3, ((i * 37) % 23 > 11 ? "p" : "q") }' >plane.csv
lab plane <<'END'
dataset plane.csv target=k ignore=[w]
dataset normalise
model m
  dense 4 relu
  dense 1 sigmoid
model w like=m
compile m, w optimizer=adam loss=binary_crossentropy metrics=accuracy
fit m epochs=3
fit w epochs=3 sample_weight=w
plot boundary m
compare m, w by=best
compare m, w by=last
END
runs plane
[ -s plane/figures/boundary-m.svg ] || fails "no boundary:"
has "Best epoch in training and in validation"
has "Last epoch in training and in validation"
weighed() { printf 'dataset plane.csv target=k %s\nmodel m\n  dense 1 sigmoid\ncompile m loss=binary_crossentropy\nfit m %s\n' "$1" "$2" | lab weighed; says weighed "$3"; }
weighed '' 'sample_weight=w' "column 'w' is an input, too; ignore=[w]"
weighed '' 'sample_weight=v' "unknown column 'v'"
weighed 'columns=[a]' 'sample_weight=k' "column 'k' holds words, expected numbers"
printf 'dataset plane.csv target=k\nmodel m\n  dense 1 sigmoid\ncompile m loss=binary_crossentropy\nfit m\nplot boundary m\n' | lab three
says three "a sample of m has 3 numbers; expected two inputs"

# fraud: one row in a hundred, recognised by two columns together. Unweighted a network says no to all; the weights, the
# curve of precision and recall, and the share of each class in the test part are what one needs
awk -v OFS=, 'BEGIN { print "amount,hour,v1,v2,fraud"; srand(5)
    for (i = 0; i < 4000; i++) { f = i % 100 == 37; a = rand() + rand() + rand() - 1.5; b = rand() + rand() + rand() - 1.5
        printf "%.2f,%d,%.4f,%.4f,%s\n", exp(4 * rand()), i % 24, a + (f ? 1.5 : 0), b - (f ? 1.5 : 0), (f ? "yes" : "no") } }' >fraud.csv
lab fraud <<'END'
dataset fraud.csv target=fraud stratify=true test_split=0.25
dataset normalise
model even
  dense 8 relu
  dense 1 sigmoid
model weighted like=even
compile even weighted loss=binary_crossentropy metrics=[accuracy, auc(curve=PR, name=pr), recall] optimizer=adam(learning_rate=0.01)
fit even epochs=3 batch_size=100 verbose=0
fit weighted epochs=3 batch_size=100 class_weight=balanced verbose=0
evaluate even weighted
report weighted
plot roc weighted
END
runs fraud
awk '/recall: / { sub(/.*recall: /, ""); r[++n] = $1 + 0 } END { exit !(n >= 2 && r[n] > 0.7 && r[n] > r[n - 1]) }' said ||
    fails "class_weight=balanced finds no more of the rare class:"
like '^yes .* 10$'
like '^no .* 990$'
