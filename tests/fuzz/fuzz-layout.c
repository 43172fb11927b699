/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the tree: a device with any bytes for descriptors gives a tree in which every name that a
 * directory lists is found there, every node has a path and a size that is right, and any number
 * may be asked about; the decoded descriptors are valid whatever the bytes, and what is written
 * about all devices keeps its form. The input is that of fuzz-desc.c; which configuration and which
 * setting are in force, and the speed, are taken from bytes of the device descriptor that nothing
 * else uses.
 */
#include <string.h>
#include <sys/stat.h>

#include "layout/alias.h"
#include "layout/event.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json.h"

enum { MAX_NODES = 4000 }; /* to look at, however large the tree is */

static struct snapshot *
make_snapshot(const uint8_t *data, size_t size)
{
	static const unsigned speeds[] = {0, 1500, 12000, 480000, 5000000};
	struct snapshot *s = snapshot_new(0);
	struct desc_index *x = desc_index_new(data, size);
	const struct desc_config *c;

	REQUIRE(s && x);
	s->name = strdup("1-1");
	s->mode = 0664;
	s->descriptors = malloc(size ? size : 1);
	memcpy(s->descriptors, data, size);
	s->descriptors_len = size;
	/* The same once more as a BOS, from where one stands in the corpus. */
	if (size > 18) {
		s->bos = malloc(size - 18);
		memcpy(s->bos, data + 18, size - 18);
		s->bos_len = size - 18;
	}
	s->speed_kbit = speeds[desc_u8(x->device, 14) % 5];
	s->active_config = desc_u8(x->device, 15);
	if (s->active_config == 0 && x->n_configs > 0)
		s->active_config = x->configs[0].value;
	c = desc_config(x, s->active_config);
	for (size_t i = 0; c && i < c->n_interfaces; i++) {
		struct snapshot_interface *si = snapshot_add_interface(s, c->interfaces[i].number);

		REQUIRE(si);
		si->alternate = desc_u8(x->device, 16);
		REQUIRE(snapshot_interface_add_attr(si, "modalias", "usb:\n", 5) == 0);
		/* And as report descriptors, from a byte on that differs. */
		if (size > 18 + i)
			REQUIRE(snapshot_interface_set_report(si, data + 18 + i, size - 18 - i) ==
				0);
	}
	REQUIRE(snapshot_add_attr(s, "power/control", "on\n", 3) == 0);
	/* What a device says of itself is any text. */
	REQUIRE(snapshot_add_attr(s, "serial", (const char *)data, size) == 0);
	REQUIRE(snapshot_add_attr(s, "product", (const char *)data, size) == 0);
	desc_index_free(x);
	return s;
}

static void
check_node(struct layout *l, uint64_t dir, const char *name, uint64_t ino)
{
	struct layout_stat st;
	struct layout_target t;
	uint64_t found;
	char *text;
	size_t len;

	REQUIRE(layout_lookup(l, dir, name, &found) == 0 && found == ino);
	REQUIRE(layout_stat(l, ino, &st) == 0 && st.ino == ino);
	REQUIRE(layout_target(l, ino, &t) == 0 && t.type == st.type);
	REQUIRE((st.type == LAYOUT_DIR) == S_ISDIR(st.mode));
	REQUIRE(st.type != LAYOUT_DATA || (t.desc && t.desc->address == t.endpoint));
	if (st.type == LAYOUT_TEXT) {
		REQUIRE(layout_text(l, ino, &text, &len) == 0 && len == st.size);
		if (strcmp(name, "descriptors.txt") == 0 ||
			strcmp(name, "report_descriptor.txt") == 0)
			REQUIRE(text_clean(text, len));
		if (strcmp(name, "descriptors.json") == 0)
			REQUIRE(json_valid(text, len));
		free(text);
	}
	if (st.type == LAYOUT_LINK) {
		char target[1000];

		REQUIRE(layout_link(l, ino, target, sizeof(target)) == 0);
		REQUIRE(strlen(target) == st.size);
		REQUIRE(layout_resolve(l, dir, target, &found) == 0);
		REQUIRE(layout_seq(found) == layout_seq(ino));
	}
	text = layout_path(l, ino);
	REQUIRE(text && strcmp(strrchr(text, '/') ? strrchr(text, '/') + 1 : text, name) == 0);
	free(text);
}

