#!/bin/sh
# arm64-root.sh FOLDER PACKAGE…: unpacks arm64 packages of this Debian or Ubuntu into FOLDER, with apt
# lists of its own, so that the system's package database stays as it is.
set -eu
root=$1
shift
lists=$root/apt
mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial" "$lists/debs"
: >"$lists/status"
apt() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$lists/state" \
        -o Dir::State::status="$lists/status" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root "$@"
}
apt update
(cd "$lists/debs" && apt download "$@")
for package in "$lists"/debs/*.deb; do dpkg-deb -x "$package" "$root"; done
rm -rf "$lists"
