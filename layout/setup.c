/* SPDX-License-Identifier: MIT */
/* Control requests: names, bytes, and which ones are not passed on; see setup.h. */
#include "layout/setup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Exactly DIGITS of them. */
static bool
take_hex(const char **at, unsigned digits, uint16_t *ret)
{
	unsigned value = 0;

	for (unsigned i = 0; i < digits; i++) {
		char c = **at;

		if (!isxdigit((unsigned char)c))
			return false;
		value = value << 4 |
			(unsigned)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
		++*at;
	}
	*ret = (uint16_t)value;
	return true;
}

static bool
take_dash(const char **at)
{
	return *(*at)++ == '-';
}

bool
setup_parse_name(const char *name, struct setup *ret)
{
	struct setup s = {.any_length = true};
	uint16_t type, request;

	if (!take_hex(&name, 2, &type) || !take_dash(&name) || !take_hex(&name, 2, &request) ||
		!take_dash(&name) || !take_hex(&name, 4, &s.value) || !take_dash(&name) ||
		!take_hex(&name, 4, &s.index))
		return false;
	if (*name) {
		s.any_length = false;
		if (!take_dash(&name) || !take_hex(&name, 4, &s.length) || *name)
			return false;
	}
	s.type = (uint8_t)type;
	s.request = (uint8_t)request;
	*ret = s;
	return true;
}

const char *
setup_print_name(const struct setup *s, char buf[SETUP_NAME_MAX])
{
	int n = snprintf(buf, SETUP_NAME_MAX, "%02x-%02x-%04x-%04x", s->type, s->request, s->value,
		s->index);

	if (!s->any_length)
		snprintf(buf + n, SETUP_NAME_MAX - (size_t)n, "-%04x", s->length);
	return buf;
}

bool
setup_equal(const struct setup *a, const struct setup *b)
{
	return a->type == b->type && a->request == b->request && a->value == b->value &&
	       a->index == b->index && a->length == b->length && a->any_length == b->any_length;
}

bool
setup_is_written(const struct setup *s)
{
	return !(s->type & SETUP_IN) && (s->any_length || s->length > 0);
}

void
setup_encode(const struct setup *s, unsigned char bytes[SETUP_BYTES])
{
	bytes[0] = s->type;
	bytes[1] = s->request;
	bytes[2] = (uint8_t)s->value;
	bytes[3] = (uint8_t)(s->value >> 8);
	bytes[4] = (uint8_t)s->index;
	bytes[5] = (uint8_t)(s->index >> 8);
	bytes[6] = (uint8_t)s->length;
	bytes[7] = (uint8_t)(s->length >> 8);
}

void
setup_decode(const unsigned char bytes[SETUP_BYTES], struct setup *ret)
{
	*ret = (struct setup){
		.type = bytes[0],
		.request = bytes[1],
		.value = (uint16_t)(bytes[2] | bytes[3] << 8),
		.index = (uint16_t)(bytes[4] | bytes[5] << 8),
		.length = (uint16_t)(bytes[6] | bytes[7] << 8),
	};
}

/* Devices tend to look at bRequest and at little else, so whatever has that number counts. */
int
setup_check(const struct setup *s, char why[SETUP_WHY_MAX])
{
	bool standard = (s->type & SETUP_TYPE) == SETUP_STANDARD;
	char name[SETUP_NAME_MAX];

	setup_print_name(s, name);
	if (standard && s->request == SETUP_SET_ADDRESS) {
		snprintf(why, SETUP_WHY_MAX,
			"%s: SET_ADDRESS is the kernel's, it would lose the device", name);
		return -EPERM;
	}
	if (s->length > SETUP_DATA_MAX) {
		snprintf(why, SETUP_WHY_MAX, "%s: %u bytes; at most %d can be moved", name,
			s->length, (int)SETUP_DATA_MAX);
		return -E2BIG;
	}
	if (standard && s->request == SETUP_SET_CONFIGURATION &&
		(s->type != SETUP_DEVICE || s->index || s->length || s->value > UINT8_MAX)) {
		snprintf(why, SETUP_WHY_MAX, "%s: SET_CONFIGURATION N is 00-09-00NN-0000-0000",
			name);
		return -EINVAL;
	}
	if (standard && s->request == SETUP_SET_INTERFACE &&
		(s->type != SETUP_INTERFACE || s->length || s->value > UINT8_MAX ||
			s->index > UINT8_MAX)) {
		snprintf(why, SETUP_WHY_MAX,
			"%s: SET_INTERFACE, interface II to setting AA, is 01-0b-00AA-00II-0000",
			name);
		return -EINVAL;
	}
	return 0;
}

enum setup_meaning
setup_meaning(const struct setup *s)
{
	if ((s->type & SETUP_TYPE) != SETUP_STANDARD)
		return SETUP_PLAIN;
	if (s->request == SETUP_SET_CONFIGURATION)
		return SETUP_CHANGES_CONFIGURATION;
	if (s->request == SETUP_SET_INTERFACE)
		return SETUP_CHANGES_ALTERNATE;
	/* ENDPOINT_HALT is feature 0. */
	if (s->type == SETUP_ENDPOINT && s->request == SETUP_CLEAR_FEATURE && s->value == 0 &&
		s->length == 0 && (s->index & 0x0f) != 0)
		return SETUP_CLEARS_HALT;
	return SETUP_PLAIN;
}
