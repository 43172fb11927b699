/* SPDX-License-Identifier: MIT */
/*
 * Binding a certain driver; see bind.h. The kernel takes the name of an interface in the file `bind`
 * of a driver's directory, from root alone.
 */
#include "backend/usb/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "backend/usb/device.h"
#include "backend/usb/errno.h"
#include "backend/usb/presence.h"
#include "backend/usb/sysfs.h"
#include "backend/util/macro.h"

static int
open_bind(const char *driver)
{
	char path[4096 + 256];
	int fd;

	/* It is a name, whoever says it. */
	if (!driver[0] || strchr(driver, '/') || strcmp(driver, ".") == 0 ||
		strcmp(driver, "..") == 0)
		return -ENOENT;
	if (snprintf(path, sizeof(path), "%s/../drivers/%s/bind", sysfs_root(), driver) >=
		(int)sizeof(path))
		return -ENOENT;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == EPERM || errno == EROFS ? -EACCES : -errno;
}

/* The interface's directory is called by the configuration that is in force now. */
static int
name_of(struct usb_device *d, uint8_t interface, char *buf, size_t size)
{
	int config, r = libusb_get_configuration(d->handle, &config);
	struct snapshot now = {.name = d->snapshot->name};

	if (r < 0)
		return usb_errno_from_result(r);
	now.active_config = config;
	return sysfs_interface_name(&now, interface, buf, size);
}

int
usb_device_bind_driver(struct backend_device *base, uint8_t interface, const char *driver)
{
	struct usb_device *d = usb_device(base);
	_cleanup_close_ int fd = open_bind(driver);
	struct sysfs_device sysfs;
	char name[256], bound[256];
	ssize_t n;
	int r, err;

	if (fd < 0)
		return fd;
	r = name_of(d, interface, name, sizeof(name));
	if (r == 0)
		r = sysfs_open(d->snapshot->name, &sysfs);
	if (r < 0)
		return r;
	/* The name may be another device's by now. */
	if (sysfs.devnum != d->snapshot->devnum)
		r = -ENODEV;
	else if (faccessat(sysfs.fd, name, F_OK, 0) < 0)
		r = -ENOENT;
	else if (sysfs_read_driver(sysfs.fd, name, bound, sizeof(bound)) >= 0)
		r = -EBUSY;
	close(sysfs.fd);
	if (r < 0)
		return r;
	n = write(fd, name, strlen(name));
	err = errno;
	presence_refresh(d->backend, d->snapshot->seq, false);
	if (n >= 0)
		return 0;
	switch (err) {
	case EBUSY:
		return -EBUSY;
	case EACCES:
	case EPERM:
		return -EACCES;
	case ENOMEM:
		return -ENOMEM;
	case ENODEV: /* also what probe() says to an interface that it does not want */
	case ENXIO:
	case EINVAL:
		return -EINVAL;
	default:
		return -EIO;
	}
}
