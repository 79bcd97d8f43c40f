# Tables and pictures on the command line: trained on, evaluated, and new rows predicted with the preparation that the model
# carries.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/cli-tables-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fails() { echo "$1"; cat said; exit 1; }
runs() { "$CORNU_PROGRAM" "$@" >said 2>&1 || fails "cornu $* fails:"; }
# says TEXT ARGUMENTS: the command fails with a message that holds TEXT
says() {
    text=$1; shift
    if "$CORNU_PROGRAM" "$@" >said 2>&1; then fails "cornu $* passes; expected: $text"; fi
    grep -qF -- "$text" said || fails "'$text' is not in:"
}
has() { grep -qF -- "$1" said || fails "'$1' is not in:"; }

awk -v OFS=, 'BEGIN { print "size,colour,id,price"; for (i = 0; i < 60; i++) { c = i % 3 ? "red" : "blue"; s = i % 17
    print (i % 10 == 4 ? "" : s), c, i, 2 * s + (c == "red" ? 5 : 0) } }' >tea.csv
net='--layers dense(8,relu);dense(1) --loss mse --epochs 400 --optimizer adam(learning_rate=0.02) --verbose 0'

says "Expected --target COLUMN" train --data tea.csv $net
says "--x tea.csv is a table; expected --data tea.csv --target COLUMN" train --x tea.csv --y tea.csv $net
says "line 6: column 'size' has no value" train --data tea.csv --target price $net
says "unknown column 'prize'; did you mean 'price'?" train --data tea.csv --target prize $net
says "--target is for a table" train --data mnist --target price --layers 'dense 1'
runs train --data tea.csv --target price --ignore id --missing mean --scale standard $net --save tea.keras --test
runs train --data tea.csv --target price --ignore id --missing mean --scale standard $net --save tea.npz --save-weights w.npz

# what a message advises is an option as it is typed here
says "--missing drop leaves out 6 of the 60 rows, --missing mean puts the column's mean" train --data tea.csv --target price $net
printf 'a,b\n1,2\n3,4,5\n6,7\n' >ragged.csv
says "--skip-bad-rows leaves out such rows (1); --plain-quotes or --separator may help" data info ragged.csv
runs data info ragged.csv --skip-bad-rows
awk 'BEGIN { print "a,b c"; for (i = 0; i < 30; i++) print i "," (i == 7 ? "many" : i) }' >spoilt.csv
says '--missing-values … takes such a word for a missing value; --category "b c" takes' train --data spoilt.csv --target a $net

# the answers come from the raw columns, whatever else stands in the table
printf 'extra,colour,size\nx,red,10\ny,blue,10\nz,green,\n' >new.csv
for model in tea.keras tea.npz; do
    runs predict --model $model --data new.csv --out answers.csv
    has "Line 4, column 'colour': 'green' is none of the words that were learned"
    awk -F, 'NR == 1 { if ($0 != "line,prediction") exit 1; next }
             NR == 2 && ($1 != 2 || $2 < 23 || $2 > 27) { exit 1 } NR == 3 && ($2 < 18 || $2 > 22) { exit 1 }
             END { if (NR != 4) exit 1 }' answers.csv || { cp answers.csv said; fails "answers of $model:"; }
done
runs evaluate --model tea.keras --data tea.csv --test-split 0 --loss mse
awk -F'loss: ' '/loss/ { if ($2 + 0 > 20) exit 1 }' said || fails "the loss over all rows:"
# a training that goes on takes the table as the model knows it
runs train --resume tea.keras --data tea.csv --epochs 1 --verbose 2 --test --save more.keras
awk -F'loss: ' '/^test/ { if ($2 + 0 > 20) exit 1; seen = 1 } END { exit !seen }' said || fails "the loss of a model that goes on:"
runs predict more.keras --data new.csv
says "has no column 'price', which is to be predicted" train --resume tea.keras --data new.csv --epochs 1
says "the model's file says which columns it takes" train --resume tea.keras --data tea.csv --missing drop
printf 'size\n10\n' >less.csv
says "a column that the model takes is not there: less.csv: unknown column 'colour'" predict --model tea.keras --data less.csv
says "has no column of what is to be predicted" evaluate --model tea.keras --data new.csv
says "the model's file says which columns it takes" evaluate --model tea.keras --data tea.csv --target price
says "expected a name that ends in .csv, .npy or .npz" predict --model tea.keras --data new.csv --out answers.txt

# classes are called as the table calls them
awk -v OFS=, 'BEGIN { print "a,b,kind"; for (i = 0; i < 60; i++) print i % 7, i % 5, (i % 7 > 3 ? "\"yes, sir\"" : "no") }' >kinds.csv
runs train --data kinds.csv --target kind --stratify kind --layers 'dense 8 relu; dense 2 softmax' --epochs 60 \
    --optimizer 'adam(learning_rate=0.05)' --verbose 0 --class-weight no=1 --save k.keras
says "unknown class 'maybe'" train --data kinds.csv --target kind --layers 'dense 2 softmax' --class-weight maybe=1
runs predict --model k.keras --data kinds.csv
has 'line,prediction,probability no,"probability yes, sir"'
grep -qE '^2,no,' said || fails "the first row:"
grep -qE '^6,"yes, sir",' said || fails "the fifth row:"

