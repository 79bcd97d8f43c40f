#!/bin/sh
# Readers that are not ours take two reports, a large one and one as the lab makes it: qpdf and poppler the PDF, tidy the
# page, Jupyter's nbformat and nbconvert the notebook ($CORNU_NOTEBOOK_PYTHON names a Python that has them; else python3
# is asked). Skipped where none of them is here; `./run report-check` installs them all, and wants each.
set -u
writer=../report/report # the test program of this room, beside the scratch folder
[ -x "$writer" ] || { echo "skipped: $writer is not built"; exit 77; }
folder=$(mktemp -d "$PWD/report-XXXXXX")
trap "rm -rf '$folder'" EXIT
"$writer" --write "$folder" || exit 1

asked=0
failed=0
have() { # asked of a reader that must be here, says so when it is not
    command -v "$1" >/dev/null 2>&1 && return
    [ -z "${CORNU_CHECK_ALL:-}" ] || { echo "missing: $1"; failed=1; }
    return 1
}
check() { # WHAT COMMAND…
    what=$1
    shift
    asked=$((asked + 1))
    "$@" || { echo "failed: $what"; failed=1; }
}

# Lines of a PDF's text, spaces made one: each of the log's lines, whole and as often as the log has it.
every_line() {
    pdftotext -layout "$folder/report.pdf" - | tr -s ' \f' ' ' | sed 's/^ //; s/ $//' | sort >"$folder/pdf.lines"
    tr -s ' ' <"$folder/log.txt" | sed 's/^ //; s/ $//' | sort >"$folder/log.lines"
    [ -s "$folder/log.lines" ] && comm -13 "$folder/pdf.lines" "$folder/log.lines" >"$folder/missing"
    [ ! -s "$folder/missing" ] || { head -n 3 "$folder/missing"; return 1; }
}
pages() { # the contents name the page where a heading stands
    page=$(pdftotext -layout -f 1 -l 1 "$folder/report.pdf" - | sed -n 's/^ *7\. Section.*[ .]\([0-9]*\) *$/\1/p')
    [ -n "$page" ] && pdftotext -f "$page" -l "$page" "$folder/report.pdf" - | grep -q '^7\. Section'
}
# No heading is the last of its page; rows of a table stand under its head; a caption under what it tells of.
layout() {
    pdftotext -layout "$folder/report.pdf" - | tr -d '\r' | awk '
        BEGIN { RS = "\f" }
        {
            n = split($0, line, "\n")
            last = ""
            head = drawn = 0
            for (i = 1; i <= n; i++) {
                if (line[i] ~ /^ *$/ || line[i] ~ /[0-9]+ \/ [0-9]+$/) continue
                last = line[i]
                if (last ~ /^ *(Row|Column) /) head = 1
                if (last ~ /^ *row [0-9]/ && !head) { print "page " NR ": no head over: " last; bad = 1 }
                if (last ~ /Epoch/) drawn = 1
                if (last ~ /^ *Figure [0-9]/) { figures++; if (!drawn) { print "page " NR ": alone: " last; bad = 1 } }
            }
            if (last ~ /A smaller heading|^ *[0-9]\. Section/ && NR > 1) { print "page " NR " ends with: " last; bad = 1 }
        }
        END { exit bad || figures != 2 }'
}
whole() { qpdf --check "$folder/report.pdf" >"$folder/qpdf.txt" 2>&1 || { cat "$folder/qpdf.txt"; return 1; }; }
embedded() { # every font is in the file and says which characters its glyphs are
    pdffonts "$folder/report.pdf" |
        awk 'NR > 2 && ($(NF - 4) != "yes" || $(NF - 2) != "yes") { bad = 1 } END { exit bad || NR < 4 }'
}
tidied() { # tidy knows less of SVG than browsers
    tidy -quiet -errors "$folder/index.html" 2>&1 | grep -v '<svg> proprietary attribute' >"$folder/tidy.txt"
    [ ! -s "$folder/tidy.txt" ] || { head -n 5 "$folder/tidy.txt"; return 1; }
}
# In the lab's report nothing is smaller than 8 points: pdftohtml gives sizes in thirds of a point.
readable() {
    pdftohtml -xml -i -zoom 3 -stdout "$folder/report.pdf" | sed -n 's/.*<fontspec.* size="\([0-9]*\)".*/\1/p' |
        sort -n | awk 'NR == 1 { least = $1 } END { if (least < 24) print "text of " least / 3 " points"; exit least < 24 }'
}
notebook() { # valid as 4.5, and every figure in three forms
    "$python" -W error - "$folder/lab.ipynb" <<'END'
import nbformat, sys
book = nbformat.read(sys.argv[1], as_version=4)
assert (book.nbformat, book.nbformat_minor) == (4, 5)
nbformat.validate(book)
forms = {"image/png", "image/svg+xml", "application/vnd.plotly.v1+json"}
outputs = [o for c in book.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "display_data"]
drawn = [o for o in outputs if forms & set(o.data)]
assert drawn and all(forms <= set(o.data) for o in drawn)
END
}
converted() { # as a page and as a notebook again, nothing executed, nothing lost
    "$python" -W ignore -m nbconvert --log-level ERROR --to html --output nb.html "$folder/lab.ipynb" &&
        "$python" -W ignore -m nbconvert --log-level ERROR --to notebook --output nb.ipynb "$folder/lab.ipynb" &&
        "$python" - "$folder" <<'END'
import json, sys
folder = sys.argv[1]
first, again = (json.load(open(f"{folder}/{n}.ipynb"))["cells"] for n in ("lab", "nb"))
assert [c.get("outputs") for c in first] == [c.get("outputs") for c in again]
page = open(f"{folder}/nb.html").read()
line = [l for l in open(f"{folder}/log.txt") if "val_" in l][-1].strip()
assert line in page, line
END
}

check_report() { # NAME: the report in $folder
    have qpdf && check "qpdf takes the PDF ($1)" whole
    have pdffonts && check "fonts are embedded ($1)" embedded
    have pdftotext && check "the PDF has every line of the log ($1)" every_line
    have tidy && check "tidy takes the page ($1)" tidied
    if "$python" -c 'import nbformat' 2>/dev/null; then check "nbformat takes the notebook ($1)" notebook
    else have "python3 with nbformat"; fi
}
python=${CORNU_NOTEBOOK_PYTHON:-python3}
check_report large
have pdftotext && check "the contents name the right page" pages
have pdftotext && check "nothing is torn" layout
folder=$folder/seed
check_report lab
have pdftohtml && check "nothing is smaller than 8 points" readable
if "$python" -c 'import nbconvert' 2>/dev/null; then check "nbconvert renders the notebook" converted
else have "python3 with nbconvert"; fi
[ "$asked" -gt 0 ] || [ "$failed" -gt 0 ] || { echo "skipped: no qpdf, poppler, tidy or nbformat"; exit 77; }
exit "$failed"
