# For Doxygen: comments of the headers are plain C, the first word of a comment says nothing of its kind. One before a declaration
# becomes /** */, one behind a member /**< */; the first of a file is the file's, and lines between sections are left out.
FNR == 1 { first = 1 }
{ gsub(/<class>/, "\\<class\\>"); gsub(/<file>/, "\\<file\\>") } # no HTML
/^\/\* ---- .* \*\/$/ { print ""; next }
/^\/\* ---- / { sub(/^\/\* -+ /, "/** "); sub(/ -+$/, "."); print; next }
first && /^\/\* / { sub(/^\/\* /, "/** @file\n * "); first = 0; print; next }
/^[ \t]*\/\* / { sub(/\/\* /, "/** "); print; next }
/;[ \t]*\/\* / || /,[ \t]*\/\* / || /[A-Z_0-9][ \t]+\/\* .*\*\/$/ { sub(/\/\* /, "/**< "); print; next }
{ print }
