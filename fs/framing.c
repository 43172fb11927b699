/* SPDX-License-Identifier: MIT */
/* Transfers as the bytes of a file; see framing.h. */
#include "fs/framing.h"

#include <errno.h>
#include <string.h>

enum { LENGTH_HEADER = 4 };

static const char hex_digits[] = "0123456789abcdef";

bool
framing_is_raw(enum framing f)
{
	return f == FRAMING_STREAM || f == FRAMING_PACKET;
}

void
framing_put_u32(unsigned char *to, unsigned value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

unsigned
framing_get_u32(const unsigned char *from)
{
	return from[0] | (unsigned)from[1] << 8 | (unsigned)from[2] << 16 | (unsigned)from[3] << 24;
}

size_t
framing_size(enum framing f, const struct framing_message *m)
{
	switch (f) {
	case FRAMING_HEX:
		return m->len ? 3 * m->len : 1; /* "xx xx\n"; a ZLP: "\n" */
	case FRAMING_LENGTH:
		return LENGTH_HEADER + m->len;
	case FRAMING_ISO:
		return m->n_packets * (size_t)FRAMING_ISO_HEADER + m->len;
	default:
		return m->len;
	}
}

static void
encode_hex(const struct framing_message *m, size_t offset, unsigned char *to, size_t n)
{
	for (size_t i = offset; i < offset + n; i++) {
		size_t byte = i / 3;

		if (i % 3 == 2 || m->len == 0)
			*to++ = byte + 1 < m->len ? ' ' : '\n';
		else
			*to++ = (unsigned char)
				hex_digits[i % 3 ? m->data[byte] & 0x0f : m->data[byte] >> 4];
	}
}

/* The part of LEN bytes at DATA, which begin at *AT of the whole, that lies between OFFSET and
 * OFFSET + N. */
static void
copy_part(const unsigned char *data, size_t len, size_t *at, size_t offset, unsigned char *to,
	size_t n)
{
	size_t begin = *at > offset ? *at : offset;
	size_t end = *at + len < offset + n ? *at + len : offset + n;

	if (begin < end)
		memcpy(to + (begin - offset), data + (begin - *at), end - begin);
	*at += len;
}

static void
encode_iso(const struct framing_message *m, size_t offset, unsigned char *to, size_t n)
{
	const unsigned char *data = m->data;
	size_t at = 0;

	for (unsigned i = 0; i < m->n_packets && at < offset + n; i++) {
		const struct transfer_packet *p = &m->packets[i];
		unsigned char header[FRAMING_ISO_HEADER];

		framing_put_u32(header, p->status < 0 ? (unsigned)-p->status : 0);
		framing_put_u32(header + 4, p->actual);
		copy_part(header, sizeof(header), &at, offset, to, n);
		copy_part(data, p->actual, &at, offset, to, n);
		data += p->actual;
	}
}

void
framing_encode(
	enum framing f, const struct framing_message *m, size_t offset, unsigned char *to, size_t n)
{
	unsigned char header[LENGTH_HEADER];
	size_t at = 0;

	switch (f) {
	case FRAMING_HEX:
		encode_hex(m, offset, to, n);
		break;
	case FRAMING_LENGTH:
		framing_put_u32(header, (unsigned)m->len);
		copy_part(header, sizeof(header), &at, offset, to, n);
		copy_part(m->data, m->len, &at, offset, to, n);
		break;
	case FRAMING_ISO:
		encode_iso(m, offset, to, n);
		break;
	default:
		memcpy(to, m->data + offset, n);
	}
}

static int
digit(unsigned char c)
{
	const char *at = memchr(hex_digits, c >= 'A' && c <= 'F' ? c | 0x20 : c, 16);

	return at ? (int)(at - hex_digits) : -1;
}

static int
decode_hex(const unsigned char *text, size_t len, bool last, unsigned char *to, size_t *ret_used,
	size_t *ret_len)
{
	const unsigned char *end = memchr(text, '\n', len);
	size_t line = end ? (size_t)(end - text) : len, n = 0;

	for (size_t i = 0; i < line; i++) {
		int high, low;

		if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')
			continue;
		high = digit(text[i]);
		/* A line whose rest is to come may have been cut in the middle of a byte. */
		if (high >= 0 && i + 1 == line && !end && !last)
			break;
		low = i + 1 < line ? digit(text[i + 1]) : -1;
		if (high < 0 || low < 0 || n == FRAMING_MESSAGE_MAX)
			return -EINVAL;
		if (to)
			to[n] = (unsigned char)(high << 4 | low);
		n++;
		i++;
	}
	if (!end && !last)
		return 0;
	*ret_used = line + (end ? 1 : 0);
	*ret_len = n;
	return 1;
}

static int
decode_length(const unsigned char *text, size_t len, bool last, unsigned char *to, size_t *ret_used,
	size_t *ret_len)
{
	size_t n;

	if (len < LENGTH_HEADER)
		return last && len ? -EINVAL : 0;
	n = framing_get_u32(text);
	if (n > FRAMING_MESSAGE_MAX)
		return -EINVAL;
	if (len - LENGTH_HEADER < n)
		return last ? -EINVAL : 0;
	if (to)
		memcpy(to, text + LENGTH_HEADER, n);
	*ret_used = LENGTH_HEADER + n;
	*ret_len = n;
	return 1;
}

int
framing_decode(enum framing f, const unsigned char *text, size_t len, bool last, unsigned char *to,
	size_t *ret_used, size_t *ret_len)
{
	if (len == 0)
		return 0;
	return f == FRAMING_HEX ? decode_hex(text, len, last, to, ret_used, ret_len)
				: decode_length(text, len, last, to, ret_used, ret_len);
}
