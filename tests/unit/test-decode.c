/* SPDX-License-Identifier: MIT */
/* The decoded descriptors: names from elsewhere, text that upsets, limits, and how long they live.
 * What the decoder says of each descriptor is in tests/golden. */
#include <string.h>

#include "layout/decode/decode.h"
#include "layout/decode/out.h"
#include "layout/layout.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* Does TEXT have this line, without what it is indented by? */
static bool
has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (; *text; text = strchr(text, '\n') + 1) {
		text += strspn(text, " ");
		if (strncmp(text, line, len) == 0 && text[len] == '\n')
			return true;
	}
	return false;
}

TEST(names_of_the_database)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_keyboard, 1);
	struct layout *l;
	const char *text;

	tree_attr(s, "ID_VENDOR_FROM_DATABASE", "Maker, Inc.");
	tree_attr(s, "ID_MODEL_FROM_DATABASE", "Keyboard \"K\"");
	l = tree_with(s);
	text = tree_text(l, "1-2/descriptors.txt");
	CHECK(has_line(text, "idVendor                    0x046d  Maker, Inc."));
	CHECK(has_line(text, "idProduct                   0xc31c  Keyboard \"K\""));
	text = tree_text(l, "1-2/descriptors.json");
	CHECK(strstr(text, "\"idVendor\":[\"Maker, Inc.\"]"));
	CHECK(strstr(text, "\"idProduct\":[\"Keyboard \\\"K\\\"\"]"));
	layout_free(l);
}

TEST(strings_that_are_known)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_composite, 1);
	struct layout *l;
	const char *text;

	tree_attr(s, "manufacturer", "Maker\n");
	tree_attr(s, "configuration", "All\n");
	tree_interface_attr(s, 0, "interface", "Modem\n");
	l = tree_with(s);
	text = tree_text(l, "1-2/descriptors.txt");
	CHECK(has_line(text, "iManufacturer               1  Maker"));
	CHECK(has_line(text, "iProduct                    2"));
	CHECK(has_line(text, "iConfiguration              4  All"));
	CHECK(has_line(text, "iInterface                  5  Modem"));
	/* The same number is the same string. */
	CHECK(has_line(text, "iFunction                   5  Modem"));
	CHECK(has_line(text, "iInterface                  7"));
	layout_free(l);
}

static const char *
quoted(const char *text, size_t len)
{
	static struct out o;

	o.len = 0;
	out_quoted(&o, text, len);
	out_bytes(&o, "", 1);
	return o.buf;
}

static const char *
json(const char *text, size_t len)
{
	static struct out o;

	o.len = 0;
	out_json(&o, text, len);
	out_bytes(&o, "", 1);
	return o.buf;
}

#define QUOTED(text) quoted(text, sizeof(text) - 1)
#define JSON(text)   json(text, sizeof(text) - 1)

TEST(untrusted_text)
{
	CHECK_STR(QUOTED("plain \303\251 \360\237\230\200"), "plain \303\251 \360\237\230\200");
	CHECK_STR(QUOTED("a\033[2Jb\\ \n"), "a\\x1b[2Jb\\\\ \\x0a");
	CHECK_STR(QUOTED("end "), "end\\x20");
	CHECK_STR(QUOTED("\0"), "\\x00");
	CHECK_STR(QUOTED("\302\205"), "\\xc2\\x85");
	CHECK_STR(QUOTED("\342\200\256"), "\\xe2\\x80\\xae");
	CHECK_STR(QUOTED("\300\200\355\240\200\364\220\200\200\303"),
		"\\xc0\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc3");

	CHECK_STR(JSON("a\"b\\c/\n\001\177"), "\"a\\\"b\\\\c/\\u000a\\u0001\\u007f\"");
	CHECK_STR(JSON("\303\251\342\200\256"), "\"\\u00e9\\u202e\"");
	CHECK_STR(JSON("\360\237\230\200\364\217\277\277"), "\"\\ud83d\\ude00\\udbff\\udfff\"");
	CHECK_STR(JSON("\377\303x"), "\"\\ufffd\\ufffdx\"");
	CHECK_STR(JSON("\0"), "\"\\u0000\"");
}

/* Half a megabyte of the smallest descriptors that there are. */
TEST(too_much_to_decode)
{
	enum { SIZE = 512 * 1024 };

	uint8_t *blob = malloc(SIZE);
	struct snapshot *s;
	struct layout *l;
	const char *text;

	memcpy(blob, blob_keyboard, 27);
	for (size_t i = 27; i + 1 < SIZE; i += 2) {
		blob[i] = 2;
		blob[i + 1] = 0xff;
	}
	blob[20] = blob[21] = 0xff;
	s = tree_snapshot("1-2", blob, SIZE, 1);
	l = tree_with(s);
	text = tree_text(l, "1-2/descriptors.txt");
	CHECK(strlen(text) > 2 * 1024 * 1024 && strlen(text) < 5 * 1024 * 1024);
	CHECK(has_line(text, "! there are too many descriptors to decode all of them"));
	CHECK(tree_len(l, "1-2/descriptors.json") < 5 * 1024 * 1024);
	layout_free(l);
	free(blob);
}

TEST(a_change_makes_another_text)
{
	struct snapshot *s = TREE_DEVICE("1-2", blob_keyboard, 1), *next;
	struct layout *l = tree_with(snapshot_ref(s));
	const char *text = tree_text(l, "1-2/descriptors.txt");

	CHECK(has_line(text, "configuration in force      1"));
	CHECK_EQ(tree_stat(l, "1-2/descriptors.txt").size, strlen(text));
	next = tree_snapshot(s->name, s->descriptors, s->descriptors_len, 0);
	next->seq = s->seq;
	snapshot_unref(s);
	tree_put(l, next);
	text = tree_text(l, "1-2/descriptors.txt");
	CHECK(has_line(text, "configuration in force      0"));
	CHECK_EQ(tree_stat(l, "1-2/descriptors.txt").size, strlen(text));
	layout_free(l);
}
