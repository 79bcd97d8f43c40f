# What was built has what a compiler and a linker add against errors in readers: a position-independent program, full
# RELRO, no stack or segment that is both written and run, guarded stacks, checked calls of libc, marked targets of
# jumps. cmake/cornu-hardening.cmake asks for them. With FILE… those files are looked at instead, as installed ones and the
# extension of Python; CORNU_BUILD names the build that they came from.
set -eu
folder=${CORNU_BUILD:-$(dirname "$CORNU_PROGRAM")}
cache=$folder/CMakeCache.txt
command -v readelf >/dev/null || { echo "no readelf"; exit 77; }
grep -q '^CORNU_SANITIZE:[A-Z]*=$' "$cache" || { echo "a sanitizer's build"; exit 77; }
! grep -q '^CORNU_HARDENING:BOOL=OFF' "$cache" || { echo "CORNU_HARDENING is off"; exit 77; }
case $(head -c 4 "${1:-${CORNU_PROGRAM:-}}" | od -An -tx1 | tr -d ' \n') in 7f454c46) ;; *) echo "no ELF"; exit 77 ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
wrong() { echo "FAILED: $*"; failed=1; }
# supported FLAG: did the compiler or linker take it when the build was configured?
supported() { grep -q "^CORNU_HAVE_$(printf %s "$1" | sed 's/[^A-Za-z0-9]/_/g'):INTERNAL=1" "$cache"; }

# What is linked as a whole.
segments() { # FILE: a program, a shared library or a module
    readelf -hW "$1" >"$work/head"
    readelf -lW "$1" >"$work/segments"
    readelf -dW "$1" >"$work/dynamic"
    readelf -sW "$1" >"$work/symbols"
    grep -q 'Type: *DYN' "$work/head" || wrong "$1 is not position-independent"
    ! grep -q 'TEXTREL' "$work/dynamic" || wrong "$1 has relocations in its code"
    ! grep -Eq 'GNU_STACK.* RWE' "$work/segments" || wrong "$1 has a stack that can be run"
    ! grep -Eq 'LOAD.* RWE' "$work/segments" || wrong "$1 has a segment that can be written and run"
    ! supported '-z relro' || grep -q GNU_RELRO "$work/segments" || wrong "$1 has no RELRO"
    ! supported '-z now' || grep -q 'BIND_NOW\|NOW' "$work/dynamic" || wrong "$1 has no full RELRO: it binds lazily"
}
# What any code of some size has. Our libraries are found where the system looks for such, and nowhere else.
linked() { # FILE
    segments "$1"
    ! grep -Eq 'RPATH|RUNPATH' "$work/dynamic" || wrong "$1 looks for libraries in a folder of its own"
    ! supported -fstack-protector-strong || grep -q '__stack_chk_fail' "$work/symbols" ||
        wrong "$1 has no stack protector"
    ! grep -q '@GLIBC' "$work/symbols" || grep -q '_chk@' "$work/symbols" ||
        wrong "$1 has no checked calls of libc (FORTIFY)"
}

# Each object in an archive marks the targets of its indirect jumps: one that does not turns it off for all.
marked() { # ARCHIVE WORD
    readelf -nW "$1" >"$work/notes" 2>/dev/null
    awk -v word="$2" '
        /^File: / { if (file && !found) print file; file = $2; found = 0 }
        $0 ~ word { found = 1 }
        END { if (file && !found) print file }' "$work/notes" >"$work/unmarked"
    grep -q '^File: ' "$work/notes" || wrong "$1 has no objects to look at"
    [ ! -s "$work/unmarked" ] || wrong "without $2: $(head -n 3 "$work/unmarked" | tr '\n' ' ')"
}

if [ $# -gt 0 ]; then
    for file in "$@"; do
        case $file in */cornu-mpi.so) segments "$file" ;; *) linked "$file" ;; esac
    done
    exit $failed
fi

linked "$CORNU_PROGRAM"
# The module of MPI is a few calls; in the build's folder it names the folder of the MPI that it was built with.
[ ! -e "$folder/cornu-mpi.so" ] || segments "$folder/cornu-mpi.so"
for library in "$folder"/libcornu*.so; do [ ! -e "$library" ] || linked "$library"; done
for archive in "$folder"/libcornu*.a; do
    [ -e "$archive" ] || continue
    ! supported -fcf-protection=full || marked "$archive" IBT
    ! supported -mbranch-protection=standard || marked "$archive" BTI
done

# Variables that a path leaves unset are zero; nothing in the binary shows that, nor the marks of a module's objects, but the
# commands do: of all but the kernels and generated code.
if [ -e "$folder/compile_commands.json" ]; then
    grep -E '"command".*/src/(base|cluster|nn|model|train|data|formats|sweep|figure|report|lab|cli)/[a-z_/0-9]*\.c"' \
        "$folder/compile_commands.json" | grep -v -e -DCN_ISA= >"$work/commands" || wrong "no commands to look at"
    for flag in -ftrivial-auto-var-init=zero -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
        -mbranch-protection=standard; do
        ! supported "$flag" || ! grep -v -e "$flag" "$work/commands" | grep -o '[^ ]*\.c"' | head -n 5 | grep . ||
            wrong "the sources above are compiled without $flag"
    done
fi
exit $failed
