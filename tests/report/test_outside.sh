#!/bin/sh
# Readers that are not ours take a large report: qpdf and pdftotext the PDF, tidy the page, Jupyter's nbformat the
# notebook ($CORNU_PYTHON names a Python that has it; else python3 is asked). Skipped where none of them is here.
set -u
writer=../report/report # the test program of this room, beside the scratch folder
[ -x "$writer" ] || { echo "skipped: $writer is not built"; exit 77; }
folder=$(mktemp -d ./report-XXXXXX)
trap 'rm -rf "$folder"' EXIT
"$writer" --write "$folder" || exit 1

asked=0
failed=0
have() { command -v "$1" >/dev/null 2>&1; }
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
notebook() {
    "$python" -W error - "$folder/lab.ipynb" <<'END'
import nbformat, sys
nbformat.validate(nbformat.read(sys.argv[1], as_version=4))
END
}

have qpdf && check "qpdf takes the PDF" whole
have pdffonts && check "fonts are embedded" embedded
have pdftotext && check "the PDF has every line of the log" every_line
have pdftotext && check "the contents name the right page" pages
have pdftotext && check "nothing is torn" layout
have tidy && check "tidy takes the page" tidied
python=${CORNU_PYTHON:-python3}
"$python" -c 'import nbformat' 2>/dev/null && check "nbformat takes the notebook" notebook
[ "$asked" -gt 0 ] || { echo "skipped: no qpdf, pdftotext, tidy or nbformat"; exit 77; }
exit "$failed"