# folds: each is scored, and their mean is the mean of what is printed
runs train --data kinds.csv --target kind --layers 'dense 8 relu; dense 2 softmax' --epochs 5 --metrics accuracy --verbose 0 --folds 4
[ "$(grep -c '^fold [1-4]: accuracy: ' said)" = 4 ] || fails "four folds:"
awk '/^fold/ { sum += $4 } /^mean: accuracy:/ { d = $3 - sum / 4; if (d < -0.0002 || d > 0.0002) exit 1; seen = 1 }
     END { exit !seen }' said || fails "the mean:"
says "of which none is kept" train --data kinds.csv --target kind --layers 'dense 2 softmax' --folds 3 --save f.keras

# validated on another table, which is prepared as the first one: the same rows give the values of the training
runs train --data kinds.csv --target kind --test-split 0 --scale standard --layers 'dense 2 softmax' --metrics accuracy --verbose 2 \
    --epochs 3 --validation-data kinds.csv --history h.json
"$CORNU_PROGRAM" train --data kinds.csv --target kind --test-split 0 --scale standard --layers 'dense 2 softmax' --metrics accuracy \
    --verbose 0 --epochs 3 --json >scores.json
last=$(sed -n 's/.*val_accuracy: \([0-9.]*\).*/\1/p' said | tail -1)
grep -qF "\"accuracy\": $(echo "$last" | sed 's/0*$//')" scores.json || fails "val_accuracy $last of the training rows:"
says "--validation-data none.csv: there is no such file" train --data kinds.csv --target kind --layers 'dense 2 softmax' \
    --validation-data none.csv
printf 'a,b\n1,2\n' >less.csv
says "--validation-data less.csv: it has no column 'kind', which is to be predicted" train --data kinds.csv --target kind \
    --layers 'dense 2 softmax' --validation-data less.csv
says "expected one of --validation-split, --validation-data" train --data kinds.csv --target kind --layers 'dense 2 softmax' \
    --validation-data kinds.csv --validation-split 0.2

# rows and facts of a table
runs data info kinds.csv
has "kinds.csv: 60 rows, 3 columns, separated by commas"
has "kind  words    2: no, yes, sir"
runs data show kinds.csv --index 4 --count 2
[ "$(wc -l <said)" = 3 ] || fails "two rows and their names:"
printf '1 2\n3 4\n' >plain.txt
runs data info plain.txt --names u,v
has "u  numbers  min 1, max 3, mean 2"

# dates, texts, orders, logs and a scaled target: the metric is in the target's units, from the saved file too, and from C
awk -v OFS=, 'BEGIN { print "sold,size,text,area,price"
    for (i = 0; i < 120; i++) { s = i % 3; a = (i * 37) % 101 + 1; g = i % 4 == 0
        print (i % 28 + 1) "/" (i % 12 + 1) "/2023", (s == 0 ? "S" : s == 1 ? "M" : "L"), (g ? "Good house!" : "old house"),
            (i % 10 == 7 ? "" : a), 1000 * (s + 1) + 500 * g + 3 * a } }' >homes.csv
printf 'area,price\n' >bins.csv
awk -F, 'NR > 1 && $4 != "" { print $4 "," ($4 < 30 ? 1 : $4 < 60 ? 5 : 2) }' homes.csv >>bins.csv
runs train --data bins.csv --target price --bins 'area=30<60' $net --metrics mae --save bins.keras --test
awk -F'mae: ' '/^test/ { if ($2 + 0 > 0.3) exit 1 }' said || fails "a step that bins can follow:"
printf 'area\n29.9\n30\n60\n' >steps.csv
runs predict bins.keras --data steps.csv --out steps.out.csv
says "bins: area=1, expected how many, from 2 to 1000" train --data bins.csv --target price --bins area=1 $net
homes='--data homes.csv --target price --date sold --text text --ordinal size=S<M<L --log area --missing mean --missing-indicator'
runs train $homes --scale standard --target-scale standard $net --metrics mae --save homes.keras --test --verbose 2
test_mae=$(sed -n 's/^test: .* mae: \([0-9.]*\)$/\1/p' said)
awk -v m="$test_mae" 'BEGIN { exit !(m > 1 && m < 400) }' || fails "a mae of $test_mae:"
runs evaluate --model homes.keras --data homes.csv
has "mae: $test_mae"
runs predict homes.keras --data homes.csv --out said.csv
runs convert homes.keras homes.npz
has "homes.npz.preparation.json"
runs predict homes.npz --data homes.csv --out again.csv
cmp -s said.csv again.csv || fails "the converted file predicts otherwise"
says "column 'size': 'L' is no date" train --data homes.csv --target price --date size $net
if command -v "${CC:-cc}" >/dev/null; then
    runs export homes.keras --c homes.c
    cat >main.c <<'END'
#include <math.h>
#include <stdio.h>
#include "homes.h"
int main(void)
{
    const homes_row rows[] = {{2023, 1, 1, 6, "S", "Good house!", 1}, {2023, 8, 8, 1, "M", "old house", NAN}};
    for (int i = 0; i < 2; i++) {
        float y;
        homes_predict_row(&rows[i], &y);
        printf("%.1f\n", (double)y);
    }
    return 0;
}
END
    "${CC:-cc}" -std=c99 -pedantic -Wall -Wextra -Werror -o homes main.c homes.c -lm || { : >said; fails "the C:"; }
    ./homes >said
    awk -F, 'NR == 2 || NR == 9 { printf "%.1f\n", $2 }' said.csv | cmp -s - said || { sed -n '2p;9p' said.csv; fails "the C predicts:"; }
fi
