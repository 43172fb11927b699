/* SPDX-License-Identifier: MIT */
/* The tree: what is in it, inode numbers, modes, devices that come and go. Texts: test-attr.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/util/macro.h"
#include "layout/layout.h"
#include "tests/unit/blobs.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

TEST(empty)
{
	struct layout *l = tree_new();
	struct layout_stat s = tree_stat(l, "");

	CHECK_STR(tree_list(l, ""), TREE_ROOT);
	CHECK_EQ(s.ino, LAYOUT_ROOT);
	CHECK_EQ(s.mode, S_IFDIR | 0555);
	CHECK_EQ(s.uid, TREE_UID);
	CHECK_EQ(s.gid, TREE_GID);
	CHECK_EQ(s.stamp, TREE_STAMP);
	CHECK_EQ(tree_mode(l, "README"), S_IFREG | 0444);
	CHECK_EQ(tree_stat(l, "README").uid, TREE_UID);
	CHECK_EQ(layout_seq(LAYOUT_ROOT), 0);
	CHECK(!tree_target(l, "").snapshot);
	CHECK_EQ(layout_count(l), TREE_ROOT_NODES);
	CHECK_EQ(tree_check(l, ""), TREE_ROOT_NODES);
	CHECK(!layout_free(l));
	CHECK(!layout_free(NULL));
}

TEST(composite)
{
	struct snapshot *s = TREE_DEVICE("1-2.4", blob_composite, 1);
	struct layout *l = NULL;

	tree_alternate(s, 2, 1);
	l = tree_with(s);
	CHECK_STR(tree_list(l, ""), TREE_ROOT "1-2.4 ");
	CHECK_STR(tree_list(l, "1-2.4"),
		"idVendor idProduct bcdDevice bDeviceClass bDeviceSubClass bDeviceProtocol "
		"bNumConfigurations bMaxPacketSize0 bConfigurationValue bNumInterfaces "
		"bmAttributes bMaxPower speed busnum devnum descriptors descriptors.txt "
		"descriptors.json ctl status ep00 config1 ");
	CHECK_STR(tree_list(l, "1-2.4/ep00"),
		"request data ctl status bLength bEndpointAddress bmAttributes wMaxPacketSize "
		"bInterval type direction interval setup ");
	CHECK_STR(tree_list(l, "1-2.4/config1"),
		"bConfigurationValue bNumInterfaces bmAttributes bMaxPower descriptor interface0 "
		"interface1 interface2 ");
	CHECK_STR(tree_list(l, "1-2.4/config1/interface0"),
		"bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
		"bInterfaceSubClass bInterfaceProtocol descriptor iad_bFirstInterface "
		"iad_bInterfaceCount iad_bFunctionClass iad_bFunctionSubClass "
		"iad_bFunctionProtocol driver altsettings ep82 ");
	CHECK_STR(tree_list(l, "1-2.4/config1/interface1/ep81"),
		"data ctl status bLength bEndpointAddress bmAttributes wMaxPacketSize bInterval "
		"type direction interval descriptor ");
	/* Setting 1 is in force. */
	CHECK_STR(tree_list(l, "1-2.4/config1/interface2"),
		"bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
		"bInterfaceSubClass bInterfaceProtocol descriptor driver altsettings ep83 ");
	CHECK_STR(tree_list(l, "1-2.4/config1/interface2/altsettings"), "0 1 2 ");
	CHECK_STR(tree_list(l, "1-2.4/config1/interface2/altsettings/0"),
		"bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
		"bInterfaceSubClass bInterfaceProtocol descriptor ");
	CHECK_STR(tree_list(l, "1-2.4/config1/interface2/altsettings/2/ep04"),
		"bLength bEndpointAddress bmAttributes wMaxPacketSize bInterval type direction "
		"interval bytes_per_interval descriptor ");
	CHECK_EQ(layout_count(l), tree_check(l, ""));
	layout_free(l);
}

TEST(only_what_is_in_force_has_endpoints)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_two_configs, 3));

	CHECK_STR(tree_list(l, "1-1/config2/interface5"),
		"bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
		"bInterfaceSubClass bInterfaceProtocol descriptor altsettings ");
	CHECK(tree_find(l, "1-1/config2/interface5/altsettings/0/ep8f/interval") > 0);
	CHECK(tree_find(l, "1-1/config3/interface0/ep81/data") > 0);
	CHECK_EQ(tree_check(l, "") + 0, layout_count(l));
	layout_free(l);
}

