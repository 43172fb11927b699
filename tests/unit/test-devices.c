/* SPDX-License-Identifier: MIT */
/* The texts about all devices: devices, devices.json, and the lines of events. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "layout/event.h"
#include "layout/text.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

TEST(as_the_kernel_writes_it)
{
	struct snapshot *s = TREE_DEVICE("1-2.4", blob_composite, 1);
	struct layout *l;

	tree_attr(s, "manufacturer", "Maker\n");
	tree_attr(s, "product", "a\nb\x1b[\xff\xc3\xa9\n");
	tree_alternate(s, 2, 1);
	s->interfaces[0].driver = strdup("cdc_acm");
	l = tree_with(s);
	CHECK_STR(tree_text(l, "devices"),
		"\n"
		"T:  Bus=01 Lev=02 Prnt=00 Port=03 Cnt=01 Dev#=  4 Spd=480  MxCh= 0\n"
		"D:  Ver= 2.00 Cls=ef(misc ) Sub=02 Prot=01 MxPS=64 #Cfgs=  1\n"
		"P:  Vendor=1d6b ProdID=0104 Rev= 6.02\n"
		"S:  Manufacturer=Maker\n"
		"S:  Product=a?b?[?\xc3\xa9\n"
		"C:* #Ifs= 3 Cfg#= 1 Atr=80 MxPwr=500mA\n"
		"A:  FirstIf#= 0 IfCount= 2 Cls=02(comm.) Sub=02 Prot=01\n"
		"I:* If#= 0 Alt= 0 #EPs= 1 Cls=02(comm.) Sub=02 Prot=01 Driver=cdc_acm\n"
		"E:  Ad=82(I) Atr=03(Int.) MxPS=  10 Ivl=32ms\n"
		"I:* If#= 1 Alt= 0 #EPs= 2 Cls=0a(data ) Sub=00 Prot=00 Driver=(none)\n"
		"E:  Ad=81(I) Atr=02(Bulk) MxPS= 512 Ivl=0ms\n"
		"E:  Ad=01(O) Atr=02(Bulk) MxPS= 512 Ivl=125us\n"
		"I:  If#= 2 Alt= 0 #EPs= 0 Cls=0e(video) Sub=02 Prot=00 Driver=(none)\n"
		"I:* If#= 2 Alt= 1 #EPs= 1 Cls=0e(video) Sub=02 Prot=00 Driver=(none)\n"
		"E:  Ad=83(I) Atr=05(Isoc) MxPS= 128 Ivl=125us\n"
		"I:  If#= 2 Alt= 2 #EPs= 2 Cls=0e(video) Sub=02 Prot=00 Driver=(none)\n"
		"E:  Ad=83(I) Atr=05(Isoc) MxPS=3072 Ivl=1ms\n"
		"E:  Ad=04(O) Atr=05(Isoc) MxPS= 768 Ivl=125us\n");
	layout_free(l);
}

/* The T: and B: lines alone. */
static const char *
topology(const struct layout *l)
{
	static char found[2000];
	const char *text = tree_text(l, "devices");
	size_t len = 0;

	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		if (*line != 'T' && *line != 'B')
			continue;
		CHECK(len + (size_t)(end - line) + 2 < sizeof(found));
		memcpy(found + len, line, (size_t)(end - line) + 1);
		len += (size_t)(end - line) + 1;
	}
	found[len] = '\0';
	return found;
}

TEST(hubs_before_what_is_plugged_into_them)
{
	static const char *const names[] = {
		"2-1", "1-10", "1-2.4", "odd", "1-2", "usb1", "1-2.10", "1-2.4.1"};
	struct layout *l = tree_new();

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		struct snapshot *s = TREE_DEVICE(names[i], blob_keyboard, 1);

		s->busnum = *names[i] == '2' ? 2 : 1;
		s->devnum = 10 + i;
		s->speed_kbit = i == 5 ? 480000 : i == 4 ? 0 : 1500;
		if (i == 5)
			tree_attr(s, "maxchild", "16\n");
		tree_put(l, s);
	}
	CHECK_STR(topology(l),
		"T:  Bus=01 Lev=00 Prnt=00 Port=00 Cnt=00 Dev#= 15 Spd=480  MxCh=16\n"
		"B:  Alloc=  0/800 us ( 0%), #Int=  0, #Iso=  0\n"
		"T:  Bus=01 Lev=01 Prnt=15 Port=01 Cnt=01 Dev#= 14 Spd=??   MxCh= 0\n"
		"T:  Bus=01 Lev=02 Prnt=14 Port=03 Cnt=01 Dev#= 12 Spd=1.5  MxCh= 0\n"
		"T:  Bus=01 Lev=03 Prnt=12 Port=00 Cnt=01 Dev#= 17 Spd=1.5  MxCh= 0\n"
		"T:  Bus=01 Lev=02 Prnt=14 Port=09 Cnt=02 Dev#= 16 Spd=1.5  MxCh= 0\n"
		"T:  Bus=01 Lev=01 Prnt=15 Port=09 Cnt=02 Dev#= 11 Spd=1.5  MxCh= 0\n"
		"T:  Bus=02 Lev=01 Prnt=00 Port=00 Cnt=01 Dev#= 10 Spd=1.5  MxCh= 0\n"
		"T:  Bus=01 Lev=00 Prnt=00 Port=00 Cnt=00 Dev#= 13 Spd=1.5  MxCh= 0\n");
	layout_free(l);
}

