/* SPDX-License-Identifier: MIT */
/* The texts made from all descriptors of a device, and how long they are kept; see node.h. */
#include <stdlib.h>
#include <string.h>

#include "layout/decode/decode.h"
#include "layout/decode/hid-out.h"
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

size_t
print_report(const struct place *p, const struct entry *e, char *buf, size_t size)
{
	struct decoded *x = p->device->decoded;
	struct desc_span raw = raw_report(p);
	struct out o = {.buf = NULL};

	(void)e;
	if (raw.len == 0)
		return NO_SUCH_FILE;
	if (!x->report || x->report_of != raw.data) {
		hid_text(&o, raw, 0);
		if (o.failed) {
			out_free(&o);
			return NO_SUCH_FILE;
		}
		free(x->report);
		x->report_of = raw.data;
		x->report = o.buf;
		x->report_len = o.len;
	}
	if (size > 0)
		memcpy(buf, x->report, x->report_len < size ? x->report_len : size);
	return x->report_len;
}

void
decoded_drop(struct decoded *x)
{
	free(x->report);
	x->report = NULL;
	x->report_of = NULL;
	for (size_t i = 0; i < N_DECODED; i++) {
		free(x->text[i]);
		x->text[i] = NULL;
	}
}
