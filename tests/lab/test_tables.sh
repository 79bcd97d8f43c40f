# A lab on a table of one's own: the one that is in labs/ checks and runs, and mistakes about columns are told with line and
# nearest name.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/tables-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/labs"
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$CORNU_TESTS_DIR/../labs/heating.en.md" "$scratch/labs/"
cd "$scratch"
XDG_CACHE_HOME=$scratch/cache
export XDG_CACHE_HOME

fails() { echo "$1"; cat said; exit 1; }
# says TEXT: checking the lab fails with a message that holds TEXT
says() {
    if "$CORNU_PROGRAM" lab check lab.md >said 2>&1; then fails "no mistake was found; expected: $1"; fi
    grep -qF "$1" said || fails "'$1' is not in:"
}
# with LINE: a lab whose data set is given by LINE
with() { printf -- '---\ntitle: t\nlanguage: en\n---\n\n```cornu\n%s\nmodel a\n  dense 3 softmax\n```\n' "$1" >lab.md; }

"$CORNU_PROGRAM" lab check labs/heating.en.md | grep -qF "4 models, 4 trainings, no mistakes"
"$CORNU_PROGRAM" lab run labs/heating.en.md --epochs-limit 1 --no-cache --format html --out out --quiet
grep -qF "insulation=good" out/index.html
cp "$CORNU_TESTS_DIR/../labs/penguins.csv" "$CORNU_TESTS_DIR/../labs/new-penguins.csv" \
    "$CORNU_TESTS_DIR/../labs/penguins.en.md" labs/
"$CORNU_PROGRAM" lab check labs/penguins.en.md | grep -qF "2 models, 12 trainings, no mistakes"
"$CORNU_PROGRAM" lab run labs/penguins.en.md --no-cache --format html --out birds --quiet
grep -qF "eleven of the 344 birds is missing" birds/index.html
grep -qF "'Petermann' is none of the words that were learned" birds/index.html || fails "an island that is unknown is not told:"
grep -q '<td>Gentoo</td>' birds/index.html || fails "the new birds are not answered:"
sed 's/data=new-penguins.csv/data=new-pengins.csv/' labs/penguins.en.md >labs/lab.md
if "$CORNU_PROGRAM" lab check labs/lab.md >said 2>&1; then fails "a file that is not there:"; fi
grep -qF "did you mean 'new-penguins.csv'?" said || fails "the nearest file:"
head -4 labs/penguins.csv | cut -d, -f2- >new.csv
"$CORNU_PROGRAM" predict --model birds/penguins.keras --data new.csv >said 2>&1 || fails "new birds:"
[ "$(grep -c ',Adelie,0\.9' said)" = 3 ] || fails "three Adelies:"
grep -qF "1600 days for training and 400 for the test" out/index.html

with "dataset labs/heating.csv target=energi_kwh"
says "did you mean 'energy_kwh'?"
grep -qF "lab.md:7" said || fails "no line in:"
with "dataset labs/heating.csv"
says "target=COLUMN"
with "dataset labs/heating.csv target=energy_kwh columns=[area_m2, energy_kwh]"
says "'energy_kwh' is the target"
with "dataset labs/heating.csv target=insulation task=regression"
says "holds words"
with "dataset labs/heating.csv target=insulation columns=[area_m2, energy_kwh]"
"$CORNU_PROGRAM" lab check lab.md >said 2>&1 || fails "words are classes:"

# files lie beside the document, or else in the working directory
mkdir elsewhere
(cd elsewhere && "$CORNU_PROGRAM" lab check ../labs/heating.en.md >/dev/null) || fails "found from one folder alone:"
(cd / && "$CORNU_PROGRAM" lab check "$scratch/labs/heating.en.md" >/dev/null) || fails "not found from /:"
with "dataset heating.csv target=energy_kwh"
says "dataset: there is no file ./heating.csv"
mv lab.md elsewhere/
if "$CORNU_PROGRAM" lab check elsewhere/lab.md >said 2>&1; then fails "found where it is not:"; fi
grep -qF "elsewhere/lab.md:7: dataset: there is no file elsewhere/heating.csv, and none ./heating.csv" said || fails "places:"
(cd labs && "$CORNU_PROGRAM" lab check ../elsewhere/lab.md >/dev/null) || fails "not found in the working directory:"
with "dataset labs/heatin.csv target=energy_kwh"
says "did you mean 'labs/heating.csv'?"