TEST(no_devices)
{
	struct layout *l = tree_new();

	CHECK_STR(tree_text(l, "devices"), "");
	CHECK_STR(tree_text(l, "devices.json"), "[\n]\n");
	layout_free(l);
}

TEST(json)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l;

	s->speed_kbit = 1500;
	tree_attr(s, "product", "\"\\\x01\x7f\xff\xed\xa0\x80\xc0\xaf\xf0\x9f\x92\xa1\n");
	l = tree_with(s);
	CHECK_STR(tree_text(l, "devices.json"),
		"[\n"
		"{\"path\":\"1-1\",\"busnum\":1,\"devnum\":4,\"node\":null,\"speed\":1.5,"
		"\"bcdUSB\":\"0200\",\"idVendor\":\"046d\",\"idProduct\":\"c31c\","
		"\"bcdDevice\":\"4910\",\"bDeviceClass\":\"00\",\"bDeviceSubClass\":\"00\","
		"\"bDeviceProtocol\":\"00\",\"bMaxPacketSize0\":8,\"manufacturer\":null,"
		"\"product\":\"\\\"\\\\\\u0001\\u007f\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"
		"\\ud83d\\udca1\",\"serial\":null,\"bConfigurationValue\":1,"
		"\"configurations\":[{\"path\":\"1-1/config1\",\"bConfigurationValue\":1,"
		"\"active\":true,\"bmAttributes\":\"a0\",\"bMaxPower\":90,\"interfaces\":["
		"{\"path\":\"1-1/config1/interface0\",\"bInterfaceNumber\":0,\"interface\":null,"
		"\"driver\":null,\"altsettings\":[{\"path\":\"1-1/config1/interface0\","
		"\"bAlternateSetting\":0,\"active\":true,\"bInterfaceClass\":\"03\","
		"\"bInterfaceSubClass\":\"01\",\"bInterfaceProtocol\":\"01\",\"endpoints\":["
		"{\"path\":\"1-1/config1/interface0/ep81\",\"bEndpointAddress\":\"81\","
		"\"bmAttributes\":\"03\",\"wMaxPacketSize\":8,\"bInterval\":10,"
		"\"type\":\"Interrupt\",\"direction\":\"in\",\"interval\":\"10ms\"}]}]},"
		"{\"path\":\"1-1/config1/interface1\",\"bInterfaceNumber\":1,\"interface\":null,"
		"\"driver\":null,\"altsettings\":[{\"path\":\"1-1/config1/interface1\","
		"\"bAlternateSetting\":0,\"active\":true,\"bInterfaceClass\":\"03\","
		"\"bInterfaceSubClass\":\"00\",\"bInterfaceProtocol\":\"00\",\"endpoints\":["
		"{\"path\":\"1-1/config1/interface1/ep82\",\"bEndpointAddress\":\"82\","
		"\"bmAttributes\":\"03\",\"wMaxPacketSize\":4,\"bInterval\":255,"
		"\"type\":\"Interrupt\",\"direction\":\"in\",\"interval\":\"255ms\"}]}]}]}]}\n"
		"]\n");
	layout_free(l);
}

static const char *
line(const struct layout *l, uint64_t seq, const char *action, const struct snapshot_interface *i)
{
	static char buf[500];
	char *text;

	CHECK_EQ(event_line(l, seq, action, i, &text), 0);
	snprintf(buf, sizeof(buf), "%s", text);
	free(text);
	return buf;
}

