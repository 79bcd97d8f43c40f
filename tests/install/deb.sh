#!/bin/sh
# deb.sh FOLDER [--quick]: installs the packages of FOLDER in a clean Debian root, and uses them as somebody would who has just
# installed them: the program, its manual page and completion, the README's program with pkg-config and CMake. The root is made
# once: $CORNU_DEB_ROOT, or a folder of the user's caches. --quick keeps a second root that has what the packages depend on and a
# compiler: dpkg installs into that without a network; the README's program is linked but not trained, and lintian is left out.
set -eu
quick=''
[ "${2:-}" != --quick ] || quick=yes
source=$(cd "$(dirname "$0")/../.." && pwd -P)
packages=$(cd "$1" && pwd -P)
fail() { printf 'deb: %s\n' "$*" >&2; exit 1; }
say() { printf '==> %s\n' "$*" >&2; }

# The same release as here, so that the packages' libraries are there.
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || fail "this system does not say which release it is"
base=${CORNU_DEB_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/cornu/deb-$release}
mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p; s/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
if [ ! -e "$base/complete" ]; then
    say "making a clean $release in $base (once)"
    rm -rf "$base"
    mkdir -p "$base"
    # apt's own settings (a proxy, certificates) are those of this system
    http_proxy=${http_proxy:-$(apt-config dump 2>/dev/null | sed -n 's/^Acquire::http::Proxy "\(.*\)";/\1/p')}
    export http_proxy
    debootstrap --variant=minbase "$release" "$base/root" "${mirror:-http://deb.debian.org/debian}" >"$base/log" 2>&1 ||
        { tail -n 20 "$base/log" >&2; say "debootstrap could not make it"; exit 77; }
    touch "$base/complete"
fi

tools='gcc libc6-dev pkg-config cmake make'
own='cornu|libcornu[^ ]*'
# What the packages depend on, without one another: a root that is ready is one for these.
depends=$(for package in "$packages"/*.deb; do dpkg-deb -f "$package" Depends; done | tr ',' '\n' |
    sed 's/([^)]*)//g; s/|.*//; s/ //g' | grep -vxE "$own" | sort -u | tr '\n' ' ')
ready=$base/ready-$(echo "$depends $tools" | cksum | cut -d ' ' -f 1)
work=$(mktemp -d)
trap 'umount "$work/root/proc" "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT
if [ -n "$quick" ] && [ -e "$ready/complete" ]; then # over it, where the system lets us; else a copy
    mkdir "$work/root" "$work/upper" "$work/under"
    mount -t overlay overlay -o "lowerdir=$ready/root,upperdir=$work/upper,workdir=$work/under" "$work/root" 2>/dev/null ||
        { rmdir "$work/root"; cp -a "$ready/root" "$work/root"; }
else
    cp -a "$base/root" "$work/root"
fi
mount -t proc proc "$work/root/proc" 2>/dev/null || mkdir -p "$work/root/proc"
cp /etc/resolv.conf "$work/root/etc/resolv.conf" 2>/dev/null || true
cp -a /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d "$work/root/etc/apt/" 2>/dev/null || true
[ ! -d /usr/share/keyrings ] || cp -an /usr/share/keyrings "$work/root/usr/share/" 2>/dev/null || true
mkdir "$work/root/packages"
cp "$packages"/*.deb "$work/root/packages"

inside() { chroot "$work/root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} CORNU_DATA=/packages/data sh -euc "$1"; }
quiet() { inside "$1" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; fail "$2"; }; }
install() {
    if [ -n "$quick" ]; then quiet "dpkg -i $(echo " $* " | grep -oE '/packages/[^ ]*' | tr '\n' ' ')" "dpkg -i $*"
    else quiet "apt-get install -y -q --no-install-recommends $*" "apt-get install $*"; fi
}

echo force-unsafe-io >"$work/root/etc/dpkg/dpkg.cfg.d/fast" # it is thrown away
if [ -z "$quick" ] || [ ! -e "$ready/complete" ]; then quiet 'apt-get -q update' "apt-get update"; fi
if [ -n "$quick" ] && [ ! -e "$ready/complete" ]; then
    say "making a root with what the packages depend on in $ready (once)"
    quiet "apt-get install -y -q --no-install-recommends $depends $tools" "apt-get install $depends $tools"
    rm -rf "$base"/ready-*
    mkdir -p "$ready"
    umount "$work/root/proc" 2>/dev/null || true
    cp -a "$work/root" "$ready/root" && rm -rf "$ready/root/packages" && touch "$ready/complete"
    mount -t proc proc "$work/root/proc" 2>/dev/null || true
fi
say "the program"
install /packages/cornu_*.deb
inside 'cornu --version' || fail "the program does not run"
quiet 'cornu doctor --json >/packages/doctor.json && grep -q "\"problems\": \[\]" /packages/doctor.json' "cornu doctor finds problems"
quiet 'cd /packages && printf "a,b,c\n1,2,yes\n3,1,no\n2,5,yes\n4,1,no\n" >t.csv
       cornu train --data t.csv --target c --test-split 0 --layers "dense 4 relu; dense 2 softmax" --epochs 3 --save t.keras
       cornu predict t.keras --data t.csv | grep -q "^line,prediction"' "training and .keras files"
[ -e "$work/root/usr/share/man/man1/cornu-train.1.gz" ] || fail "no manual page"
[ -s "$work/root/usr/share/bash-completion/completions/cornu" ] || fail "no completion"
[ ! -e "$work/root/usr/include/cornu" ] || fail "the program's package brings headers"
[ -e "$work/root/usr/share/doc/cornu/copyright" ] || fail "no copyright"

say "the libraries"
install /packages/libcornu0*.deb /packages/libcornu-dev_*.deb $tools
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$source/README.md" >"$work/root/packages/digits.c"
awk '/^```cmake$/ { on = 1; next } /^```$/ { if (on) exit } on' "$source/README.md" >"$work/root/packages/CMakeLists.txt"
cp "$source/examples/xor.c" "$work/root/packages"
line=$(sed -n 's/^cc digits.c/&/p' "$source/README.md" | head -n 1)
quiet "cd /packages && $line && cc xor.c \$(pkg-config --cflags --libs cornu-core) -o xor" "the README's compile line: $line"
inside 'cd /packages && ./xor' || fail "a program with the core does not run"
quiet 'cd /packages && cmake -S . -B b && cmake --build b && [ -x b/digits ]' "the README's CMakeLists.txt"
quiet 'cd /packages && ldd digits | grep libcornu.so.0' "the program is not linked with the shared library"
quiet '! pkg-config --static --libs cornu | grep -q -e /build -e /tmp -e "/usr/lib/.*[.]so"' "pkg-config names paths of the build"
if [ -z "$quick" ] && [ -n "${CORNU_DATA:-}" ] && [ -d "$CORNU_DATA/mnist" ]; then
    mkdir -p "$work/root/packages/data"
    cp -r "$CORNU_DATA/mnist" "$work/root/packages/data"
    inside 'cd /packages && ./digits' || fail "the README's program"
fi

say "and away again"
quiet 'dpkg --purge cornu libcornu-dev $(dpkg-query -W -f "\${Package} " "libcornu0*") >/dev/null; [ -z "$(find /usr -path "*cornu*" ! -path "/usr/share/doc*")" ]' "files are left behind"
if [ -z "$quick" ] && command -v lintian >/dev/null; then
    lintian --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog --fail-on error "$packages"/*.deb >"$work/log" 2>&1 || { grep '^E:' "$work/log" >&2 && fail "lintian"; }
fi
echo "deb: all is well"
