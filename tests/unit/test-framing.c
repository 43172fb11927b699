/* SPDX-License-Identifier: MIT */
/* Transfers as the bytes of a file, and the other way round. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/framing.h"
#include "tests/unit/test.h"

static const unsigned char bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0xa0};

static struct framing_message
message(size_t len)
{
	return (struct framing_message){.data = bytes, .len = len};
}

/* M in framing F is what TEXT says, whatever part of it is asked for. Each part has memory of
 * exactly its length, so that a sanitizer sees a byte too many. */
static void
check_encode(enum framing f, const struct framing_message *m, const void *text, size_t len)
{
	CHECK_EQ(framing_size(f, m), len);
	for (size_t offset = 0; offset <= len; offset++) {
		for (size_t n = 0; n <= len - offset; n++) {
			unsigned char *part = malloc(n ? n : 1);

			framing_encode(f, m, offset, part, n);
			CHECK_MEM(part, n, (const char *)text + offset, n);
			free(part);
		}
	}
}

TEST(raw_framings_are_the_bytes)
{
	struct framing_message m = message(sizeof(bytes)), none = message(0);

	CHECK(framing_is_raw(FRAMING_STREAM) && framing_is_raw(FRAMING_PACKET));
	CHECK(!framing_is_raw(FRAMING_HEX) && !framing_is_raw(FRAMING_LENGTH));
	CHECK(!framing_is_raw(FRAMING_ISO));
	check_encode(FRAMING_STREAM, &m, bytes, sizeof(bytes));
	check_encode(FRAMING_PACKET, &m, bytes, sizeof(bytes));
	check_encode(FRAMING_PACKET, &none, "", 0);
}

TEST(hex)
{
	struct framing_message m = message(sizeof(bytes)), one = message(1), none = message(0);

	check_encode(FRAMING_HEX, &m, "00 01 7f 80 ff 0a a0\n", 21);
	check_encode(FRAMING_HEX, &one, "00\n", 3);
	check_encode(FRAMING_HEX, &none, "\n", 1);
}

TEST(length)
{
	struct framing_message m = message(sizeof(bytes)), none = message(0);

	check_encode(FRAMING_LENGTH, &m, "\x07\0\0\0\x00\x01\x7f\x80\xff\x0a\xa0", 11);
	check_encode(FRAMING_LENGTH, &none, "\0\0\0\0", 4);
}

TEST(iso)
{
	static const struct transfer_packet packets[] = {{.length = 9, .actual = 2},
		{.length = 9, .actual = 0, .status = -EXDEV}, {.length = 9, .actual = 5}};
	static const unsigned char text[] = {
		0, 0, 0, 0, 2, 0, 0, 0, 0x00, 0x01,                  /* */
		EXDEV, 0, 0, 0, 0, 0, 0, 0,                          /* */
		0, 0, 0, 0, 5, 0, 0, 0, 0x7f, 0x80, 0xff, 0x0a, 0xa0 /* */
	};
	struct framing_message m = message(sizeof(bytes));

	m.packets = packets;
	m.n_packets = ARRAY_SIZE(packets);
	check_encode(FRAMING_ISO, &m, text, sizeof(text));
}

TEST(numbers)
{
	static const unsigned values[] = {0, 1, 0x80, 0x12345678, 0x80000000, 0xffffffff};
	unsigned char four[4];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		framing_put_u32(four, values[i]);
		CHECK_EQ(framing_get_u32(four), values[i]);
	}
	framing_put_u32(four, 0x12345678);
	CHECK_MEM(four, 4, "\x78\x56\x34\x12", 4);
}

/* Decodes the first message of a copy of TEXT that ends where its memory ends. */
static int
decode(enum framing f, const void *text, size_t len, bool last, unsigned char *to, size_t *used,
	size_t *n)
{
	unsigned char *copy = malloc(len ? len : 1);
	int checked, r;
	size_t u = 77, c = 77;

	memcpy(copy, text, len);
	*used = *n = 77;
	checked = framing_decode(f, copy, len, last, NULL, &u, &c);
	r = framing_decode(f, copy, len, last, to, used, n);
	CHECK_EQ(checked, r);
	CHECK_EQ(u, *used);
	CHECK_EQ(c, *n);
	if (r <= 0)
		CHECK(*used == 77 && *n == 77); /* untouched */
	free(copy);
	return r;
}

/* The first message of TEXT takes USED bytes of it, and is WANT. */
static void
check_decode(enum framing f, const void *text, size_t len, bool last, size_t used, const void *want,
	size_t want_len)
{
	unsigned char to[64];
	size_t u, n;

	CHECK_EQ(decode(f, text, len, last, to, &u, &n), 1);
	CHECK_EQ(u, used);
	CHECK_MEM(to, n, want, want_len);
}

static void
check_no_message(enum framing f, const void *text, size_t len, bool last, int expected)
{
	unsigned char to[64];
	size_t u, n;

	CHECK_EQ(decode(f, text, len, last, to, &u, &n), expected);
}

