# No two files of src/ include or call each other, but for those that .ci/circles.sh names; and it finds the circle of a folder that
# has one.
set -eu
root=$(dirname "$CORNU_TESTS_DIR")
[ -x "$root/.ci/circles.sh" ] || { echo "no .ci/circles.sh beside the tests"; exit 77; }
"$root/.ci/circles.sh" "$root/src"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/room"
printf '#include "room/types.h"\n' >"$work/room/first.h"
printf '#include "room/first.h"\n' >"$work/room/first.c"
printf '#include "room/first.h"\n#include "room/second.h"\n' >"$work/room/second.c"
: >"$work/room/second.h"
: >"$work/room/types.h"
"$root/.ci/circles.sh" "$work" # one way only
printf '#include "room/second.h"\n' >"$work/room/types.h" # a header without a source leads on
if found=$("$root/.ci/circles.sh" "$work"); then echo "FAILED: a circle was not found"; exit 1; fi
case $found in *room/first*room/second* | *room/second*room/first*) ;; *) echo "FAILED: $found"; exit 1 ;; esac

# The same of calls, of the objects of this build; and a call to a room below is found.
command -v nm >/dev/null || { echo "no nm"; exit 0; }
build=$(dirname "$CORNU_PROGRAM")
[ ! -d "$build/CMakeFiles/cornu-core-objects.dir/src" ] || "$root/.ci/circles.sh" --calls "$build"
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
objects=$work/CMakeFiles/some.dir/src
mkdir -p "$objects/nn" "$objects/model"
echo 'int cn__low(void); int cn__kind(void); int cn__kind(void) { return cn__low(); }' >"$work/kind.c"
echo 'int cn__kind(void); int cn__low(void); int cn__low(void) { return 1; }' >"$work/low.c"
"$compiler" -c "$work/kind.c" -o "$objects/nn/kind.c.o"
"$compiler" -c "$work/low.c" -o "$objects/nn/low.c.o"
"$root/.ci/circles.sh" --calls "$work"
mv "$objects/nn/low.c.o" "$objects/model/low.c.o"
if found=$("$root/.ci/circles.sh" --calls "$work"); then echo "FAILED: nn calls model"; exit 1; fi
case $found in 'wrong way: nn/kind uses model/low (cn__low)') ;; *) echo "FAILED: $found"; exit 1 ;; esac
echo 'int cn__kind(void); int cn__low(void); int cn__low(void) { return cn__kind(); }' >"$work/low.c"
rm "$objects/model/low.c.o"
"$compiler" -c "$work/low.c" -o "$objects/nn/low.c.o"
if found=$("$root/.ci/circles.sh" --calls "$work"); then echo "FAILED: a circle of calls was not found"; exit 1; fi
case $found in 'circle:'*) ;; *) echo "FAILED: $found"; exit 1 ;; esac
