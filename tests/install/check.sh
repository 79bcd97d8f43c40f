#!/bin/sh
# check.sh BUILD [--quick]: installs a finished build to a temporary prefix, moves the prefix, and builds every
# example from there with pkg-config and with find_package, as a user of the library would. Then it
# does the same with a build of the shared libraries alone, which --quick leaves out.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd -P)
build=$(cd "$1" && pwd -P)
compiler=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'install: %s\n' "$*" >&2; exit 1; }

# pkg_config_builds NAME FILE…: all of the files compile and link with what pkg-config says.
pkg_config_builds() {
    name=$1
    shift
    for file in "$@"; do
        $compiler -std=c17 "$file" -o "$work/program" -pthread $(pkg-config --cflags "$name") \
            $(pkg-config --libs "$name") -lm || fail "pkg-config $name does not build $(basename "$file")"
    done
    echo "pkg-config $name: $# built"
}

# find_package_builds TARGET COMPONENT FILE…
find_package_builds() {
    target=$1 component=$2
    shift 2
    rm -rf "$work/project"
    mkdir "$work/project"
    {
        echo 'cmake_minimum_required(VERSION 3.22)'
        echo 'project(user C)'
        echo "find_package(cornu REQUIRED COMPONENTS $component)"
        for file in "$@"; do
            name=$(basename "$file" .c)
            echo "add_executable(user-$name $file)"
            echo "target_link_libraries(user-$name PRIVATE $target m)"
        done
    } >"$work/project/CMakeLists.txt"
    { cmake -S "$work/project" -B "$work/project/build" -D CMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$work/project/build"; } >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; fail "find_package with $target does not build the examples"; }
    echo "find_package $target: $# built"
}

# block LANGUAGE FILE: the first block of code in that language.
block() { awk -v begin="\`\`\`$1" '$0 == begin { on = 1; next } /^```$/ { if (on) exit } on' "$2"; }

# README's first screen, word for word: its program, its compile line, its CMakeLists.txt.
check_readme() {
    rm -rf "$work/readme"
    mkdir "$work/readme"
    block c "$source/README.md" >"$work/readme/digits.c"
    block cmake "$source/README.md" >"$work/readme/CMakeLists.txt"
    line=$(grep '^cc digits.c' "$source/README.md")
    (cd "$work/readme" && cc() { command $compiler "$@"; } && eval "$line") || fail "README's compile line: $line"
    { cmake -S "$work/readme" -B "$work/readme/build" -D CMAKE_PREFIX_PATH="$prefix" &&
        cmake --build "$work/readme/build"; } >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "README's CMakeLists.txt"; }
    if [ -d "${CORNU_DATA:-/nowhere}/mnist" ]; then
        (cd "$work/readme" && ./digits) >"$work/log" || fail "README's program"
        tail -n 1 "$work/log"
        grep -q '^accuracy on the test images: 0.9[789]' "$work/log" || { cat "$work/log" >&2; fail "README's program learns nothing"; }
    else
        echo "no MNIST: README's program was built and not run"
    fi
    echo "README's program: built with pkg-config and CMake"
}

# Links of the documents that are installed lead to files that are installed; those in code are examples.
check_links() {
    documents=$prefix/share/doc/cornu
    [ -e "$documents/docs/cli.md" ] || fail "no documents are installed"
    find "$documents" -name '*.md' | while read -r file; do
        sed 's/`[^`]*`//g' "$file" | grep -oE '\]\([^)# ]+' | sed 's/^](//' | grep -v '://' | sort -u | while read -r link; do
            [ -e "$(dirname "$file")/$link" ] || printf '%s: %s\n' "${file#"$documents/"}" "$link"
        done
    done >"$work/log"
    [ ! -s "$work/log" ] || { cat "$work/log" >&2; fail "links to files that are not installed"; }
    echo "documents: no dead link"
}

# Nothing that is installed names a folder of the build or of the sources.
check_paths() {
    for file in $(find "$prefix" -name '*.pc' -o -name '*.cmake'); do
        ! grep -qF -e "$source" -e "$work/first" "$file" || { grep -nF -e "$source" -e "$work/first" "$file" >&2; fail "$file names folders of the build"; }
    done
    ! pkg-config --cflags --libs --static cornu | tr ' ' '\n' | grep -q '^/' || fail "pkg-config names files: $(pkg-config --libs --static cornu)"
}

