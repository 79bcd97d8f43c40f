# A document that asks for more memory or stack than it is worth is refused with its line before anything is trained.
set -eu
folder=$(mktemp -d "$PWD/bounds-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
cell() { printf '\n```cornu\nmodel a\n  input 2\n  dense 2\n```\n'; }
repeat() { awk -v text="$1" -v times="$2" 'BEGIN { while (times--) printf "%s", text }'; }

refused() { # MESSAGE, of the document lab.md
    ! "$CORNU_PROGRAM" lab check lab.md 2>message || fail "taken: $1"
    grep -q "lab.md:5: $1" message || fail "'$1' is not in: $(cat message)"
    ! "$CORNU_PROGRAM" lab run lab.md --out out --no-cache --quiet 2>message || fail "run: $1"
    [ ! -e out/index.html ] || fail "a report in spite of: $1"
}
front='---\ntitle: T\n---\n\n'
{ printf -- "$front"; repeat '>' 40000; echo a; cell; } >lab.md
refused 'quotations or lists are nested 40000 deep'
{ printf -- "$front"; repeat '*a ' 40000; printf b; repeat '*' 40000; echo; cell; } >lab.md
refused 'emphasis, links, quotations or lists are nested'
{ printf -- '---\ntitle: T\n---\n'; repeat '|a' 3000; echo; repeat '|-' 3000; echo; repeat '|a\n' 3000; cell; } >lab.md
refused 'a table of 3000 columns and 3001 rows'

# 4,000 equal headings: half a minute once.
{ repeat '# Same\n\n' 4000; cell; } >lab.md
timeout 20 "$CORNU_PROGRAM" lab run lab.md --out out --no-cache --quiet || fail "4,000 equal headings: $?"
grep -q 'id="same-4000"' out/index.html || fail "no id for the last heading"

# 200,000 models took minutes, and could not be interrupted.
{ printf -- "$front"; echo '```cornu'; awk 'BEGIN { for (i = 0; i < 200000; i++) printf "model m%d\n  dense 1\n", i }'; echo '```'; } >lab.md
! timeout 60 "$CORNU_PROGRAM" lab check lab.md 2>message || fail "200,000 models were taken"
grep -q 'lab.md:20006: a lab has 10000 statements at most' message || fail "200,000 models: $(cat message)"

# A long line of code: its time grew with the square of its length. All of it is in the report, cut within no character.
{ printf '# T\n\n```python\n'; repeat xé 30000; printf '\n```\n'; cell; } >lab.md
timeout 60 "$CORNU_PROGRAM" lab run lab.md --out out --no-cache --quiet || fail "a line of code of 90,000 bytes: $?"
if command -v pdftotext >/dev/null; then
    [ "$(pdftotext out/report.pdf - | grep -o 'é' | wc -l)" = 30000 ] ||
        fail "letters of a long line of code are missing"
fi
