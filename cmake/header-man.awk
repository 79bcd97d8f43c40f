# A header as a manual page in section 3: awk -v page=cornu-model -v file=cornu/model.h -v version=0.1.0 -f header-man.awk model.h,
# with -v "others=cornu-array cornu-train" for the pages to see also. Its first comment is
# the description, comments between declarations are paragraphs, declarations stand as they are. With -v names=1: the functions
# and macros that it has, a line each, for the links of their names.
function escaped(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    sub(/^[.']/, "\\\\\\&&", text)
    return text
}
# A paragraph begins before the next text, if there is one, but not behind a heading.
function paragraph() { pending = 1 }
function out(line) {
    if (names) return
    if (pending && !headed && line !~ /^\.SH/) print ".PP"
    pending = 0
    headed = line ~ /^\.SH/
    print line
}
function code(on) {
    if (on == in_code) return
    if (on) paragraph()
    out(on ? ".nf\n.ft CR" : ".ft R\n.fi")
    in_code = on
}
function words(text, indented) {
    indented = text ~ /^    / # an example
    if (indented && !in_example) { paragraph(); out(".nf\n.ft CR") }
    if (!indented && in_example) { out(".ft R\n.fi"); paragraph() }
    in_example = indented
    if (text == "") paragraph()
    else out(escaped(text))
}
# the text of one line of a comment, without its marks
function bare(line) {
    sub(/^\/\* ?/, "", line)
    sub(/^ \* ?/, "", line)
    sub(/ *\*\/ *$/, "", line)
    return line
}
function begin_page(first) {
    sub(/\..*$/, "", first)
    out(".TH \"" escaped(toupper(page)) "\" \"3\" \"\" \"cornu " version "\" \"Cornu\"")
    out(".SH NAME\n" escaped(page) " \\- " escaped(tolower(substr(first, 1, 1)) substr(first, 2)))
    out(".SH SYNOPSIS\n.B #include <" file ">")
    out(".SH DESCRIPTION")
}
{ sub(/\r$/, "") }
continued { continued = /\\$/; next }
/^#define cn_[a-z0-9_]*\(/ && !cxx {
    macro = $2
    sub(/\(.*/, "", macro)
    if (names) print macro
    code(1)
    signature = $0
    sub(/^#define /, "", signature)
    sub(/\).*$/, ")", signature)
    out(escaped(signature) "  \\fR(a macro)\\fP\\f(CR")
    continued = /\\$/
    next
}
/^#/ {
    if (/^#if/) { depth++; if (!cxx && /__cplusplus/ && !/^#ifndef|!defined/) cxx = depth }
    else if (/^#else/ && cxx == depth) cxx = 0
    else if (/^#endif/) { if (cxx == depth) cxx = 0; depth-- }
    continued = /\\$/
    next
}
cxx || /^CN_DEFAULTS_/ { next }
/^\/\* ---- / {
    code(0)
    title = bare($0)
    gsub(/(^-+ *)|( *-+$)/, "", title)
    out(".SH " escaped(toupper(title)))
    next
}
/^\/\* / || in_comment {
    if (!began) begin_page(bare($0))
    began = 1
    code(0)
    if (!in_comment) paragraph()
    words(bare($0))
    in_comment = !/\*\/ *$/
    if (!in_comment && in_example) words("")
    next
}
/^[ \t]*$/ { if (in_code) out(""); next }
{
    code(1)
    if (names && match($0, /cn_[a-z0-9_]+\(/) && /^CN_API/) print substr($0, RSTART, RLENGTH - 1)
    line = $0
    gsub(/CN_API |CN_CHECK /, "", line)
    line = with_default(line)
    out(escaped(line))
}
function with_default(line, rest) { # "bool use_bias CN_DEFAULT(true);" becomes "bool use_bias = true;"
    while (match(line, / CN_DEFAULT\([^)]*\)/)) {
        rest = substr(line, RSTART + 12, RLENGTH - 13)
        line = substr(line, 1, RSTART - 1) " = " rest substr(line, RSTART + RLENGTH)
    }
    return line
}
END {
    code(0)
    out(".SH SEE ALSO")
    count = split(others, other, " ")
    for (i = 1; i <= count; i++) out(".BR " escaped(other[i]) " (3),")
    out(".BR cornu (1)")
}
