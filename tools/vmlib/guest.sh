# SPDX-License-Identifier: MIT
# The guest's process 1 after init.sh: makes the guest a usable system, runs
# the command, and tells the host its exit status. /run/vm/busybox runs it.
#
# The port named "vm" carries the command's output to the host, and between
# it lines that begin with a token which only the host and this script know.
# shellcheck disable=SC2154

bb=/run/vm/busybox
port=/dev/virtio-ports/vm
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# It sets token, modules, interactive and hidden_directories.
# shellcheck source=/dev/null
. /run/vm/config.sh

note() {
	echo "vm: $*" >/dev/kmsg
}

tell_host() {
	printf '%s%s\n' "$token" "$*" >&7
}

mount_all() {
	$bb mkdir -p /tmp /dev/pts /dev/shm /dev/virtio-ports /run/lock
	$bb mount -t tmpfs -o mode=1777,nosuid,nodev tmp /tmp
	$bb mount -t tmpfs -o mode=1777,nosuid,nodev shm /dev/shm
	$bb mount -t devpts -o mode=620,gid=5,ptmxmode=666,nosuid,noexec pts /dev/pts
	$bb ln -sf /proc/self/fd /dev/fd
	for pair in 0:stdin 1:stdout 2:stderr; do
		$bb ln -sf "/proc/self/fd/${pair%%:*}" "/dev/${pair#*:}"
	done
	$bb mount -t debugfs debug /sys/kernel/debug
	# What the fresh mounts hide of the host, but the command needs.
	for hidden in "$@"; do
		$bb mkdir -p "$hidden" "/run/vm/rw/$number.upper" "/run/vm/rw/$number.work"
		cd "/run/vm/host$hidden" || continue
		$bb mount -t overlay -o \
			"lowerdir=.,upperdir=/run/vm/rw/$number.upper,workdir=/run/vm/rw/$number.work" \
			shown "$hidden" || note "cannot show $hidden"
		cd /
		number=$((number + 1))
	done
}

link_ports() {
	for file in /sys/class/virtio-ports/*/name; do
		device=${file%/name}
		read -r name <"$file" && $bb ln -sf "../${device##*/}" "/dev/virtio-ports/$name"
	done
}

load_modules() {
	release=$($bb uname -r)
	$bb mkdir -p "/lib/modules/$release"
	$bb mount --bind "/run/vm/host$modules" "/lib/modules/$release"
	# usbtest is bound only when a test asks for it; lpc_ich brings a watchdog.
	$bb mkdir -p /run/modprobe.d
	printf 'blacklist %s\n' usbtest lpc_ich >/run/modprobe.d/usbfuse-vm.conf
	# A controller for SuperSpeed takes slower gadgets as well: their max_speed decides.
	for module in fuse configfs libcomposite usbmon usbhid xhci_pci \
		"dummy_hcd num=4 is_super_speed=1"; do
		# shellcheck disable=SC2086
		/sbin/modprobe $module || note "cannot load $module"
	done
	$bb mount -t configfs config /sys/kernel/config 2>/dev/null
	[ -d /sys/fs/fuse/connections ] && $bb mount -t fusectl fusectl /sys/fs/fuse/connections
}

start_udev() {
	for udevd in /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd; do
		[ -x $udevd ] || continue
		$udevd --daemon --resolve-names=never
		udevadm trigger --type=subsystems --action=add
		# The processor's and the board's devices would only load modules.
		udevadm trigger --type=devices --action=add --subsystem-nomatch=cpu \
			--subsystem-nomatch=acpi --subsystem-nomatch=platform
		udevadm settle --timeout=60
		return
	done
	note "no systemd-udevd"
}

# Everything but this script and process $1 ends, and with it the last writer
# of the pipe.
kill_others() {
	for process in /proc/[0-9]*; do
		pid=${process#/proc/}
		[ "$pid" = 1 ] || [ "$pid" = "$1" ] || [ ! -e "$process/exe" ] || kill -9 "$pid"
	done 2>/dev/null
}

# A shell starts what is in the background with these ignored, and that is inherited.
signals='/usr/bin/env --default-signal=INT,QUIT'

run_command() {
	$bb mkfifo /run/vm/pipe
	$bb cat </run/vm/pipe >&7 &
	cat=$!
	$bb setsid $signals /bin/sh /run/vm/command </dev/null >/run/vm/pipe 2>&1 7>&- &
	wait $!
	status=$?
	kill_others $cat
	($bb sleep 10 && kill $cat) 2>/dev/null &
	wait $cat
}

run_shell() {
	while read -r rows columns; do
		$bb stty -F /dev/hvc0 rows "$rows" cols "$columns"
	done <&7 &
	$bb setsid -c $signals /bin/sh /run/vm/command </dev/hvc0 >/dev/hvc0 2>&1 7>&- &
	wait $!
	status=$?
	kill_others 1
}

number=0
eval "mount_all $hidden_directories"
link_ports
exec 7<>$port
load_modules
start_udev
$bb ip link set lo up
$bb hostname usbfuse-vm
tell_host start
if [ "$interactive" = 1 ]; then
	run_shell
else
	run_command
fi
$bb timeout 10 $bb sync
tell_host exit $status
# The host ends QEMU now.
while :; do
	$bb sleep 60
done
