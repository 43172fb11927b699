#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The guest's first program: puts a writable overlay over the host's root
# directory and hands over to guest.sh in it.

bb=/bin/busybox
host=/run/vm/host

die() {
	echo "vm: $*" >/dev/kmsg
	$bb sync
	$bb poweroff -f
}

$bb mount -t devtmpfs -o mode=755 dev /dev
$bb mount -t proc -o nosuid,nodev,noexec proc /proc
$bb mount -t sysfs -o nosuid,nodev,noexec sys /sys
$bb mount -t tmpfs -o mode=755,nosuid,nodev run /run
for module in /modules/*.ko; do
	$bb insmod "$module" || die "cannot load $module"
done

$bb mkdir -p $host /run/vm/rw
nine=trans=virtio,version=9p2000.L,msize=512000
$bb mount -t 9p -o $nine,cache=loose,ro root $host || die "cannot mount the host's root"
$bb mount -t tmpfs -o size=75%,mode=755 rw /run/vm/rw
$bb mkdir /run/vm/rw/upper /run/vm/rw/work
$bb mount -t overlay \
	-o lowerdir=$host,upperdir=/run/vm/rw/upper,workdir=/run/vm/rw/work root /new ||
	die "cannot mount the overlay"

$bb mkdir -p /run/vm/out /run/vm/private /run/vm/home
$bb mount -t 9p -o $nine,cache=mmap out /run/vm/out || die "cannot mount the share"
$bb mount -t 9p -o $nine,ro private /run/vm/private || die "cannot mount the private share"
$bb cp -a /vm/. /bin/busybox /run/vm/

for directory in dev proc sys run; do
	$bb mkdir -p /new/$directory
	$bb mount --move /$directory /new/$directory || die "cannot move /$directory"
done
exec $bb switch_root /new /run/vm/busybox sh /run/vm/guest.sh