TEST(event_lines)
{
	struct snapshot *s = TREE_DEVICE("1-2 4%", blob_composite, 1);
	struct snapshot *none = TREE_DEVICE("1-3", blob_keyboard, 0);
	struct snapshot *empty = tree_snapshot("1-4", blob_keyboard, 0, 0);
	struct layout *l = tree_with(s);
	uint64_t seq = s->seq;
	struct snapshot *gone;
	char *text;

	tree_put(l, none);
	tree_put(l, empty);
	s->interfaces[1].driver = strdup("a b\n");
	CHECK_STR(line(l, s->seq, "add", NULL),
		"add 1-2%204%25 1d6b:0104 ef/02/01 02/02/01+0a/00/00+0e/02/00\n");
	CHECK_STR(line(l, s->seq, "bind", &s->interfaces[1]),
		"bind 1-2%204%25 1d6b:0104 ef/02/01 02/02/01+0a/00/00+0e/02/00 1 a%20b%0a\n");
	CHECK_STR(line(l, none->seq, "remove", NULL), "remove 1-3 046d:c31c 00/00/00 -\n");
	CHECK_STR(line(l, empty->seq, "add", NULL), "add 1-4 0000:0000 00/00/00 -\n");
	CHECK_EQ(event_line(l, 1000, "add", NULL, &text), -ENOENT);
	gone = tree_snapshot("1-2 4%", blob_composite, sizeof(blob_composite), 0);
	gone->seq = seq;
	CHECK_EQ(layout_put(l, gone, 0), 0);
	CHECK_STR(line(l, seq, "change", NULL), "change 1-2%204%25 1d6b:0104 ef/02/01 -\n");
	CHECK_STR(line(l, seq, "remove", NULL),
		"remove 1-2%204%25 1d6b:0104 ef/02/01 02/02/01+0a/00/00+0e/02/00\n");
	snapshot_unref(gone);
	CHECK_EQ(layout_next_device(l, 0), seq);
	CHECK_EQ(layout_next_device(l, seq), none->seq);
	CHECK_EQ(layout_next_device(l, empty->seq), 0);
	layout_free(l);
}

/* A and B as drivers of interfaces 0 and 1. */
static struct snapshot *
driven(const char *a, const char *b)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);

	s->interfaces[0].driver = a ? strdup(a) : NULL;
	s->interfaces[1].driver = b ? strdup(b) : NULL;
	return s;
}

/* Drops both. */
static const char *
between(struct snapshot *old, struct snapshot *new)
{
	static char buf[200];
	const struct snapshot_interface *i;
	const char *action;
	unsigned at = 0;
	size_t len = 0;

	buf[0] = '\0';
	while ((action = event_next(old, new, &at, &i))) {
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s", action);
		if (i)
			len += (size_t)snprintf(
				buf + len, sizeof(buf) - len, " %u %s", i->number, i->driver);
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, ";");
	}
	snapshot_unref(old);
	snapshot_unref(new);
	return buf;
}

TEST(what_has_changed)
{
	struct snapshot *a, *b;

	CHECK_STR(between(driven(NULL, NULL), driven("usbhid", NULL)), "bind 0 usbhid;");
	CHECK_STR(between(driven("x", "y"), driven(NULL, "z")), "unbind 0 x;unbind 1 y;bind 1 z;");
	/* A reason that cannot be seen, or one that is no driver. */
	CHECK_STR(between(driven("x", NULL), driven("x", NULL)), "change;");
	b = driven(NULL, "y");
	b->active_config = 2;
	CHECK_STR(between(driven("x", NULL), b), "unbind 0 x;change;bind 1 y;");
	a = driven(NULL, NULL);
	b = driven(NULL, "y");
	tree_attr(a, "urbnum", "1\n");
	tree_attr(b, "urbnum", "2\n");
	CHECK_STR(between(a, b), "bind 1 y;");
	a = driven(NULL, NULL);
	b = driven(NULL, "y");
	tree_attr(a, "product", "1\n");
	tree_attr(b, "product", "2\n");
	CHECK_STR(between(a, b), "change;bind 1 y;");
}

TEST(words)
{
	static const char all[] = "\x01 a/Z09#+-.:=@_%~\xff";
	char buf[100];
	struct text t = {.buf = buf, .size = sizeof(buf)};

	text_word(&t, all, strlen(all));
	CHECK_MEM(buf, t.len, "%01%20a%2fZ09#+-.:=@_%25%7e%ff", 30);
	CHECK_MEM(buf, text_unword(buf, t.len), all, strlen(all));
	memcpy(buf, "%%4%4x%41%", 10);
	CHECK_MEM(buf, text_unword(buf, 10), "%%4%4xA%", 8);
	/* What does not fit is counted, and cut off. */
	t = (struct text){.buf = buf, .size = 3};
	memset(buf, 'x', sizeof(buf));
	text_word(&t, "ab cd", 5);
	CHECK_EQ(t.len, 7);
	CHECK_MEM(buf, 5, "ab%xx", 5);
}
