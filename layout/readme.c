/* SPDX-License-Identifier: MIT */
/* The text of README in the root of the tree: all that a newcomer needs, on one page. */
#include <string.h>

#include "layout/node.h"

const char readme_text[] =
	"USB devices as files\n"
	"====================\n"
	"\n"
	"Each directory here is a USB device, named by its place: 1-2.4 is bus 1, port 2 of the\n"
	"root, port 4 of the hub there (as in sysfs). The name stays the same over a replug.\n"
	"\n"
	"    cat 1-2/product 1-2/idVendor     attributes, as in sysfs; reading wakes no device\n"
	"    xxd 1-2/descriptors              the raw descriptors\n"
	"    less 1-2/descriptors.txt         the same in words (for programs: descriptors.json)\n"
	"    ls 1-2/config1/interface0        an interface: its endpoints are ep81, ep02, ...\n"
	"    cat events                       who comes and goes; ls by-*: links to devices\n"
	"\n"
	"Endpoints of the setting in force have three files besides their attributes:\n"
	"\n"
	"    data     the transfers themselves; IN endpoints are read, OUT endpoints written\n"
	"    status   what is going on, and the last error in words, with the way out\n"
	"    ctl      knobs and verbs: cat ctl shows them, echo clear_halt > ctl writes one\n"
	"\n"
	"    echo hello > ep02/data           one write is one OUT transfer\n"
	"    head -c 6 ep81/data              a read takes from one transfer, and leaves the rest\n"
	"    echo framing hex > ep81/ctl      each transfer is a line of hex digits:\n"
	"    while read -r line; do echo \"$line\"; done < ep81/data\n"
	"    echo pair 81 > ep02/ctl          ep02/data opens for both, and reads come from ep81:\n"
	"    exec 3<> ep02/data               (without that, 1<> and 3<> are refused)\n"
	"    echo 1 > bAlternateSetting       of an interface: puts setting 1 in force. The\n"
	"                                     device then stays open until you write 0\n"
	"    cat 1-2/ep00/setup/80-06-0100-0000-0012    a control request; ls setup has more;\n"
	"    cat 1-2/ep00/request                       or as text: this says how\n"
	"\n"
	"A read waits until the device sends something; Ctrl-C ends the waiting and loses no\n"
	"data. poll, select and epoll work, and so does O_NONBLOCK. A read asks the device for as\n"
	"many bytes as you ask for, rounded up to whole packets; on interrupt endpoints, for one\n"
	"packet. cat asks for 128 KiB: a device that never ends a message with a short packet\n"
	"wants dd bs=512 (or whatever its messages measure). What a reader leaves behind stays\n"
	"until it is read or flushed, also when the file is closed.\n"
	"\n"
	"While a driver of the kernel owns an interface, I/O fails with \"Device or resource\n"
	"busy\". interfaceN/driver says which driver that is:\n"
	"\n"
	"    cat driver                       usbhid\n"
	"    echo none > driver               take the interface away from it\n"
	"    echo auto > driver               give it back (unmounting does so, too)\n"
	"\n"
	"Errors: EPIPE the endpoint is stalled (echo clear_halt > ctl); EBUSY someone owns the\n"
	"interface; ENODEV unplugged; EOVERFLOW the device sent too much; ESHUTDOWN another\n"
	"configuration or setting is in force; EACCES not your device, or the wrong direction;\n"
	"EINVAL what was written makes no sense. When in doubt: cat status.\n"
	"\n"
	"What programs make of data, which is a file without an end:\n"
	"\n"
	"    bash's echo, printf     write each line for itself, as a transfer; the knob\n"
	"                            coalesce on joins all that is written up to the close\n"
	"    > >> >| : >             the same (set -C forbids >); opening alone sends nothing\n"
	"    cat, cp, tee            write what they have read as it comes; dd bs=64 cuts it up\n"
	"    echo x > data; echo $?  0 even if the close has an error, as with coalesce on;\n"
	"                            /bin/echo, cat, cp, dd and tee tell it, and so does status\n"
	"    head -c N, dd count=1, od -N, read -r, Python with buffering=0, node's readSync\n"
	"                            take what they want and leave the rest\n"
	"    head -n, sed 2q, grep -m, xxd -l, Python's buffered read(n), busybox head\n"
	"                            read ahead, and the rest is gone with them\n"
	"    cat data | head -c 9    the rest is gone with cat, and so is the next transfer\n"
	"    cat data > log &        kill it when you like: what comes later is for the next\n"
	"    read -t 1               means nothing in bash: echo timeout 1000 > ctl\n"
	"    tail -f                 never: it looks for the end first\n"
	"\n"
	"1-2/ctl takes reset, ...; hubs: echo off > port3/power. man usbfuse-tree, usbfuse-find.\n";

size_t
print_readme(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	size_t len = sizeof(readme_text) - 1;

	(void)p;
	(void)e;
	if (size > 0)
		memcpy(buf, readme_text, len < size ? len : size);
	return len;
}
