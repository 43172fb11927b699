/* SPDX-License-Identifier: MIT */
/*
 * Opening a device and what is done to it as a whole or to an interface. The transfers are in
 * transfer.c; both run on the device's worker.
 *
 * Each device has a libusb context of its own, because a context's lock is held while one device's
 * ioctl waits for the kernel, and because completions must come on that device's worker.
 */
#include "backend/usb/device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "backend/desc.h"
#include "backend/usb/errno.h"
#include "backend/usb/presence.h"
#include "backend/usb/streams.h"
#include "backend/usb/transfer.h"
#include "backend/usb/usb.h"
#include "backend/util/log.h"
#include "backend/util/macro.h"

/* libusb must not enumerate: that would open a second netlink socket and a thread for what hotplug.c
 * knows. Up to 1.0.26 the option is the whole process's, later the context's; set on NULL before
 * the first libusb_init() it holds for every context in both. */
static void
forbid_discovery(void)
{
	int r = libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);

	if (r < 0)
		log_warn("libusb: %s, proceeding with its own device discovery",
			libusb_error_name(r));
}

static uint32_t
poll_to_epoll(short events)
{
	return (events & POLLIN ? EPOLLIN : 0) | (events & POLLOUT ? EPOLLOUT : 0);
}

static void
fd_added(int fd, short events, void *user)
{
	struct usb_device *d = user;
	struct epoll_event event = {.events = poll_to_epoll(events), .data.fd = fd};

	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		log_err("%s: epoll: %m", d->snapshot->name);
}

static void
fd_removed(int fd, void *user)
{
	struct usb_device *d = user;

	epoll_ctl(d->epoll, EPOLL_CTL_DEL, fd, NULL);
	/* libusb lets go of the node by itself when the kernel says that the device has gone. */
	if (fd == d->node && !d->closing)
		d->gone = true;
}

static int
watch_libusb(struct usb_device *d)
{
	const struct libusb_pollfd **fds;

	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		return -errno;
	if (!libusb_pollfds_handle_timeouts(d->context))
		log_warn("libusb has no timerfd, proceeding with late timeouts");
	fds = libusb_get_pollfds(d->context);
	if (!fds)
		return -ENOMEM;
	for (size_t i = 0; fds[i]; i++)
		fd_added(fds[i]->fd, fds[i]->events, d);
	libusb_free_pollfds(fds);
	libusb_set_pollfd_notifiers(d->context, fd_added, fd_removed, d);
	return 0;
}

static int
index_endpoints(struct usb_device *d)
{
	struct desc_index *index =
		desc_index_new(d->snapshot->descriptors, d->snapshot->descriptors_len);

	if (!index)
		return -ENOMEM;
	for (size_t c = 0; c < index->n_configs; c++)
		for (size_t i = 0; i < index->configs[c].n_interfaces; i++) {
			const struct desc_interface *in = &index->configs[c].interfaces[i];

			for (size_t a = 0; a < in->n_alts; a++) {
				if (desc_u8(in->alts[a].self, 5) == LIBUSB_CLASS_PRINTER)
					d->printers |= usb_device_bit(in->number);
				for (size_t e = 0; e < in->alts[a].n_endpoints; e++) {
					uint8_t address = in->alts[a].endpoints[e].address;

					d->endpoint_interfaces[usb_device_slot(address)] |=
						usb_device_bit(in->number);
				}
			}
		}
	desc_index_free(index);
	return 0;
}

/* Copes with a device that open() got only half way. */
static void
free_device(struct usb_device *d)
{
	d->closing = true;
	usb_transfer_free_idle(d);
	if (d->handle)
		libusb_close(d->handle);
	if (d->context)
		libusb_exit(d->context);
	if (d->epoll >= 0)
		close(d->epoll);
	if (d->node >= 0)
		close(d->node);
	snapshot_unref(d->snapshot);
	usb_backend_unref(d->backend);
	free(d);
}

static int
open_handle(struct usb_device *d)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int r;

	if (!d->snapshot->node)
		return -ENODEV;
	d->node = open(d->snapshot->node, O_RDWR | O_CLOEXEC);
	if (d->node < 0)
		return usb_errno_from_open(errno);
	pthread_once(&once, forbid_discovery);
	r = libusb_init(&d->context);
	if (r < 0) {
		d->context = NULL;
		return usb_errno_from_result(r);
	}
	r = watch_libusb(d);
	if (r < 0)
		return r;
	r = libusb_wrap_sys_device(d->context, d->node, &d->handle);
	if (r < 0) {
		d->handle = NULL;
		return usb_errno_from_result(r);
	}
	libusb_set_auto_detach_kernel_driver(d->handle, 0);
	return 0;
}

int
usb_device_open(struct backend *b, struct snapshot *s, struct backend_device **ret)
{
	struct usb_device *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->base.ops = &backend_usb;
	d->backend = usb_backend_ref(usb_backend(b));
	d->snapshot = snapshot_ref(s);
	d->node = d->epoll = -1;
	list_init(&d->idle[false]);
	list_init(&d->idle[true]);
	list_init(&d->flying);
	r = index_endpoints(d);
	if (r == 0)
		r = open_handle(d);
	if (r < 0) {
		free_device(d);
		return r;
	}
	*ret = &d->base;
	return 0;
}

