/* SPDX-License-Identifier: MIT */
/* The table of backends, by the scheme of their URI. */
#include "backend/backend.h"

#include <string.h>

static const struct backend_ops *const backends[] = {
	&backend_usb,
	&backend_sim,
};

const struct backend_ops *
backend_find(const char *uri, const char **ret_arg)
{
	size_t len = strcspn(uri, ":");

	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		const char *scheme = backends[i]->scheme;

		if (strlen(scheme) != len || memcmp(scheme, uri, len) != 0)
			continue;
		*ret_arg = uri[len] == ':' ? uri + len + 1 : NULL;
		return backends[i];
	}
	return NULL;
}
