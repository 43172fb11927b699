/* SPDX-License-Identifier: MIT */
/* Descriptions of devices: identity, look-ups, references on several threads. */
#include <pthread.h>
#include <string.h>

#include "backend/snapshot.h"
#include "tests/unit/test.h"

TEST(seq_is_never_used_again)
{
	_cleanup_(snapshot_unrefp) struct snapshot *a = snapshot_new(0);
	_cleanup_(snapshot_unrefp) struct snapshot *b = snapshot_new(0);
	_cleanup_(snapshot_unrefp) struct snapshot *same = snapshot_new(a->seq);

	CHECK_EQ(a->seq, 1);
	CHECK_EQ(b->seq, 2);
	CHECK_EQ(same->seq, 1);
	snapshot_unref(b);
	b = snapshot_new(0);
	CHECK_EQ(b->seq, 3);
}

TEST(attributes)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(0);
	char text[] = "480\nnot this";

	CHECK(!snapshot_attr(s, "speed"));
	CHECK_EQ(snapshot_add_attr(s, "speed", text, 4), 0);
	CHECK_EQ(snapshot_add_attr(s, "empty", "", 0), 0);
	CHECK_EQ(snapshot_add_attr(s, "speed", "12\n", 3), 0);
	memset(text, 'x', sizeof(text) - 1);
	CHECK_STR(snapshot_attr(s, "speed"), "480\n");
	CHECK_STR(snapshot_attr(s, "empty"), "");
	CHECK(!snapshot_attr(s, "spee"));
	CHECK(!snapshot_attr(s, ""));
}

TEST(interfaces)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(0);
	struct snapshot_interface *i;

	CHECK(!snapshot_interface(s, 0));
	for (unsigned n = 0; n < 255; n++) {
		i = snapshot_add_interface(s, (uint8_t)(n * 3));
		CHECK_EQ(i->number, (uint8_t)(n * 3));
		CHECK_EQ(i->alternate, 0);
		CHECK(!i->driver && !i->attrs && i->n_attrs == 0);
		i->driver = strdup("usbhid");
	}
	i = &s->interfaces[2];
	CHECK_EQ(snapshot_interface_add_attr(i, "modalias", "usb:\n", 5), 0);
	CHECK(snapshot_interface(s, 6) == i);
	CHECK_STR(snapshot_interface_attr(i, "modalias"), "usb:\n");
	CHECK(!snapshot_interface_attr(&s->interfaces[1], "modalias"));
}

TEST(report_descriptors)
{
	static const uint8_t first[] = {5, 1, 0xc0}, second[] = {6};
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(0);
	struct snapshot_interface *i = snapshot_add_interface(s, 0);

	CHECK(!i->report_descriptor && i->report_descriptor_len == 0);
	CHECK_EQ(snapshot_interface_set_report(i, first, 3), 0);
	CHECK_EQ(i->report_descriptor_len, 3);
	CHECK(i->report_descriptor != first && memcmp(i->report_descriptor, first, 3) == 0);
	CHECK_EQ(snapshot_interface_set_report(i, second, 1), 0);
	CHECK_EQ(i->report_descriptor_len, 1);
	CHECK_EQ(i->report_descriptor[0], 6);
	CHECK_EQ(snapshot_interface_set_report(i, NULL, 0), 0);
	CHECK(!i->report_descriptor && i->report_descriptor_len == 0);
	CHECK_EQ(snapshot_interface_set_report(i, first, 3), 0);
}

TEST(null_is_accepted)
{
	CHECK(!snapshot_unref(NULL));
}

static void *
take_and_drop(void *arg)
{
	struct snapshot *s = arg;

	for (unsigned i = 0; i < 100000; i++) {
		CHECK(snapshot_ref(s) == s);
		CHECK(!snapshot_unref(s));
	}
	snapshot_unref(s);
	return NULL;
}

TEST(references_on_many_threads)
{
	struct snapshot *s = snapshot_new(0);
	pthread_t threads[8];

	for (unsigned i = 0; i < 8; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, take_and_drop, snapshot_ref(s)), 0);
	for (unsigned i = 0; i < 8; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(s->refs, 1);
	snapshot_unref(s);
}
