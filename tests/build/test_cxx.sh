# The headers in C++: accepted from C++11 on; in C++20 the makers of layers, compile and fit read as they do in C and mean the
# same (same.h, compiled as both).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$(dirname "$CORNU_PROGRAM")
root=$CORNU_TESTS_DIR/..
[ -e "$build/libcornu-core.so" ] || { echo "a build without shared libraries"; exit 77; }
compilers=''
for compiler in g++ clang++ "${CXX:-}"; do
    [ -z "$compiler" ] || ! command -v "$compiler" >/dev/null || compilers="$compilers $compiler"
done
[ -n "$compilers" ] || { echo "no C++ compiler"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }

cat "$CORNU_TESTS_DIR/build/same.h" >"$work/same.c"
cp "$work/same.c" "$work/same.cpp"
"${CC:-cc}" -std=c17 -I "$root/include" -o "$work/as-c" "$work/same.c" -L "$build" -lcornu-core -Wl,-rpath,"$build"
"$work/as-c" >"$work/expected"
grep -q '^20 epochs, 1 epoch$' "$work/expected" && grep -q 'conv2d' "$work/expected" || { cat "$work/expected"; fail "the C program"; }
for compiler in $compilers; do
    for standard in 11 14 17 20; do
        echo '#include <cornu/cornu.h>' | "$compiler" -x c++ -std=c++$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
            -I "$root/include" - || fail "$compiler refuses the headers as C++$standard"
    done
    "$compiler" -std=c++20 -Wall -Wextra -Wpedantic -Werror -I "$root/include" -o "$work/as-cxx" "$work/same.cpp" -L "$build" \
        -lcornu-core -Wl,-rpath,"$build" || fail "$compiler refuses the makers as C++20"
    "$work/as-cxx" >"$work/got"
    diff "$work/expected" "$work/got" || fail "$compiler: the makers mean something else in C++"
done
