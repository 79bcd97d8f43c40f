# A lab on a table of one's own: the one that is in labs/ checks and runs, and mistakes about columns are told with line and
# nearest name.
set -eu
[ -x "${CORNU_PROGRAM:-}" ] || { echo "no program: skipped"; exit 77; }
scratch=$(mktemp -d "$PWD/tables-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/labs"
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$CORNU_TESTS_DIR/../labs/heating.en.md" "$scratch/labs/"
cd "$scratch"

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
grep -qF "1600 days to learn from and 400 for the test" out/index.html

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
