# The shared libraries export what abi/*.symbols list, with the version of these headers, and nothing of their inside. A function that
# is gone breaks programs that were linked before: `./run abi` writes the lists anew when that is meant (docs/promises.md).
set -eu
command -v nm >/dev/null || { echo "no nm"; exit 77; }
build=$(dirname "$CORNU_PROGRAM")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
wrong() { echo "FAILED: $*"; failed=1; }
for name in libcornu libcornu-core; do
    library=$build/$name.so
    [ -e "$library" ] || { echo "no $library: a build without shared libraries"; exit 77; }
    nm -D --defined-only "$library" >"$work/all"
    sed -n 's/.* [TDRBVW] \(cn_[A-Za-z0-9_]*\).*/\1/p' "$work/all" | LC_ALL=C sort >"$work/exported"
    LC_ALL=C comm -13 "$work/exported" "$CORNU_TESTS_DIR/../abi/$name.symbols" >"$work/gone"
    LC_ALL=C comm -23 "$work/exported" "$CORNU_TESTS_DIR/../abi/$name.symbols" >"$work/new"
    [ ! -s "$work/gone" ] || wrong "$name no longer has:" $(cat "$work/gone")
    [ ! -s "$work/new" ] || echo "$name has new functions (./run abi adds them to abi/$name.symbols):" $(cat "$work/new")
    ! grep -q ' cn__' "$work/all" || wrong "$name exports functions of its inside:" $(grep -o 'cn__[a-z0-9_]*' "$work/all" | head -n 5)
    if grep -q '^CORNU_HAVE_VERSION_SCRIPT:INTERNAL=1' "$build/CMakeCache.txt"; then
        ! grep ' cn_' "$work/all" | grep -v '@@CORNU_[0-9]*\.[0-9]*$' | grep -q . || wrong "$name exports functions without a version"
        ! grep -v ' cn_\| A CORNU_' "$work/all" | grep -q . || wrong "$name exports names of others:" $(grep -v ' cn_\| A CORNU_' "$work/all" | head -n 3)
    fi
    soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
    case $soname in "$name".so.[0-9]*.[0-9]*) ;; *) wrong "$name is called $soname" ;; esac
done
# what is declared CN_API is exported
grep -rhoE 'CN_API [^;]*' "$CORNU_TESTS_DIR/../include/cornu" | grep -oE '\bcn_[a-z0-9_]+\(' | tr -d '(' | LC_ALL=C sort -u >"$work/declared"
nm -D --defined-only "$build/libcornu.so" | sed -n 's/.* [TDRBVW] \(cn_[A-Za-z0-9_]*\).*/\1/p' | LC_ALL=C sort >"$work/exported"
LC_ALL=C comm -23 "$work/declared" "$work/exported" >"$work/missing"
[ ! -s "$work/missing" ] || wrong "declared and not exported:" $(cat "$work/missing")
exit $failed
