# What the words of ./run need, and how each package manager brings it. ./run reads this file; by hand:
#
#     sh .ci/needs.sh                       prints what building and testing need on this system, a line to install it
#
# A caller has say, die and have.

# ---- what is needed, and what each package manager calls it ("-": comes with the system) ----

packages='
need         apt                      dnf                 pacman          zypper            apk             brew
compiler     gcc,libc6-dev            gcc                 gcc             gcc               gcc,musl-dev    -
cmake        cmake                    cmake               cmake           cmake             cmake           cmake
ninja        ninja-build              ninja-build         ninja           ninja             samurai         ninja
pkg-config   pkg-config               pkgconf-pkg-config  pkgconf         pkg-config        pkgconf         pkgconf
zlib         zlib1g-dev               zlib-devel          zlib            zlib-devel        zlib-dev        zlib
libjpeg      libjpeg-dev              libjpeg-turbo-devel libjpeg-turbo   libjpeg8-devel    libjpeg-turbo-dev jpeg-turbo
libzip       libzip-dev               libzip-devel        libzip          libzip-devel      libzip-dev      libzip
jansson      libjansson-dev           jansson-devel       jansson         libjansson-devel  jansson-dev     jansson
libcurl      libcurl4-openssl-dev     libcurl-devel       curl            libcurl-devel     curl-dev        curl
hdf5         libhdf5-dev              hdf5-devel          hdf5            hdf5-devel        hdf5-dev        hdf5
cairo        libcairo2-dev            cairo-devel         cairo           cairo-devel       cairo-dev       cairo
pangocairo   libpango1.0-dev          pango-devel         pango           pango-devel       pango-dev       pango
libcmark-gfm libcmark-gfm-dev,libcmark-gfm-extensions-dev cmark-gfm-devel cmark-gfm cmark-gfm-devel cmark-gfm-dev cmark-gfm
sqlite3      libsqlite3-dev           sqlite-devel        sqlite          sqlite3-devel     sqlite-dev      sqlite
libprotobuf-c libprotobuf-c-dev       protobuf-c-devel    protobuf-c      libprotobuf-c-devel protobuf-c-dev  protobuf-c
libmicrohttpd libmicrohttpd-dev       libmicrohttpd-devel libmicrohttpd   libmicrohttpd-devel libmicrohttpd-dev libmicrohttpd
protoc       protobuf-c-compiler      protobuf-c-compiler protobuf-c      protobuf-c        protobuf-c-compiler protobuf-c
fonts        fonts-dejavu-core        dejavu-sans-fonts   ttf-dejavu      dejavu-fonts      font-dejavu     -
certificates ca-certificates          ca-certificates     ca-certificates ca-certificates   ca-certificates -
cmocka       libcmocka-dev            libcmocka-devel     cmocka          libcmocka-devel   cmocka-dev      cmocka
sanitizers   gcc                      libasan,libubsan,libtsan gcc        gcc               -               -
clang        clang                    clang               clang           clang             clang           llvm
libfuzzer    clang,libclang-rt-dev    clang,compiler-rt   clang,compiler-rt clang         clang,compiler-rt llvm
clang-format clang-format             clang-tools-extra   clang           clang-tools       clang-extra-tools clang-format
qpdf         qpdf                     qpdf                qpdf            qpdf              qpdf            qpdf
pdftotext    poppler-utils            poppler-utils       poppler         poppler-tools     poppler-utils   poppler
tidy         tidy                     tidy                tidy            tidy              tidyhtml        tidy-html5
python       python3-venv             python3             python          python3           python3         python
python-dev   python3-dev              python3-devel       python          python3-devel     python3-dev     python
cross        gcc-aarch64-linux-gnu,libc6-dev-arm64-cross,qemu-user - - - - -
embedded     gcc-arm-none-eabi,libnewlib-arm-none-eabi,qemu-system-arm - - - - -
fashion      dataset-fashion-mnist    -                   -               -                 -               -
deb          dpkg-dev,file,fakeroot,gzip - - - - -
debootstrap  debootstrap              debootstrap         debootstrap     debootstrap       debootstrap     -
mpi          libopenmpi-dev,openmpi-bin openmpi-devel     openmpi         openmpi3-devel    openmpi-dev     open-mpi
slurm        slurmd,slurmctld,slurm-client,munge slurm-slurmd,slurm-slurmctld,slurm,munge slurm-llnl,munge slurm,munge - -
mkdocs       mkdocs                   mkdocs              mkdocs          -                 mkdocs          mkdocs
doxygen      doxygen                  doxygen             doxygen         doxygen           doxygen         doxygen
mandoc       mandoc                   -                   mandoc          mandoc            mandoc          mandoc
chromium     chromium                 chromium            chromium        chromium          chromium        -
'
to_build='compiler cmake ninja pkg-config zlib libjpeg libzip jansson libcurl hdf5 cairo pangocairo libcmark-gfm sqlite3 libprotobuf-c libmicrohttpd protoc fonts certificates'
to_test="$to_build cmocka"