# What is installed is as guarded as what was built (tests/build/test_hardening.sh).
check_hardening() { # BUILD
    set -- "$1" "$prefix/bin/cornu" $(find "$prefix" -name '*.so' -type f -o -name 'libcornu*.so.*' -type f)
    build_folder=$1
    shift
    status=0
    CORNU_BUILD=$build_folder sh "$source/tests/build/test_hardening.sh" "$@" >"$work/log" 2>&1 || status=$?
    case $status in
    0) echo "guards of the compiler and the linker: in $# files" ;;
    77) cat "$work/log" ;;
    *) cat "$work/log" >&2; fail "what is installed lacks guards" ;;
    esac
}

# Manual pages and completions are where man and the shells look.
check_pages() {
    for page in cornu cornu-train cornu-lab; do
        [ -n "$(find "$prefix" -path "*/man/man1/$page.1*")" ] || fail "no manual page of $page"
    done
    for file in bash-completion/completions/cornu fish/vendor_completions.d/cornu.fish zsh/site-functions/_cornu; do
        [ -s "$prefix/share/$file" ] || fail "share/$file is not installed"
    done
    if command -v man >/dev/null && man -w cat >/dev/null 2>&1; then
        MANPATH=$prefix/share/man man cornu-train >"$work/log" 2>&1 && grep -q -e --epochs "$work/log" ||
            fail "man does not show cornu-train"
    fi
}

# check_prefix BUILD: the prefix works wherever it is moved to.
check_prefix() {
    cmake --install "$1" --prefix "$work/first" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "cmake --install"; }
    rm -rf "$work/prefix"
    mv "$work/first" "$work/prefix"
    prefix=$work/prefix
    [ -x "$prefix/bin/cornu" ] || fail "the program is not installed"
    "$prefix/bin/cornu" --help >/dev/null || fail "the installed program does not run"
    check_pages
    pc=$(find "$prefix" -name cornu.pc)
    [ -n "$pc" ] || fail "cornu.pc is not installed"
    PKG_CONFIG_PATH=$(dirname "$pc")
    LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
    export PKG_CONFIG_PATH LD_LIBRARY_PATH
    pkg_config_builds cornu "$source"/examples/*.c
    pkg_config_builds cornu-core "$work/core.c"
    "$work/program" || fail "a program of the core alone does not run"
    find_package_builds cornu::cornu cornu "$source"/examples/*.c
    find_package_builds cornu::core core "$work/core.c"
    check_readme
    check_links
    check_paths
    check_hardening "$1"
}

cat >"$work/core.c" <<'END'
#include <cornu/model.h>
#include <cornu/status.h>

int main(void)
{
    cn_error_clear();
    return cn_error_status() == CN_OK ? 0 : 1;
}
END

echo "static and shared:"
check_prefix "$build"

find_package_builds cornu::cornu-static "cornu static" "$source"/examples/*.c
find_package_builds cornu::core-static "core static" "$work/core.c"
for name in libcornu libcornu-core; do
    [ -e "$LD_LIBRARY_PATH/$name.a" ] && [ -e "$LD_LIBRARY_PATH/$name.so" ] || fail "$name is not there as both, static and shared"
done

# C++ compilers must take the headers.
if command -v "${CXX:-c++}" >/dev/null; then
    echo '#include <cornu/cornu.h>' | "${CXX:-c++}" -x c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only \
        -I"$prefix/include" - || fail "a C++ compiler refuses the headers"
    echo "C++: cornu.h accepted"
fi

if [ "${2:-}" = --quick ]; then
    echo "install: all is well"
    exit 0
fi
echo "shared alone:"
cmake -S "$source" -B "$work/shared" -D BUILD_SHARED_LIBS=ON -D CORNU_TESTS=OFF -D CORNU_EXAMPLES=OFF >"$work/log" 2>&1 &&
    cmake --build "$work/shared" --parallel "$(nproc 2>/dev/null || echo 2)" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "the shared build"; }
check_prefix "$work/shared"
nm -D --defined-only "$LD_LIBRARY_PATH/libcornu.so" >"$work/log" || fail "libcornu.so is not installed"
grep -q ' cn_[a-z]' "$work/log" || fail "libcornu.so exports nothing"
! grep -q ' cn__' "$work/log" || fail "libcornu.so exports internal functions (cn__…)"
echo "install: all is well"
