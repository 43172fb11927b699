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
	"    ls 1-2/config1/interface0        an interface: its endpoints are ep81, ep02, ...\n"
	"    ls 1-2/config1/interface0/altsettings\n"
	"                                     every alternate setting (to be looked at)\n"
	"\n"
	"Endpoints of the setting in force have three files besides their attributes:\n"
	"\n"
	"    data     the transfers themselves; IN endpoints can be read, OUT endpoints written\n"
	"    status   what is going on, and the last error in words, with the way out\n"
	"    ctl      verbs, one a line: echo clear_halt > ctl, echo flush > ctl\n"
	"             on an OUT endpoint: echo pair 81 > ctl lets data be opened for both, so "
	"that\n"
	"             exec 3<> ep02/data writes to ep02 and reads from ep81\n"
	"\n"
	"    echo hello > ep02/data           one write is one OUT transfer\n"
	"    head -c 6 < ep81/data            one read takes from one IN transfer; what does not\n"
	"                                     fit is kept for the next read\n"
	"\n"
	"A read waits until the device sends something; Ctrl-C ends the waiting and loses no\n"
	"data. poll, select and epoll work, and so does O_NONBLOCK. A read asks the device for as\n"
	"many bytes as you ask for, rounded up to whole packets; on interrupt endpoints, for one\n"
	"packet. cat asks for 128 KiB: a device that never ends a message with a short packet\n"
	"wants dd bs=512 (or whatever its messages measure) instead. What a reader leaves behind\n"
	"stays until it is read or flushed, also when the file is closed.\n"
	"\n"
	"While a driver of the kernel owns an interface, I/O fails with \"Device or resource\n"
	"busy\". interfaceN/driver says which driver that is:\n"
	"\n"
	"    cat driver                       usbhid\n"
	"    echo none > driver               take the interface away from it\n"
	"    echo auto > driver               give it back (unmounting does so, too)\n"
	"\n"
	"Writing to bAlternateSetting puts that alternate setting in force. The device stays "
	"open,\n"
	"because the kernel puts 0 back when it is closed, until you do so or give the interface\n"
	"to its driver:\n"
	"\n"
	"    echo 1 > interface0/bAlternateSetting\n"
	"\n"
	"Errors: EPIPE the endpoint is stalled (echo clear_halt > ctl); EBUSY someone owns the\n"
	"interface; ENODEV unplugged; EOVERFLOW the device sent too much; ESHUTDOWN another\n"
	"alternate setting is in force; EACCES not your device, or the wrong direction.\n"
	"When in doubt: cat status.\n"
	"\n"
	"Hints for the shell: bash's own echo and printf write once a line, so a text of three\n"
	"lines becomes three transfers (use cat or /usr/bin/printf for one). Use < and >, not\n"
	"tail -f. 1-2/ctl takes reset.\n";

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