void
usb_device_close(struct backend_device *base)
{
	struct usb_device *d = usb_device(base);
	struct usb_backend *b;
	uint64_t seq;

	if (!list_empty(&d->flying)) {
		/* The kernel may still write into those buffers: nothing can be freed. */
		log_err("%s: closed with transfers in flight, leaking it", d->snapshot->name);
		return;
	}
	/* Closing the node releases every interface; refresh() has to come after that. */
	b = d->claimed ? usb_backend_ref(d->backend) : NULL;
	seq = d->snapshot->seq;
	free_device(d);
	if (b)
		presence_refresh(b, seq, false);
	usb_backend_unref(b);
}

int
usb_device_fd(struct backend_device *base)
{
	return usb_device(base)->epoll;
}

int
usb_device_dispatch(struct backend_device *base)
{
	struct usb_device *d = usb_device(base);
	struct timeval zero = {0};
	int r = libusb_handle_events_timeout_completed(d->context, &zero, NULL);

	if (r < 0 && r != LIBUSB_ERROR_INTERRUPTED && r != LIBUSB_ERROR_NO_DEVICE)
		log_warn("%s: libusb events: %s, proceeding", d->snapshot->name,
			libusb_error_name(r));
	return d->gone && list_empty(&d->flying) ? -ENODEV : 0;
}

/* The kernel sends no event when usbfs claims or releases an interface, nor for an alternate
 * setting, so what we did ourselves we have to look at ourselves. Also after an error: the device
 * may have obeyed. */
static void
look_again(struct usb_device *d)
{
	presence_refresh(d->backend, d->snapshot->seq, false);
}

int
usb_device_claim(struct backend_device *base, uint8_t interface)
{
	struct usb_device *d = usb_device(base);
	uint32_t bit = usb_device_bit(interface);
	int r;

	if (!bit)
		return -ENOENT;
	if (d->claimed & bit)
		return 0;
	r = usb_errno_from_result(libusb_claim_interface(d->handle, interface));
	if (r < 0)
		return r;
	d->claimed |= bit;
	look_again(d);
	return 0;
}

int
usb_device_release(struct backend_device *base, uint8_t interface)
{
	struct usb_device *d = usb_device(base);
	uint32_t bit = usb_device_bit(interface);
	int r;

	if (!(d->claimed & bit))
		return -ENOENT;
	usb_transfer_cancel_interfaces(d, bit);
	/* Whatever it says, the claim is not to be relied on after this. */
	d->claimed &= ~bit;
	usb_streams_forget(d, bit);
	r = usb_errno_from_result(libusb_release_interface(d->handle, interface));
	look_again(d);
	return r;
}

int
usb_device_detach_driver(struct backend_device *base, uint8_t interface)
{
	struct usb_device *d = usb_device(base);
	int r = usb_errno_from_result(libusb_detach_kernel_driver(d->handle, interface));

	look_again(d);
	return r;
}

int
usb_device_attach_driver(struct backend_device *base, uint8_t interface)
{
	struct usb_device *d = usb_device(base);
	int r = 0;

	if (d->claimed & usb_device_bit(interface))
		r = usb_device_release(base, interface);
	if (r == 0)
		r = usb_errno_from_result(libusb_attach_kernel_driver(d->handle, interface));
	look_again(d);
	return r;
}

int
usb_device_set_alternate(struct backend_device *base, uint8_t interface, uint8_t alternate)
{
	struct usb_device *d = usb_device(base);
	uint32_t bit = usb_device_bit(interface);
	int r;

	if (!(d->claimed & bit))
		return -EINVAL;
	usb_transfer_cancel_interfaces(d, bit);
	r = usb_errno_from_result(
		libusb_set_interface_alt_setting(d->handle, interface, alternate));
	usb_streams_forget(d, bit);
	look_again(d);
	return r;
}

int
usb_device_set_configuration(struct backend_device *base, int value)
{
	struct usb_device *d = usb_device(base);
	int r;

	/* The kernel refuses while an interface has an owner, our own claims included: -EBUSY. */
	r = usb_errno_from_result(libusb_set_configuration(d->handle, value));
	if (r == 0)
		usb_streams_forget(d, UINT32_MAX);
	presence_refresh(d->backend, d->snapshot->seq, true);
	return r;
}

int
usb_device_clear_halt(struct backend_device *base, uint8_t endpoint)
{
	struct usb_device *d = usb_device(base);
	uint32_t interfaces = usb_device_interfaces(d, endpoint);

	if (!interfaces)
		return -ENOENT;
	/* usbfs would claim it on the quiet. */
	if (!(interfaces & d->claimed))
		return -EINVAL;
	return usb_errno_from_result(libusb_clear_halt(d->handle, endpoint));
}

int
usb_device_reset(struct backend_device *base)
{
	struct usb_device *d = usb_device(base);
	int r;

	usb_transfer_cancel_interfaces(d, UINT32_MAX);
	r = libusb_reset_device(d->handle);
	usb_streams_forget(d, UINT32_MAX);
	/* Every interface is back at setting 0. */
	presence_refresh(d->backend, d->snapshot->seq, true);
	/* "Not found" is libusb's word for a device that came back as another one. */
	return r == LIBUSB_ERROR_NOT_FOUND ? -ENODEV : usb_errno_from_result(r);
}
