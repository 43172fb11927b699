/* SPDX-License-Identifier: MIT */
/*
 * The attributes that are read from sysfs, and whether a fresh snapshot is news: all that is said
 * of a device is compared, but for the attributes that change by themselves.
 *
 * Which attributes take a lock was read in the kernel: in drivers/usb/core/sysfs.c those whose show
 * function calls usb_lock_device_interruptible() or device_lock_interruptible(). Those of
 * drivers/base/power/sysfs.c take none to be read.
 */
#include <stdio.h>
#include <string.h>

#include "backend/usb/sysfs.h"

/* power/level is left out: to read it makes the kernel log a warning. "remove" cannot be read. */
const struct sysfs_attr sysfs_device_attrs[] = {
	{"idVendor", 0},
	{"idProduct", 0},
	{"bcdDevice", 0},
	{"bDeviceClass", 0},
	{"bDeviceSubClass", 0},
	{"bDeviceProtocol", 0},
	{"bNumConfigurations", 0},
	{"bMaxPacketSize0", 0},
	{"bConfigurationValue", SYSFS_LOCKED},
	{"bNumInterfaces", SYSFS_LOCKED},
	{"bmAttributes", SYSFS_LOCKED},
	{"bMaxPower", SYSFS_LOCKED},
	{"configuration", SYSFS_LOCKED},
	{"manufacturer", SYSFS_LOCKED},
	{"product", SYSFS_LOCKED},
	{"serial", SYSFS_LOCKED},
	{"speed", 0},
	{"rx_lanes", 0},
	{"tx_lanes", 0},
	{"busnum", 0},
	{"devnum", 0},
	{"devpath", 0},
	{"devspec", 0},
	{"version", 0},
	{"maxchild", 0},
	{"quirks", 0},
	{"avoid_reset_quirk", 0},
	{"urbnum", SYSFS_VOLATILE},
	{"ltm_capable", 0},
	{"authorized", 0},
	{"authorized_default", 0},
	{"interface_authorized_default", 0},
	{"power/persist", 0},
	{"power/autosuspend", 0},
	{"power/autosuspend_delay_ms", 0},
	{"power/control", 0},
	{"power/wakeup", 0},
	{"power/connected_duration", SYSFS_VOLATILE},
	{"power/active_duration", SYSFS_VOLATILE},
	{"power/runtime_status", SYSFS_VOLATILE},
	{"power/runtime_active_time", SYSFS_VOLATILE},
	{"power/runtime_suspended_time", SYSFS_VOLATILE},
	{"power/usb2_hardware_lpm", 0},
	{"power/usb2_lpm_l1_timeout", 0},
	{"power/usb2_lpm_besl", 0},
	{"power/usb3_hardware_lpm_u1", SYSFS_LOCKED},
	{"power/usb3_hardware_lpm_u2", SYSFS_LOCKED},
	{NULL, 0},
};

const struct sysfs_attr sysfs_interface_attrs[] = {
	{"driver", SYSFS_LINK},
	{"bInterfaceNumber", 0},
	{"bAlternateSetting", 0},
	{"bNumEndpoints", 0},
	{"bInterfaceClass", 0},
	{"bInterfaceSubClass", 0},
	{"bInterfaceProtocol", 0},
	{"interface", 0},
	{"modalias", 0},
	{"supports_autosuspend", SYSFS_LOCKED},
	{"authorized", 0},
	{"iad_bFirstInterface", 0},
	{"iad_bInterfaceCount", 0},
	{"iad_bFunctionClass", 0},
	{"iad_bFunctionSubClass", 0},
	{"iad_bFunctionProtocol", 0},
	{NULL, 0},
};

/* "disable" asks the hub, and takes its lock. */
const struct sysfs_attr sysfs_port_attrs[] = {
	{"connect_type", 0},
	{"location", 0},
	{"over_current_count", SYSFS_VOLATILE},
	{"quirks", 0},
	{"usb3_lpm_permit", 0},
	{"early_stop", 0},
	{"state", SYSFS_VOLATILE},
	{"disable", SYSFS_LOCKED},
	{"peer", SYSFS_LINK},
	{NULL, 0},
};

const struct sysfs_attr *
sysfs_find_attr(bool of_interface, const char *name)
{
	const struct sysfs_attr *a = of_interface ? sysfs_interface_attrs : sysfs_device_attrs;
	unsigned port;
	int prefix = 0;

	if (!of_interface && sscanf(name, "port%u/%n", &port, &prefix) == 1 && prefix > 0) {
		a = sysfs_port_attrs;
		name += prefix;
	}
	for (; a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static bool
texts_differ(const char *a, const char *b)
{
	if (!a || !b)
		return a != b;
	return strcmp(a, b) != 0;
}

static bool
bytes_differ(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return a_len != b_len || (a_len > 0 && memcmp(a, b, a_len) != 0);
}

/* Both were read in the order of the same table. */
static bool
attrs_differ(bool of_interface, const struct snapshot_attr *a, size_t n_a,
	const struct snapshot_attr *b, size_t n_b)
{
	if (n_a != n_b)
		return true;
	for (size_t i = 0; i < n_a; i++) {
		const struct sysfs_attr *known = sysfs_find_attr(of_interface, a[i].name);

		if (texts_differ(a[i].name, b[i].name))
			return true;
		if (known && known->flags & SYSFS_VOLATILE)
			continue;
		if (texts_differ(a[i].text, b[i].text))
			return true;
	}
	return false;
}

static bool
interfaces_differ(const struct snapshot_interface *a, const struct snapshot_interface *b)
{
	return a->number != b->number || a->alternate != b->alternate ||
	       texts_differ(a->driver, b->driver) ||
	       bytes_differ(a->report_descriptor, a->report_descriptor_len, b->report_descriptor,
		       b->report_descriptor_len) ||
	       attrs_differ(true, a->attrs, a->n_attrs, b->attrs, b->n_attrs);
}

static bool
acls_differ(const struct snapshot *a, const struct snapshot *b)
{
	if (a->n_acl != b->n_acl)
		return true;
	for (size_t i = 0; i < a->n_acl; i++)
		if (a->acl[i].kind != b->acl[i].kind || a->acl[i].bits != b->acl[i].bits ||
			a->acl[i].id != b->acl[i].id)
			return true;
	return false;
}

bool
sysfs_differ(const struct snapshot *a, const struct snapshot *b)
{
	if (a->busnum != b->busnum || a->devnum != b->devnum || a->speed_kbit != b->speed_kbit ||
		a->uid != b->uid || a->gid != b->gid || a->mode != b->mode ||
		a->active_config != b->active_config || a->n_interfaces != b->n_interfaces ||
		texts_differ(a->node, b->node) || acls_differ(a, b) ||
		bytes_differ(
			a->descriptors, a->descriptors_len, b->descriptors, b->descriptors_len) ||
		bytes_differ(a->bos, a->bos_len, b->bos, b->bos_len) ||
		attrs_differ(false, a->attrs, a->n_attrs, b->attrs, b->n_attrs))
		return true;
	for (size_t i = 0; i < a->n_interfaces; i++)
		if (interfaces_differ(&a->interfaces[i], &b->interfaces[i]))
			return true;
	return false;
}
