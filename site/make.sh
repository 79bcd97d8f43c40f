#!/bin/sh
# make.sh FOLDER: the documents as one site in FOLDER/site, with the pages of the API in FOLDER/site/api. mkdocs and doxygen make them; a
# link that leads nowhere is an error.
set -eu
cd "$(dirname "$0")/.."
out=$1
rm -rf "$out/pages" "$out/site"
mkdir -p "$out/pages/docs" "$out/pages/examples" "$out/pages/labs" "$out/pages/bench"
fail() { printf 'docs: %s\n' "$*" >&2; exit 1; }

# The pages lie as in the sources, so that links are the same; folders get a page each.
cp docs/*.md "$out/pages/docs"
cp CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE "$out/pages"
cp bench/RESULTS.md bench/*.svg "$out/pages/bench"
cp labs/*.md labs/*.csv "$out/pages/labs"
sed 's/](examples)/](examples\/index.md)/; s/](labs)/](labs\/index.md)/g; s/](docs)/](docs\/cli.md)/' README.md >"$out/pages/index.md"
sed -i.before 's/](\.\.\/labs)/](..\/labs\/index.md)/; s/](\.\.\/examples)/](..\/examples\/index.md)/' "$out"/pages/docs/*.md
sed -i.before 's/](\.\.\/examples\/\([a-z_]*\)\.c)/](..\/examples\/index.md#\1)/' "$out"/pages/docs/*.md
rm -f "$out"/pages/docs/*.before

# Each example with its first comment as its words, and its source.
{
    printf '# Examples\n\nPrograms of one screen; the first lines of each say how it is compiled. A test runs them all.\n'
    for file in examples/*.c; do
        printf '\n## %s\n\n```c\n' "$(basename "$file" .c)"
        cat "$file"
        printf '```\n'
    done
} >"$out/pages/examples/index.md"
{
    printf '# Labs\n\nDocuments that `cornu lab run` trains and writes as reports.\n\n'
    for file in labs/*.md; do
        printf '* [%s](%s)\n' "$(sed -n 's/^title: *//p' "$file" | head -n 1)" "$(basename "$file")"
    done
} >"$out/pages/labs/index.md"

# The pages of the API first: mkdocs takes them as they are, and looks whether links to them are right.
version=$(sed -n 's/^#define CN_VERSION "\(.*\)"/\1/p' include/cornu/version.h)
{ cat site/Doxyfile; printf 'OUTPUT_DIRECTORY = %s/pages\nPROJECT_NUMBER = %s\n' "$out" "$version"; } |
    doxygen - >"$out/doxygen.log" 2>&1 || { cat "$out/doxygen.log" >&2; fail "doxygen"; }
[ ! -s "$out/doxygen.log" ] || { cat "$out/doxygen.log" >&2; fail "doxygen complains"; }
sed -i.before 's/^| `cornu\/\([a-z]*\)\.h`/| [`cornu\/\1.h`](..\/api\/\1_8h.html)/' "$out/pages/docs/api.md"
rm -f "$out/pages/docs/api.md.before"

folder=$(cd "$out" && pwd -P)
sed "s|^docs_dir:.*|docs_dir: $folder/pages|; s|^site_dir:.*|site_dir: $folder/site|" site/mkdocs.yml >"$out/mkdocs.yml"
mkdocs build --strict --config-file "$out/mkdocs.yml" >"$out/mkdocs.log" 2>&1 || { cat "$out/mkdocs.log" >&2; fail "mkdocs"; }

# What mkdocs does not look at: links to other files and to the API pages.
find "$out/site" -name '*.html' ! -path '*/api/*' | while read -r page; do
    grep -oE 'href="[^"#]+' "$page" | sed 's/^href="//' | grep -v -e '^[a-z]*:' -e '^/' | sort -u | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || printf '%s: %s\n' "${page#"$out/site/"}" "$link"
    done
done | sort -u >"$out/links.log"
[ ! -s "$out/links.log" ] || { cat "$out/links.log" >&2; fail "links that lead nowhere"; }
# One site, on one disk: nothing is asked of other hosts.
! grep -rlE '(src|href)="(https?:)?//[^"]*\.(js|css|woff2?)' "$out/site" --include=*.html >"$out/hosts.log" ||
    { head -n 3 "$out/hosts.log" >&2; fail "pages that load files from other hosts"; }