static void
walk(struct layout *l, uint64_t dir, unsigned *left)
{
	uint64_t cursor = 0, ino;
	const char *borrowed;
	mode_t mode;
	int r;

	while ((r = layout_readdir(l, dir, cursor, &borrowed, &ino, &mode, &cursor)) > 0) {
		char *name = strdup(borrowed);

		REQUIRE(name && *name && !strchr(name, '/'));
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && *left > 0) {
			--*left;
			check_node(l, dir, name, ino);
			if (S_ISDIR(mode))
				walk(l, ino, left);
		}
		free(name);
	}
	REQUIRE(r == 0);
}

/* Strings end where they should, and nothing but them has anything but ASCII in it. */
static void
check_json(struct layout *l)
{
	uint64_t ino;
	unsigned depth = 0;
	bool quoted = false;
	char *text;
	size_t len;

	REQUIRE(layout_lookup(l, LAYOUT_ROOT, "devices.json", &ino) == 0);
	REQUIRE(layout_text(l, ino, &text, &len) == 0);
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		REQUIRE(c == '\n' ? !quoted : (unsigned char)c >= ' ' && c != 0x7f);
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && strchr("[{", c))
			depth++;
		else if (!quoted && strchr("]}", c))
			REQUIRE(depth-- > 0);
		else
			REQUIRE(quoted || (unsigned char)c < 0x7f);
	}
	REQUIRE(depth == 0 && !quoted);
	free(text);
}

static void
check_event(struct layout *l, uint64_t seq)
{
	unsigned words = 1;
	char *line;

	REQUIRE(event_line(l, seq, "add", NULL, &line) == 0);
	for (const char *c = line; *c; c++) {
		REQUIRE((*c == '\n') == !c[1] && (*c == '\n' || (*c >= ' ' && *c < 0x7f)));
		words += *c == ' ';
	}
	REQUIRE(words == 5);
	free(line);
}

/* Any bytes as a file of aliases: what is written of them is read again as the same. */
static void
check_aliases(struct layout *l, const uint8_t *data, size_t size)
{
	char *first, *second;
	size_t first_len, second_len;
	unsigned line = 0;

	if (layout_alias_load(l, (const char *)data, size, &line) < 0)
		REQUIRE(line > 0);
	REQUIRE(layout_alias_text(l, &first, &first_len) == 0);
	REQUIRE(layout_alias_load(l, first, first_len, &line) == 0);
	REQUIRE(layout_alias_text(l, &second, &second_len) == 0);
	REQUIRE(first_len == second_len && memcmp(first, second, first_len) == 0);
	free(first);
	free(second);
}

/* Numbers that a confused kernel could send. */
static void
ask_anything(struct layout *l, uint64_t device, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 8 <= size && i < 256; i++) {
		struct layout_stat st;
		uint64_t ino, found, cursor;
		const char *name;
		mode_t mode;
		int r;

		memcpy(&ino, data + i, sizeof(ino));
		/* Mostly of this device. */
		if (i % 8)
			ino = (device & ~(uint64_t)0 << 34) | (ino & (((uint64_t)1 << 34) - 1));
		r = layout_stat(l, ino, &st);
		REQUIRE((layout_lookup(l, ino, ".", &found) == 0) == (r == 0 && S_ISDIR(st.mode)));
		layout_readdir(l, ino, data[i], &name, &found, &mode, &cursor);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layout *l = layout_new(0, 0, 0);
	struct snapshot *s = make_snapshot(data, size);
	unsigned left = MAX_NODES;
	uint64_t device;

	REQUIRE(l && layout_put(l, s, 1) == 0);
	REQUIRE(layout_alias_add(l, "an alias", s->seq, &device) == 0);
	walk(l, LAYOUT_ROOT, &left);
	/* The root is in the count, and not among what was walked through. */
	if (left > 0)
		REQUIRE(layout_count(l) == MAX_NODES - left + 1);
	REQUIRE(layout_lookup(l, LAYOUT_ROOT, "1-1", &device) == 0);
	ask_anything(l, device, data, size);
	check_json(l);
	check_event(l, s->seq);
	check_aliases(l, data, size);
	layout_free(l);
	snapshot_unref(s);
	return 0;
}