# Is it here? Asks the compiler, pkg-config or the file system, never the package manager.
present() {
    case $1 in
    compiler) printf '#include <stdio.h>\n' | ${CC:-cc} -x c -fsyntax-only - 2>/dev/null ;;
    ninja) have ninja || have make ;;
    pkg-config | cmake | clang | clang-format | qpdf | pdftotext | tidy | debootstrap | mkdocs | doxygen) have "$1" ;;
    mandoc) have mandoc || have groff ;;
    mpi) have mpirun && have mpicc ;;
    slurm) have slurmd && have slurmctld && have srun && have munged ;;
    deb) have dpkg-shlibdeps && have file && have fakeroot && have gzip ;;
    python) have python3 && python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    python-dev)
        have python3 && python3 -c 'import os, sys, sysconfig as s
sys.exit(not os.path.exists(os.path.join(s.get_path("include"), "Python.h")))' ;;
    certificates)
        [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] ||
            [ -e /etc/ssl/ca-bundle.pem ] || [ -e /etc/ssl/cert.pem ] ;;
    fonts) [ "$(uname)" = Darwin ] || find -L /usr/share/fonts /usr/local/share/fonts "${HOME:-}/.fonts" \
        "${HOME:-}/.local/share/fonts" -name '*.[to]tf' 2>/dev/null | grep -q . ;;
    sanitizers)
        printf 'int main(void) { return 0; }\n' |
            ${CC:-cc} -x c -fsanitize=address,undefined -o /dev/null - 2>/dev/null ;;
    libfuzzer)
        printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n ? 0 : 0; }\n' |
            clang -x c -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null ;;
    protoc) have protoc-c || have protoc-gen-c ;;
    hdf5) { have pkg-config && pkg-config --exists hdf5; } || have h5cc ;; # not every system has hdf5.pc
    embedded) have arm-none-eabi-gcc && have qemu-system-arm &&
        arm-none-eabi-gcc --specs=rdimon.specs -E -x c /dev/null >/dev/null 2>&1 ;;
    cross) have aarch64-linux-gnu-gcc && have qemu-aarch64 && [ -e /usr/aarch64-linux-gnu/include/stdio.h ] ;;
    *) have pkg-config && pkg-config --exists "$1" ;;
    esac
}

package_manager() {
    for manager in apt-get dnf pacman zypper apk brew; do
        if have "$manager"; then echo "${manager%-get}"; return; fi
    done
}

# package_names MANAGER NEED…: what to install, one line.
package_names() {
    manager_name=$1
    shift
    printf '%s\n' "$packages" | awk -v manager="$manager_name" -v needs=" $* " '
        $1 == "need" { for (i = 2; i <= NF; i++) if ($i == manager) column = i; next }
        column && NF && index(needs, " " $1 " ") && $column != "-" { gsub(",", " ", $column); print $column }' |
        tr '\n' ' ' | sed 's/ $//'
}

# as_root COMMAND…: as root, or with sudo; without a terminal sudo may not ask for a password.
[ -t 0 ] && ask='' || ask=-n
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo $ask "$@"; fi
}

# logged COMMAND…: its output goes to build/install.log, and to the screen if it fails.
logged() { "$@" </dev/null >>build/install.log 2>&1 || { tail -n 20 build/install.log >&2; return 1; }; }

install_packages() { # MANAGER PACKAGE…
    manager=$1
    shift
    mkdir -p build
    : >build/install.log
    say "installing with $manager (log: build/install.log): $*"
    case $manager in
    apt)
        logged as_root apt-get update || say "apt-get update failed; trying with the package lists that are here"
        logged as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ;;
    dnf) logged as_root dnf install -y "$@" ;;
    pacman) logged as_root pacman -Sy --needed --noconfirm "$@" ;;
    zypper) logged as_root zypper --non-interactive install --no-recommends "$@" ;;
    apk) logged as_root apk add "$@" ;;
    brew) logged brew install "$@" ;;
    esac
}

# need NAME…: installs what is missing, or says what to install by hand.
need() {
    missing=''
    for name in "$@"; do present "$name" || missing="$missing $name"; done
    [ -n "$missing" ] || return 0
    manager=$(package_manager)
    if [ -z "$manager" ]; then
        die "missing:$missing. This system has no package manager that I know (apt-get, dnf, pacman, zypper," \
            "apk, brew). Install them by hand; on Debian they are: $(package_names apt $missing)"
    fi
    names=$(package_names "$manager" $missing)
    [ -n "$names" ] || die "missing:$missing, and $manager has no package for it that I know"
    if [ "$manager" != brew ] && [ "$(id -u)" != 0 ] && ! have sudo; then
        die "missing:$missing, and to install them needs root or sudo. Ask for these packages: $names"
    fi
    install_packages "$manager" $names || die "$manager could not install all of it. Install by hand: $names"
    for name in $missing; do
        present "$name" || die "$name is still missing after $manager installed: $(package_names "$manager" "$name")"
    done
}

# By hand: the command that installs what building and testing need.
case $0 in *needs.sh)
    have() { command -v "$1" >/dev/null 2>&1; }
    manager=$(package_manager)
    case $manager in
    apt) echo "apt-get install -y --no-install-recommends $(package_names apt $to_test)" ;;
    '') echo "no package manager that is known here; on Debian: $(package_names apt $to_test)" ;;
    *) echo "$manager install $(package_names "$manager" $to_test)" ;;
    esac ;;
esac
