#!/bin/sh
# header-man.sh FOLDER INCLUDE: a manual page for each public header, and a link to it for each function, so that man cn_model_fit
# works. Packed where gzip is there.
set -eu
out=$1 include=$2
here=$(dirname "$0")
version=$(sed -n 's/^#define CN_VERSION "\(.*\)"/\1/p' "$include/cornu/version.h")
rm -rf "$out"
mkdir -p "$out"
ending=3
! command -v gzip >/dev/null || ending=3.gz
page_of() { # HEADER
    case $1 in */cornu.h) echo cornu.h ;; *) echo "cornu-$(basename "$1" .h)" ;; esac
}
for header in "$include"/cornu/*.h; do
    name=$(basename "$header" .h)
    page=$(page_of "$header")
    others=''
    for other in "$include"/cornu/*.h; do [ "$other" = "$header" ] || others="$others $(page_of "$other")"; done
    awk -v "page=$page" -v "others=$others" -v "file=cornu/$name.h" -v "version=$version" -f "$here/header-man.awk" "$header" >"$out/$page.3"
    [ "$ending" = 3 ] || gzip -9nf "$out/$page.3"
    awk -v names=1 -v "file=cornu/$name.h" -f "$here/header-man.awk" "$header" | sort -u | while read -r function; do
        ln -sf "$page.$ending" "$out/$function.$ending"
    done
done