TEST(unconfigured)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_two_configs, 0));

	CHECK(tree_find(l, "1-1/config3/interface0") > 0);
	CHECK_EQ(tree_find(l, "1-1/config3/interface0/ep81"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/config3/interface0/driver"), -ENOENT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(attributes_exist_when_the_snapshot_has_them)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l;

	tree_attr(s, "product", "Keyboard\n");
	tree_attr(s, "urbnum", "12\n");
	tree_attr(s, "power/control", "auto\n");
	tree_attr(s, "configuration", "all of it\n");
	tree_attr(s, "of_a_newer_kernel", "1\n");
	tree_interface_attr(s, 1, "modalias", "usb:v046D\n");
	l = tree_with(s);
	CHECK_STR(tree_text(l, "1-1/product"), "Keyboard\n");
	CHECK(!tree_text(l, "1-1/serial"));
	CHECK(!tree_text(l, "1-1/of_a_newer_kernel"));
	CHECK_STR(tree_list(l, "1-1/power"), "control ");
	CHECK_EQ(tree_target(l, "1-1/power/control").type, LAYOUT_SETTING);
	CHECK_STR(tree_target(l, "1-1/power/control").attr, "power/control");
	CHECK_EQ(tree_mode(l, "1-1/power/control"), S_IFREG | 0664);
	CHECK_STR(tree_target(l, "1-1/urbnum").attr, "urbnum");
	CHECK_EQ(tree_target(l, "1-1/urbnum").type, LAYOUT_LIVE);
	CHECK_STR(tree_text(l, "1-1/config1/configuration"), "all of it\n");
	CHECK_STR(tree_text(l, "1-1/config1/interface1/modalias"), "usb:v046D\n");
	CHECK(!tree_text(l, "1-1/config1/interface0/modalias"));
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

static const char *
link_of(const struct layout *l, const char *path)
{
	static char target[100];
	int64_t ino = tree_find(l, path);

	return ino > 0 && layout_link(l, (uint64_t)ino, target, sizeof(target)) == 0 ? target
										     : NULL;
}

TEST(ports_of_a_hub)
{
	struct snapshot *hub = TREE_DEVICE("1-1", blob_keyboard, 1);
	struct layout *l;

	tree_attr(hub, "maxchild", "3\n");
	tree_attr(hub, "port2/connect_type", "hotplug\n");
	tree_attr(hub, "port2/over_current_count", "0\n");
	tree_attr(hub, "port2/disable", "");
	tree_attr(hub, "port2/peer", "usb2-port5\n");
	l = tree_with(hub);
	CHECK_STR(tree_list(l, "1-1/port1"), "power indicator status ");
	CHECK_STR(tree_list(l, "1-1/port2"),
		"power disable indicator status connect_type over_current_count ");
	CHECK_EQ(tree_find(l, "1-1/port0"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/port4"), -ENOENT);
	CHECK_EQ(tree_mode(l, "1-1/port2/power"), S_IFREG | 0660);
	CHECK_EQ(tree_mode(l, "1-1/port2/status"), S_IFREG | 0440);
	CHECK_EQ(tree_target(l, "1-1/port2/power").port, 2);
	CHECK_EQ(tree_target(l, "1-1/port2/power").interface, -1);
	CHECK_EQ(tree_target(l, "1-1/status").port, -1);
	CHECK_STR(tree_target(l, "1-1/port2/over_current_count").attr, "over_current_count");
	tree_put(l, TREE_DEVICE("1-1.2", blob_keyboard, 1));
	CHECK_STR(link_of(l, "1-1/port2/device"), "../../1-1.2");
	CHECK_EQ(tree_mode(l, "1-1/port2/device"), S_IFLNK | 0777);
	CHECK(!link_of(l, "1-1/port1/device"));
	CHECK(!link_of(l, "1-1/port2/peer"));
	tree_put(l, TREE_DEVICE("usb2", blob_keyboard, 1));
	CHECK_STR(link_of(l, "1-1/port2/peer"), "../../usb2/port5");
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(ports_of_a_root_hub)
{
	struct snapshot *hub = TREE_DEVICE("usb3", blob_keyboard, 1);
	struct layout *l;

	tree_attr(hub, "maxchild", "300\n");
	l = tree_with(hub);
	tree_put(l, TREE_DEVICE("3-4", blob_keyboard, 1));
	CHECK_STR(link_of(l, "usb3/port4/device"), "../../3-4");
	CHECK(tree_find(l, "usb3/port255") > 0);
	CHECK_EQ(tree_find(l, "usb3/port256"), -ENOENT);
	CHECK_EQ(tree_find(l, "3-4/port1"), -ENOENT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

/* MODE is that of the device's node. */
static void
check_modes(mode_t mode, mode_t in, mode_t out, mode_t ctl, mode_t driver)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_composite, 1);
	struct layout *l;

	s->mode = mode;
	l = tree_with(s);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/ep81/data"), S_IFREG | in);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/ep01/data"), S_IFREG | out);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/ep01/ctl"), S_IFREG | ctl);
	CHECK_EQ(tree_mode(l, "1-1/ctl"), S_IFREG | ctl);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/driver"), S_IFREG | driver);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/bAlternateSetting"), S_IFREG | driver);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/altsettings/0/bAlternateSetting"),
		S_IFREG | 0444);
	CHECK_EQ(tree_mode(l, "1-1/config1/interface1/ep01/status"), S_IFREG | 0444);
	CHECK_EQ(tree_mode(l, "1-1/status"), S_IFREG | 0444);
	CHECK_EQ(tree_mode(l, "1-1/idVendor"), S_IFREG | 0444);
	CHECK_EQ(tree_mode(l, "1-1/config1"), S_IFDIR | 0555);
	CHECK_EQ(tree_mode(l, "1-1/ep00"), S_IFDIR | 0555);
	CHECK_EQ(tree_mode(l, "1-1"), S_IFDIR | 0555 | (ctl & 0222));
	CHECK_EQ(layout_device(layout_seq(tree_stat(l, "1-1").ino)), tree_stat(l, "1-1").ino);
	layout_free(l);
}

