/* SPDX-License-Identifier: MIT */
/* Memory of usbfs for transfers; see mapped.h. */
#include "backend/usb/mapped.h"

#include <stdatomic.h>

enum {
	SMALLEST = 16 << 10,
	LARGEST = 256 << 10, /* its pages are contiguous: larger ones are hard to find */
	BOUND = 4 << 20,     /* in all; usbfs has 16 MiB for everybody */
};

static atomic_size_t total;

static bool
is_cached(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return true;
#else
	return false;
#endif
}

static bool
reserve(size_t size)
{
	if (atomic_fetch_add(&total, size) + size <= BOUND)
		return true;
	atomic_fetch_sub(&total, size);
	return false;
}

bool
mapped_get(struct mapped *m, libusb_device_handle *handle, size_t length, bool streams)
{
	if (length < SMALLEST)
		return false;
	if (length <= m->size)
		return true;
	if (!streams || length > LARGEST || m->refused || !is_cached())
		return false;
	mapped_free(m, handle);
	if (!reserve(length))
		return false;
	m->mem = libusb_dev_mem_alloc(handle, length);
	m->size = m->mem ? length : 0;
	m->refused = !m->mem;
	if (!m->mem)
		atomic_fetch_sub(&total, length);
	return m->mem != NULL;
}

void
mapped_free(struct mapped *m, libusb_device_handle *handle)
{
	if (!m->mem)
		return;
	libusb_dev_mem_free(handle, m->mem, m->size);
	atomic_fetch_sub(&total, m->size);
	m->mem = NULL;
	m->size = 0;
}
