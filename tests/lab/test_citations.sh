#!/bin/sh
# Citations from a BibTeX file in all three reports, and what a file or a document may have wrong.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
XDG_CACHE_HOME=$scratch/cache
export XDG_CACHE_HOME

fail() {
    printf 'FAILED: %s\n' "$1" >&2
    cat out.txt >&2 2>/dev/null || true
    exit 1
}
has() { grep -qF -- "$2" "$1" || fail "'$2' is not in $1"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "'$2' is in $1"; }

cat >refs.bib <<'END'
Anything around the entries is a comment.
@comment{so is this}
@string{jmlr = "Journal of Machine " # "Learning Research"}
@article{srivastava2014,
  author = {Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex},
  title = {{Dropout}: A Simple Way to Prevent Overfitting},
  journal = jmlr, volume = 15, number = {56}, pages = {1929--1958}, year = 2014,
  url = {https://jmlr.org/papers/v15/srivastava14a.html}
}
@inproceedings(kingma, author="Diederik P. Kingma and Jimmy Ba", title="Adam", booktitle={ICLR}, year={2015},)
@misc{keras, author = {{The Keras Authors}}, title = {Keras * 3}, year = {2023}}
@misc{keras.b, author = {{The Keras Authors}}, title = {Keras 3, again}, year = {2023}}
@book{nunez, author={Mar{\'\i}a N\'u\~nez and Aaron van den Oord}, title={100\% \& m\'as}, doi={10.1/x_y}}
@book{unused, author={Nobody}, title={Nothing}}
END
cat >numbers.csv <<'END'
x,y
1,2
2,4
3,6
4,8
5,10
END
cat >cite.md <<'END'
---
title: Citations
language: en
bibliography: refs.bib
---
# Dropout

Dropout [@srivastava2014] needs Adam [@kingma, p. 3; @nunez]. As @keras and @keras.b. say; not `[@code]`,
nor mail@kingma, nor [@kingma](https://example.org), nor @somebody.

```cornu
dataset numbers.csv target=y
```
END

"$CORNU_PROGRAM" lab check cite.md >out.txt 2>&1 || fail "check"
"$CORNU_PROGRAM" lab run cite.md --out out --quiet >out.txt 2>&1 || fail "run"
page=$(ls out/*.html)
has "$page" '(<a href="#references">Srivastava et al., 2014</a>)'
has "$page" '(<a href="#references">Kingma and Ba, 2015</a>, p. 3; <a href="#references">Núñez and van den Oord, n.d.</a>)'
has "$page" '<a href="#references">The Keras Authors (2023a)</a> and <a href="#references">The Keras Authors (2023b)</a>. say'
has "$page" '<code>[@code]</code>'
has "$page" 'mail@kingma'
has "$page" 'nor @somebody'
has "$page" 'id="references"'
has "$page" 'Srivastava, Nitish; Hinton, Geoffrey; Krizhevsky, Alex (2014). Dropout: A Simple Way to Prevent Overfitting.'
has "$page" '<em>Journal of Machine Learning Research</em>, 15(56), 1929–1958.'
has "$page" '<a href="https://jmlr.org/papers/v15/srivastava14a.html">'
has "$page" 'Núñez, María; van den Oord, Aaron (n.d.). 100% &amp; más.'
has "$page" '<a href="https://doi.org/10.1/x_y">'
has "$page" 'Keras * 3.'
lacks "$page" Nobody
has "$(ls out/*.ipynb)" '## References'
[ -s out/*.pdf ] || fail "no PDF"

# The notebook runs as the document does: its list is not there twice.
cp out/*.ipynb again.ipynb
"$CORNU_PROGRAM" lab run again.ipynb --out again --quiet >out.txt 2>&1 || fail "the notebook"
[ "$(grep -c 'id="references' again/*.html)" = "$(grep -c 'id="references' "$page")" ] || fail "two lists"

# In Spanish, under a heading of the document's own.
sed 's/language: en/language: es/; s/^# Dropout/# Abandono/' cite.md >es.md
printf '\n## Bibliografía\n' >>es.md
"$CORNU_PROGRAM" lab run es.md --out es --quiet >out.txt 2>&1 || fail "Spanish"
has es/*.html 'Kingma y Ba, 2015'
has es/*.html 's. f.'
lacks es/*.html '>Referencias<'
has es/*.html 'href="#bibliograf%C3%ADa"'
has es/*.html 'id="bibliografía"'

# What is wrong is named with its line.
refused() {
    status=0
    "$CORNU_PROGRAM" lab check "$1" >out.txt 2>&1 || status=$?
    [ "$status" = 2 ] || [ "$status" = 1 ] || fail "$1: exit code $status"
    has out.txt "$2"
}
sed 's/@kingma, p/@kingmaa, p/' cite.md >wrong.md
refused wrong.md "wrong.md:8: [@kingmaa, p. 3; @nunez]: refs.bib: unknown key 'kingmaa'; did you mean 'kingma'?"
sed 's/@srivastava2014\]/@srivastava2014; and more]/' cite.md >wrong.md
refused wrong.md "'and more' in a citation, expected @key"
sed 's/refs.bib/none.bib/' cite.md >wrong.md
refused wrong.md 'wrong.md:4: none.bib: cannot be opened'
sed 's|refs.bib|/etc/passwd|' cite.md >wrong.md
refused wrong.md 'lies outside of what a lab may read'
bib() {
    printf '%s\n' "$1" >refs.bib
    refused cite.md "$2"
}
bib '@book{a, title = {x}' 'refs.bib, line 2: expected a comma behind the field'
bib '@book{a, title = {x' 'refs.bib, line 1: expected a closing } for this one'
bib '@book{a, title {x}}' "refs.bib, line 1: expected = behind the field's name"
bib '@book{, title = {x}}' "refs.bib, line 1: expected the entry's key"
bib '@book{a, year=1}
@book{a, year=2}' 'refs.bib, line 2: the key a is that of line 1, too'
printf '@book{a, title = {\377}}' >refs.bib
refused cite.md 'UTF-8'

# A text that grows with each @string is cut off, not filled into memory.
{
    echo '@string{s0 = "xxxxxxxxxxxxxxxx"}'
    i=0
    while [ $i -lt 40 ]; do
        echo "@string{s$((i + 1)) = s$i # s$i # s$i # s$i}"
        i=$((i + 1))
    done
} >refs.bib
refused cite.md 'expected a shorter value'
