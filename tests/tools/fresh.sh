#!/bin/bash
# Proves that a machine with only git and a shell passes: makes a fresh Debian in a folder, clones
# this checkout into it and runs ./check there. Needs root and debootstrap.
#   tests/tools/fresh.sh bookworm|trixie [COMMAND …]     (default: ./check)
set -euo pipefail
release=${1:?bookworm or trixie}
shift
command=${*:-./check}
source=$(cd "$(dirname "$0")/../.." && pwd)
root=${YH_FRESH:-/var/tmp/yunheng-fresh}/$release

[ -e "$root/bin/sh" ] || debootstrap --variant=minbase --include=git,ca-certificates "$release" "$root"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
for dir in proc sys dev; do
    mountpoint -q "$root/$dir" || mount --rbind "/$dir" "$root/$dir"
done
trap 'for dir in proc sys dev; do umount -lR "$root/$dir" 2>/dev/null || true; done' EXIT
rm -rf "$root/root/yunheng"
git clone -q "$source" "$root/root/yunheng"
chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb \
    bash -c "cd /root/yunheng && $command"
