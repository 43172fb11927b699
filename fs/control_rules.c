/* SPDX-License-Identifier: MIT */
/* As check_ctrlrecip() of Linux's drivers/usb/core/devio.c has it; see control_rules.h. */
#include "fs/control_rules.h"

#include <errno.h>

enum { CLASS_PRINTER = 7 };

/* The first interface that has the endpoint in some setting. */
static int
interface_of(const struct desc_config *config, uint8_t address, int *ret)
{
	for (size_t i = 0; i < config->n_interfaces; i++)
		for (size_t a = 0; a < config->interfaces[i].n_alts; a++)
			if (desc_endpoint(&config->interfaces[i].alts[a], address)) {
				*ret = config->interfaces[i].number;
				return 0;
			}
	return -ENOENT;
}

/* GET_DEVICE_ID, which is for whoever would like to know the ink level: interface in the high byte,
 * setting in the low one. */
static bool
is_printer_id(const struct desc_config *config, const struct setup *s)
{
	const struct desc_interface *i;
	const struct desc_alt *a;

	if (s->type != (SETUP_IN | SETUP_CLASS | SETUP_INTERFACE) || s->request != 0)
		return false;
	i = desc_interface(config, s->index >> 8);
	a = i ? desc_alt(i, s->index & 0xff) : NULL;
	return a && desc_u8(a->self, 5) == CLASS_PRINTER;
}

static int
claim_in(const struct desc_config *config, const struct setup *s, int *ret)
{
	uint8_t index = s->index & 0xff;

	switch (s->type & SETUP_RECIPIENT) {
	case SETUP_INTERFACE:
		if (is_printer_id(config, s))
			break;
		if (!desc_interface(config, index))
			return -ENOENT;
		*ret = index;
		return 0;
	case SETUP_ENDPOINT:
		if ((index & ~SETUP_IN) == 0)
			break;
		/* Some programs get the direction wrong, and the kernel lets them. */
		if (interface_of(config, index, ret) == 0)
			return 0;
		return interface_of(config, index ^ SETUP_IN, ret);
	}
	*ret = CONTROL_NO_CLAIM;
	return 0;
}

int
control_rules_claim(const struct snapshot *s, const struct setup *setup, int *ret)
{
	static const struct desc_config none;
	const struct desc_config *config;
	struct desc_index *index;
	int r;

	if ((setup->type & SETUP_TYPE) == SETUP_VENDOR ||
		(setup->type & SETUP_RECIPIENT) == SETUP_DEVICE) {
		*ret = CONTROL_NO_CLAIM;
		return 0;
	}
	index = desc_index_new(s->descriptors, s->descriptors_len);
	if (!index)
		return -ENOMEM;
	config = desc_config(index, s->active_config);
	r = claim_in(config ? config : &none, setup, ret);
	desc_index_free(index);
	return r;
}

int
control_rules_endpoint(const struct snapshot *s, unsigned address, int *ret)
{
	struct desc_index *index = desc_index_new(s->descriptors, s->descriptors_len);
	const struct desc_config *config;
	int r;

	if (!index)
		return -ENOMEM;
	config = desc_config(index, s->active_config);
	r = config ? interface_of(config, (uint8_t)address, ret) : -ENOENT;
	desc_index_free(index);
	return r;
}
