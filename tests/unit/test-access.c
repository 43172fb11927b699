/* SPDX-License-Identifier: MIT */
/* ACLs of files, from those of the devices' nodes. Modes without one: test-layout.c. */
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define INTERFACE "1-1/config1/interface1/"

static struct layout *layout;

static const struct {
	enum snapshot_acl_kind kind;
	unsigned bits;
	uint32_t id;
} acl[] = {
	{SNAPSHOT_ACL_USER, 6, 1000},
	{SNAPSHOT_ACL_USER, 4, 1001},
	{SNAPSHOT_ACL_USER, 2, 1002},
	{SNAPSHOT_ACL_OWNING_GROUP, 0, 0},
	{SNAPSHOT_ACL_GROUP, 7, 50},
	{SNAPSHOT_ACL_GROUP, 4, 51},
};

/* A device whose node has that mode, and the ACL above. */
static void
put(mode_t mode)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_composite, 1);

	s->mode = mode;
	for (size_t i = 0; i < ARRAY_SIZE(acl); i++)
		CHECK_EQ(snapshot_add_acl(s, acl[i].kind, acl[i].bits, acl[i].id), 0);
	layout = tree_with(s);
}

/* Its mode, and a digit for each entry of its ACL. */
static const char *
rights(const char *path)
{
	struct snapshot_acl entries[16];
	static char text[64];
	size_t len, n = layout_acl(layout, (uint64_t)tree_find(layout, path), entries, 16);

	len = (size_t)snprintf(text, sizeof(text), "%03o", tree_mode(layout, path) & 07777);
	for (size_t i = 0; i < n; i++) {
		CHECK_EQ(n, ARRAY_SIZE(acl));
		CHECK_EQ(entries[i].kind, acl[i].kind);
		CHECK_EQ(entries[i].id, acl[i].id);
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%u", i ? "" : " ", entries[i].bits);
	}
	return text;
}

TEST(only_reading_and_writing_is_enough)
{
	put(0664);
	CHECK_STR(rights(INTERFACE "ep81/data"), "440 400040");
	CHECK_STR(rights(INTERFACE "ep01/data"), "220 200020");
	CHECK_STR(rights(INTERFACE "ep01/ctl"), "660 600060");
	CHECK_STR(rights("1-1/ctl"), "660 600060");
	CHECK_STR(rights(INTERFACE "driver"), "664 644464");
	CHECK_STR(rights(INTERFACE "bAlternateSetting"), "664 644464");
	layout_free(layout);
}

TEST(others_as_well)
{
	put(0676);
	CHECK_STR(rights(INTERFACE "ep81/data"), "444 400040");
	layout_free(layout);
	put(0066);
	CHECK_STR(rights(INTERFACE "ep81/data"), "044 400040");
	layout_free(layout);
}

TEST(the_mask)
{
	/* The mode's group is what the kernel looks at first: with 0 there the ACL would not count,
	 * and named users would be others. */
	put(0646);
	CHECK_STR(rights(INTERFACE "ep81/data"), "444 000000");
	layout_free(layout);
	put(0626);
	CHECK_STR(rights(INTERFACE "ep81/data"), "444 000000");
	layout_free(layout);
	/* As it is with the node. */
	put(0606);
	CHECK_STR(rights(INTERFACE "ep81/data"), "404");
	CHECK_STR(rights(INTERFACE "driver"), "646");
	layout_free(layout);
}

TEST(what_everyone_reads_has_none)
{
	static const char *const paths[] = {"1-1/idVendor", "1-1/status", "1-1/descriptors",
		INTERFACE "ep81/status", INTERFACE "ep81/type",
		INTERFACE "altsettings/0/bAlternateSetting"};
	struct snapshot_acl entry;

	put(0666);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		CHECK_STR(rights(paths[i]), "444");
	CHECK_EQ(layout_acl(layout, (uint64_t)tree_find(layout, "1-1/config1"), &entry, 1), 0);
	CHECK_EQ(layout_acl(layout, (uint64_t)tree_find(layout, "ctl"), &entry, 1), 0);
	CHECK_EQ(layout_acl(layout, 0, &entry, 1), 0);
	CHECK_STR(rights("README"), "444");
	CHECK_STR(rights("ctl"), "644");
	layout_free(layout);
}

TEST(no_room)
{
	struct snapshot_acl entries[2];
	uint64_t ino;

	put(0660);
	ino = (uint64_t)tree_find(layout, INTERFACE "ep81/data");
	CHECK_EQ(layout_acl(layout, ino, entries, 2), 2);
	CHECK_EQ(layout_acl(layout, ino, entries, 0), 0);
	layout_free(layout);
}

/* Nobody may profit from that the kernel looks at modes alone. */
TEST(without_acls)
{
	put(0666);
	layout_without_acls(layout);
	CHECK_STR(rights(INTERFACE "ep81/data"), "400");
	CHECK_STR(rights(INTERFACE "driver"), "644");
	layout_free(layout);
}