TEST(modes)
{
	check_modes(0664, 0440, 0220, 0660, 0664);
	check_modes(0660, 0440, 0220, 0660, 0664);
	check_modes(0666, 0444, 0222, 0666, 0666);
	check_modes(0600, 0400, 0200, 0600, 0644);
	check_modes(0444, 0, 0, 0, 0444);
	check_modes(0644, 0400, 0200, 0600, 0644);
	/* A transfer needs the node open for reading and writing. */
	check_modes(0622, 0400, 0200, 0600, 0644);
	check_modes(0246, 0004, 0002, 0006, 0446);
}

TEST(owner_and_times_are_those_of_the_device)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_keyboard, 1));
	struct layout_stat s = tree_stat(l, "1-1/config1/interface0/ep81/data");

	CHECK_EQ(s.uid, 1000);
	CHECK_EQ(s.gid, 46);
	CHECK_EQ(s.stamp, TREE_STAMP + 1);
	CHECK_EQ(s.size, 0);
	CHECK(s.nlink > 0);
	layout_free(l);
}

TEST(alternate_setting_is_written_where_it_is_in_force)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_two_configs, 2);
	struct layout *l = tree_with(s);
	const char *active = "1-1/config2/interface5/bAlternateSetting";
	const char *other = "1-1/config3/interface0/bAlternateSetting";

	CHECK_EQ(tree_target(l, active).type, LAYOUT_ALTERNATE);
	CHECK_EQ(tree_target(l, active).config, 2);
	CHECK_EQ(tree_target(l, active).interface, 5);
	CHECK_EQ(tree_stat(l, active).type, LAYOUT_ALTERNATE);
	CHECK_EQ(tree_stat(l, active).size, 3);
	CHECK_STR(tree_text(l, active), " 0\n");
	CHECK_EQ(tree_target(l, other).type, LAYOUT_TEXT);
	CHECK_EQ(tree_mode(l, other), S_IFREG | 0444);
	CHECK_STR(tree_text(l, other), " 0\n");
	layout_free(l);
}

TEST(targets)
{
	struct snapshot *s = TREE_DEVICE("1-1", blob_composite, 1);
	struct layout *l;
	struct layout_target t;

	tree_alternate(s, 2, 2);
	l = tree_with(s);
	t = tree_target(l, "1-1/config1/interface2/ep04/data");
	CHECK_EQ(t.type, LAYOUT_DATA);
	CHECK(t.snapshot == s);
	CHECK_EQ(t.config, 1);
	CHECK_EQ(t.interface, 2);
	CHECK_EQ(t.alternate, 2);
	CHECK_EQ(t.endpoint, 0x04);
	CHECK_EQ(t.desc->max_packet, 0x300);
	CHECK(!t.attr);
	t = tree_target(l, "1-1/config1/interface2/driver");
	CHECK_EQ(t.type, LAYOUT_DRIVER);
	CHECK_EQ(t.interface, 2);
	CHECK_EQ(t.alternate, 2);
	CHECK_EQ(t.endpoint, -1);
	CHECK(!t.desc);
	t = tree_target(l, "1-1/ctl");
	CHECK_EQ(t.type, LAYOUT_DEV_CTL);
	CHECK_EQ(t.config, -1);
	CHECK_EQ(t.interface, -1);
	CHECK_EQ(t.alternate, -1);
	CHECK_EQ(tree_target(l, "1-1/status").type, LAYOUT_DEV_STATUS);
	CHECK_EQ(tree_target(l, "1-1/ep00").endpoint, 0);
	layout_free(l);
}

