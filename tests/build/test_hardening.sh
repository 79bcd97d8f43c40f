# What was built has what a compiler and a linker add against errors in readers: a position-independent program, full
# RELRO, no stack or segment that is both written and run, guarded stacks, checked calls of libc, marked targets of
# jumps. cmake/cornu-hardening.cmake asks for them.
set -eu
folder=$(dirname "$CORNU_PROGRAM")
cache=$folder/CMakeCache.txt
command -v readelf >/dev/null || { echo "no readelf"; exit 77; }
grep -q '^CORNU_SANITIZE:[A-Z]*=$' "$cache" || { echo "a sanitizer's build"; exit 77; }
! grep -q '^CORNU_HARDENING:BOOL=OFF' "$cache" || { echo "CORNU_HARDENING is off"; exit 77; }
case $(head -c 4 "$CORNU_PROGRAM" | od -An -tx1 | tr -d ' \n') in 7f454c46) ;; *) echo "no ELF"; exit 77 ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
wrong() { echo "FAILED: $*"; failed=1; }
# supported FLAG: did the compiler or linker take it when the build was configured?
supported() { grep -q "^CORNU_HAVE_$(printf %s "$1" | sed 's/[^A-Za-z0-9]/_/g'):INTERNAL=1" "$cache"; }

linked() { # FILE: a program or a shared library
    readelf -hW "$1" >"$work/head"
    readelf -lW "$1" >"$work/segments"
    readelf -dW "$1" >"$work/dynamic"
    readelf -sW "$1" >"$work/symbols"
    grep -q 'Type: *DYN' "$work/head" || wrong "$1 is not position-independent"
    ! grep -q 'TEXTREL' "$work/dynamic" || wrong "$1 has relocations in its code"
    ! grep -Eq 'RPATH|RUNPATH' "$work/dynamic" || wrong "$1 looks for libraries in a folder of its own"
    ! grep -Eq 'GNU_STACK.* RWE' "$work/segments" || wrong "$1 has a stack that can be run"
    ! grep -Eq 'LOAD.* RWE' "$work/segments" || wrong "$1 has a segment that can be written and run"
    ! supported '-z relro' || grep -q GNU_RELRO "$work/segments" || wrong "$1 has no RELRO"
    ! supported '-z now' || grep -q 'BIND_NOW\|NOW' "$work/dynamic" || wrong "$1 has no full RELRO: it binds lazily"
    ! supported -fstack-protector-strong || grep -q '__stack_chk_fail' "$work/symbols" ||
        wrong "$1 has no stack protector"
    ! is_glibc || grep -q '_chk@' "$work/symbols" || wrong "$1 has no checked calls of libc (FORTIFY)"
}
is_glibc() { readelf -sW "$CORNU_PROGRAM" | grep -q '__libc_start_main@.*GLIBC'; }

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

linked "$CORNU_PROGRAM"
for library in "$folder"/libcornu*.so; do [ ! -e "$library" ] || linked "$library"; done
for archive in "$folder"/libcornu*.a; do
    [ -e "$archive" ] || continue
    ! supported -fcf-protection=full || marked "$archive" IBT
    ! supported -mbranch-protection=standard || marked "$archive" BTI
done

# Variables that a path leaves unset are zero; nothing in the binary shows that, but the commands do.
if supported -ftrivial-auto-var-init=zero && [ -e "$folder/compile_commands.json" ]; then
    sed -n '/"command"/{/src\/formats\/.*\.c"*/p}' "$folder/compile_commands.json" >"$work/commands"
    [ -s "$work/commands" ] || wrong "no commands to look at"
    ! grep -v -e -ftrivial-auto-var-init=zero "$work/commands" | cut -c 1-200 | grep . ||
        wrong "the readers above are compiled without -ftrivial-auto-var-init=zero"
fi
exit $failed