# missing values: told, dropped, or the mean of the training part
awk -F, -v OFS=, 'NR % 100 == 5 { $1 = "" } NR % 400 == 7 { $NF = "NA" } { print }' labs/heating.csv >holes.csv
{
    printf -- '---\ntitle: t\nlanguage: en\n---\n\n```cornu\n'
    printf 'dataset holes.csv target=energy_kwh MISSING\ndataset info\nmodel a\n  dense 1\n'
    printf 'compile a loss=mse\nfit a\n```\n\n{{data.train}} and {{data.test}} rows, {{data.name}}\n\n'
    printf '```cornu\ndataset labs/heating.csv target=energy_kwh\nmodel b like=a\ncompile b loss=mse\nfit b\n```\n\n{{data.name}}\n'
} >holes.md
missing() {
    sed "s/MISSING/$1/" holes.md >lab.md
    "$CORNU_PROGRAM" lab run lab.md --no-cache --format html --out "$1" >said 2>&1 || fails "$1:"
}
sed 's/MISSING//' holes.md >lab.md
says "holes.csv, line 5: column"
says "missing=drop leaves out 25 of the 2000 rows, missing=mean puts the column's mean"
sed 's/MISSING/missing=men/' holes.md >lab.md
says "unknown word for missing 'men'; did you mean 'mean'? Known: error, drop, mean"
missing missing=drop
grep -qF "25 rows that lack a value are left out." said || fails "how many rows are left out is not told:"
grep -qF "1580 and 395 rows, holes.csv" missing=drop/index.html || fails "rows are not left out, or the data of the place are not told"
grep -qF "holes.csv (1,580 + 395), labs/heating.csv (1,600 + 400)" missing=drop/index.html || fails "the data of each training are not told"
missing missing=mean
grep -qF "20 values were missing and are filled with their column's mean." said || fails "how many values are filled in is not told:"
grep -qF "5 rows that lack a value are left out." said || fails "rows without a target stay:"
grep -qE '^50/50 - .*loss: [0-9]' said || fails "no epoch of 50 steps with a loss:"
if grep -E '^50/50 - .*nan' said; then fails "a value is still missing:"; fi

# validation_data names another table: prepared by what was learned of the first, whatever the order of its columns
awk -v OFS=, 'BEGIN { print "size,colour,sold"; for (i = 0; i < 90; i++) { c = i % 3 ? "red" : "blue"
    print (i % 10 == 4 ? "" : i % 17), c, (i % 17 > 7 ? "yes" : "no") } }' >tea.csv
awk -F, -v OFS=, 'NR < 40 { print $3, $2, $1 }' tea.csv >others.csv
{
    printf -- '---\ntitle: t\nlanguage: en\n---\n\n```cornu\ndataset tea.csv target=sold missing=median\n'
    printf 'dataset normalise\nmodel a\n  dense 4 relu\n  dense 1 sigmoid\ncompile a loss=binary_crossentropy metrics=accuracy\n'
    printf 'fit a epochs=4 validation_data=others.csv\n```\n'
} >likewise.md
sees() { sed "$1" likewise.md >lab.md; "$CORNU_PROGRAM" lab run lab.md --out likewise --format html >said 2>&1 || fails "$1:"; }
sees ''
first=$(grep -o 'val_accuracy: .*' said | tail -1)
cut -d, -f1-3 others.csv | sed 's/yes/no/' >all-no.csv
sees 's/others/all-no/'
[ "$(grep -o 'val_accuracy: .*' said | tail -1)" != "$first" ] || fails "another file gives the same values:"
grep -qF "1 new training, 0 already there" said || fails "another file is no other training:"
cp all-no.csv others.csv
sees ''
grep -qF "0 new trainings, 1 already there" said || fails "what is in the file decides, not its name:"
sed 's/^3,red/3,green/; 2s/red/green/' all-no.csv | sed '3s/red/green/; 3s/blue/green/' >green.csv
sees 's/others/green/'
grep -qF "'green' is none of the words that were learned; it counts as none." said || fails "an unknown word is not told:"
grep -qF "green.csv:" said || fails "nor which file has it:"
sed 's/others/none/' likewise.md >lab.md
says "fit: validation_data=none.csv: dataset: there is no file ./none.csv"
printf 'sold,size\nyes,1\n' >less.csv
sed 's/others/less/' likewise.md >lab.md
says "fit: validation_data=less.csv: a column that the model takes is not there: less.csv: unknown column 'colour'"
printf 'size,colour\n1,red\n' >less.csv
says "fit: validation_data=less.csv: less.csv: unknown column 'sold'"
sed 's/^fit.*/fit a\ncrossvalidate a folds=3/' likewise.md >lab.md
"$CORNU_PROGRAM" lab check lab.md >said 2>&1 || fails "crossvalidate:"
sed 's/^fit.*/&\ncrossvalidate a folds=3/' likewise.md >lab.md
says "is validated on others.csv, which the folds take no part of"