TEST(duplicates)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_duplicates, 1));

	CHECK(strstr(tree_list(l, "1-1"), "config1 config1~2 "));
	CHECK(strstr(tree_list(l, "1-1/config1/interface0"), "ep81 ep81~2 ep81~3 "));
	CHECK_STR(tree_list(l, "1-1/config1/interface0/altsettings"), "0 1 1~2 ");
	CHECK_STR(tree_text(l, "1-1/config1/interface0/altsettings/1/bInterfaceSubClass"), "01\n");
	CHECK_STR(
		tree_text(l, "1-1/config1/interface0/altsettings/1~2/bInterfaceSubClass"), "02\n");
	CHECK(tree_find(l, "1-1/config1/interface0/ep81/data") > 0);
	CHECK_EQ(tree_find(l, "1-1/config1/interface0/ep81~2/data"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/config1/interface0/ep81~2/status"), -ENOENT);
	CHECK_STR(tree_text(l, "1-1/config1/interface0/ep81~2/wMaxPacketSize"), "0040\n");
	/* The second of a value cannot be chosen. */
	CHECK(tree_find(l, "1-1/config1/interface1/driver") > 0);
	CHECK_EQ(tree_find(l, "1-1/config1~2/interface7/driver"), -ENOENT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(no_descriptors)
{
	struct layout *l = tree_with(tree_snapshot("1-1", blob_keyboard, 0, 1));

	CHECK(tree_find(l, "1-1/ep00/type") > 0);
	CHECK_EQ(tree_find(l, "1-1/idVendor"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/descriptors"), -ENOENT);
	CHECK_EQ(tree_find(l, "1-1/config1"), -ENOENT);
	CHECK_EQ(tree_check(l, ""), layout_count(l));
	layout_free(l);
}

TEST(names_that_are_not_there)
{
	static const char *const paths[] = {"", "x", "readme", "README~2", "1-1~2", "1-1/config",
		"1-1/config01", "1-1/config1 ", "1-1/config256", "1-1/configx", "1-1/config1/ep81",
		"1-1/config1/interface", "1-1/config1/interface+0", "1-1/config1/interface256",
		"1-1/config1/interface0/ep82", "1-1/config1/interface0/ep1",
		"1-1/config1/interface0/ep81~1", "1-1/config1/interface0/EP81",
		"1-1/config1/interface0/altsettings/1", "1-1/power", "1-1/ep00/setup/80",
		"1-1/ep00/descriptor", "1-1/bos_descriptor"};
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_keyboard, 1));
	uint64_t ino;

	for (size_t i = 1; i < ARRAY_SIZE(paths); i++)
		if (tree_find(l, paths[i]) != -ENOENT)
			test_fail(__FILE__, __LINE__, "there is %s", paths[i]);
	CHECK_EQ(layout_lookup(l, LAYOUT_ROOT, "", &ino), -ENOENT);
	CHECK_EQ(tree_find(l, "README/x"), -ENOTDIR);
	CHECK_EQ(tree_find(l, "1-1/idVendor/x"), -ENOTDIR);
	layout_free(l);
}

TEST(dots)
{
	struct layout *l = tree_with(TREE_DEVICE("1-1", blob_keyboard, 1));

	CHECK_EQ(tree_find(l, "."), LAYOUT_ROOT);
	CHECK_EQ(tree_find(l, ".."), LAYOUT_ROOT);
	CHECK_EQ(tree_find(l, "1-1/.."), LAYOUT_ROOT);
	CHECK_EQ(tree_find(l, "1-1/config1/interface0/ep81/../../../."), tree_find(l, "1-1"));
	CHECK_EQ(tree_find(l, "1-1/config1/interface0/altsettings/0/ep81/../../.."),
		tree_find(l, "1-1/config1/interface0"));
	layout_free(l);
}

TEST(one_page_teaches_the_tree)
{
	struct layout *l = tree_new();
	const char *text = tree_text(l, "README");
	unsigned lines = 0, column = 0;

	for (const char *c = text; *c; c++) {
		column = *c == '\n' ? 0 : column + 1;
		lines += *c == '\n';
		CHECK(column <= 92);
		CHECK(*c == '\n' || (*c >= ' ' && *c < 0x7f));
	}
	CHECK(lines > 20 && lines <= 66);
	CHECK_EQ(column, 0);
	CHECK_EQ(strlen(text), tree_stat(l, "README").size);
	layout_free(l);
}
