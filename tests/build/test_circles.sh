# No two files of src/ include each other, but for those that .ci/circles.sh names; and it finds the circle of a folder that has one.
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
