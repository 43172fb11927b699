/* SPDX-License-Identifier: MIT */
/* Finds the hid device of an interface in sysfs; see hid.h. */
#include "backend/usb/hid.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "backend/usb/sysfs.h"
#include "backend/util/macro.h"

enum { REPORT_MAX = 64 * 1024 }; /* wDescriptorLength has 16 bits */

/* "0003:046D:C31C.0001": bus, vendor and product, and a number. */
static bool
is_hid_device(const char *name)
{
	static const char hex[] = "0123456789ABCDEFabcdef";

	return strlen(name) > 15 && strspn(name, hex) == 4 && name[4] == ':' &&
	       strspn(name + 5, hex) == 4 && name[9] == ':' && strspn(name + 10, hex) == 4 &&
	       name[14] == '.' && name[15 + strspn(name + 15, hex)] == '\0';
}

/* The directory of INTERFACE's hid device, or -1. */
static int
open_hid_device(int interface)
{
	int copy = openat(interface, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	int fd = -1;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	while (fd < 0 && (entry = readdir(dir)) != NULL)
		if (is_hid_device(entry->d_name))
			fd = openat(interface, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	closedir(dir);
	return fd;
}

int
hid_read_report(int fd, const char *dir, struct snapshot_interface *i)
{
	const char *class_ = snapshot_interface_attr(i, "bInterfaceClass");
	_cleanup_close_ int interface = -1, device = -1;
	_cleanup_free_ uint8_t *report = NULL;
	size_t len = 0;
	int r;

	/* It binds to nothing else; the others need not be searched. */
	if (!class_ || strncmp(class_, "03", 2) != 0)
		return 0;
	interface = openat(fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (interface >= 0)
		device = open_hid_device(interface);
	if (device < 0)
		return 0;
	r = sysfs_read_blob(device, "report_descriptor", REPORT_MAX, &report, &len);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* Empty while the hid device has no driver yet. */
	return len > 0 ? snapshot_interface_set_report(i, report, len) : 0;
}

int
hid_keep_reports(const struct snapshot *old, struct snapshot *s)
{
	if (!old || old->active_config != s->active_config)
		return 0;
	for (size_t k = 0; k < s->n_interfaces; k++) {
		struct snapshot_interface *i = &s->interfaces[k];
		const struct snapshot_interface *o = snapshot_interface(old, i->number);

		if (i->report_descriptor_len > 0 || !o || o->report_descriptor_len == 0)
			continue;
		if (snapshot_interface_set_report(
			    i, o->report_descriptor, o->report_descriptor_len) < 0)
			return -ENOMEM;
	}
	return 0;
}
