/* SPDX-License-Identifier: MIT */
/* The texts made from all descriptors of a device, and how long they are kept; see node.h. */
#include <stdlib.h>

#include "layout/decode/decode.h"
#include "layout/node.h"

struct desc_span
decoded_text(const struct layout_device *d, const struct entry *e)
{
	struct decoded *x = d->decoded;
	size_t which = e->offset;

	if (!x->text[which]) {
		char *(*decode)(const struct snapshot *, const struct desc_index *, size_t *) =
			which == DECODED_TEXT ? decode_text : decode_json;

		x->text[which] = decode(d->snapshot, d->index, &x->len[which]);
		if (!x->text[which])
			return (struct desc_span){.data = NULL};
	}
	return (struct desc_span){.data = (const uint8_t *)x->text[which], .len = x->len[which]};
}

void
decoded_drop(struct decoded *x)
{
	for (size_t i = 0; i < N_DECODED; i++) {
		free(x->text[i]);
		x->text[i] = NULL;
	}
}