TEST(lines_of_hex)
{
	check_decode(FRAMING_HEX, "01 ff\n02\n", 9, false, 6, "\x01\xff", 2);
	check_decode(FRAMING_HEX, "01fF\n", 5, false, 5, "\x01\xff", 2);
	check_decode(FRAMING_HEX, "\t01  fF \r\n", 10, false, 10, "\x01\xff", 2);
	check_decode(FRAMING_HEX, "\n01\n", 4, false, 1, "", 0);
	check_decode(FRAMING_HEX, " \r\n", 3, false, 3, "", 0);
	check_decode(FRAMING_HEX, "01 ff", 5, true, 5, "\x01\xff", 2);
	check_decode(FRAMING_HEX, "01\nff", 5, true, 3, "\x01", 1);
}

TEST(lines_that_are_not_complete)
{
	static const char line[] = "01 fF 20";

	for (size_t n = 0; n < sizeof(line); n++)
		check_no_message(FRAMING_HEX, line, n, false, 0);
	check_no_message(FRAMING_HEX, line, 0, true, 0);
	check_no_message(FRAMING_HEX, line, 1, true, -EINVAL);
	check_no_message(FRAMING_HEX, line, 4, true, -EINVAL);
}

TEST(what_is_no_hex_text)
{
	static const char *const bad[] = {"0\n", "0 1\n", "01 2\n", "0x01\n", "g0\n", "0g\n",
		"01,02\n", "-1\n", "\x80\x81\n"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		check_no_message(FRAMING_HEX, bad[i], strlen(bad[i]), false, -EINVAL);
	check_no_message(FRAMING_HEX, "0\0\n", 3, false, -EINVAL);
	check_no_message(FRAMING_HEX, "\0\n", 2, false, -EINVAL);
	check_no_message(FRAMING_HEX, "x", 1, false, -EINVAL); /* no need to wait for the rest */
	check_no_message(FRAMING_HEX, "0x", 2, false, -EINVAL);
	check_decode(FRAMING_HEX, "01\nxx\n", 6, false, 3, "\x01", 1);
}

TEST(messages_behind_their_length)
{
	static const char text[] = "\x03\0\0\0abc\x02\0\0\0de";

	for (size_t n = 0; n < 7; n++)
		check_no_message(FRAMING_LENGTH, text, n, false, 0);
	check_decode(FRAMING_LENGTH, text, 7, false, 7, "abc", 3);
	check_decode(FRAMING_LENGTH, text, 13, false, 7, "abc", 3);
	check_decode(FRAMING_LENGTH, text, 7, true, 7, "abc", 3);
	check_decode(FRAMING_LENGTH, "\0\0\0\0", 4, false, 4, "", 0);
	check_no_message(FRAMING_LENGTH, text, 0, true, 0);
	for (size_t n = 1; n < 7; n++)
		check_no_message(FRAMING_LENGTH, text, n, true, -EINVAL);
}

TEST(the_other_way_round)
{
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct framing_message m = message(len);
		unsigned char text[64];

		for (enum framing f = FRAMING_HEX; f <= FRAMING_LENGTH; f++) {
			size_t size = framing_size(f, &m);

			framing_encode(f, &m, 0, text, size);
			check_decode(f, text, size, false, size, bytes, len);
		}
	}
}

/* A length that no transfer has is an error at once, not a wait for bytes that never come. */
TEST(lengths_are_bounded)
{
	unsigned char header[8] = {0};

	framing_put_u32(header, FRAMING_MESSAGE_MAX);
	check_no_message(FRAMING_LENGTH, header, 4, false, 0);
	check_no_message(FRAMING_LENGTH, header, 8, false, 0);
	framing_put_u32(header, FRAMING_MESSAGE_MAX + 1);
	check_no_message(FRAMING_LENGTH, header, 4, false, -EINVAL);
	framing_put_u32(header, 0xffffffff);
	check_no_message(FRAMING_LENGTH, header, 4, false, -EINVAL);
	check_no_message(FRAMING_LENGTH, header, 8, false, -EINVAL);
}

TEST(lines_are_bounded)
{
	size_t len = 2 * ((size_t)FRAMING_MESSAGE_MAX + 1), used, n;
	unsigned char *text = malloc(len + 1), *to = malloc(len);

	memset(text, '0', len);
	text[len] = '\n';
	CHECK_EQ(framing_decode(FRAMING_HEX, text, len, false, to, &used, &n), -EINVAL);
	CHECK_EQ(framing_decode(FRAMING_HEX, text, len + 1, false, to, &used, &n), -EINVAL);
	CHECK_EQ(framing_decode(FRAMING_HEX, text, len - 2, false, to, &used, &n), 0);
	CHECK_EQ(framing_decode(FRAMING_HEX, text + 2, len - 1, false, to, &used, &n), 1);
	CHECK_EQ(n, FRAMING_MESSAGE_MAX);
	free(text);
	free(to);
}
