# SPDX-License-Identifier: MIT
"""The arrows between the layers hold, and the checker notices when they do not."""
import pytest

from harness import layers, style

GOOD = [
    ("fs/ops.c", '#include "layout/layout.h"\n#include "backend/backend.h"\n#include <fuse.h>\n'),
    ("fs/ops.c", '#include "backend/util/mailbox.h"\n#include "fs/ops.h"\n'),
    ("fs/main.c", '#include "fs/options.h"\n#include "tools/find/find.h"\n'),
    ("layout/tree.c", '#include "layout/layout.h"\n#include "backend/desc.h"\n'),
    ("layout/text.c", '#include "backend/util/macro.h"\n'),
    ("backend/desc.c", '#include "backend/desc.h"\n#include "backend/util/list.h"\n'),
    ("backend/util/log.c", '#include "backend/util/log.h"\n#include <pthread.h>\n'),
    ("backend/usb/device.c", '#include "backend/usb/usb.h"\n#include <libusb-1.0/libusb.h>\n'),
    ("backend/sim/bus.c", '#include "backend/sim/sim.h"\n#include "backend/snapshot.h"\n'),
    ("tools/usbtree.c", '#include "layout/layout.h"\n#include "backend/backend.h"\n'),
    ("tests/unit/test-desc.c", '#include "backend/desc.h"\n#include "tests/unit/test.h"\n'),
]

BAD = [
    ("layout/tree.c", '#include "fs/fs.h"\n'),
    ("layout/tree.c", '#include "backend/backend.h"\n'),
    ("layout/tree.c", '#include "backend/util/log.h"\n'),
    ("layout/tree.c", '#include "backend/util/mailbox.h"\n'),
    ("layout/tree.c", "#include <pthread.h>\n"),
    ("layout/tree.c", "#include <time.h>\n"),
    ("layout/tree.c", "#include <fuse_lowlevel.h>\n"),
    ("fs/ops.c", '#include "backend/usb/usb.h"\n'),
    ("fs/ops.c", '#include "backend/sim/sim.h"\n'),
    ("fs/ops.c", "#include <libusb-1.0/libusb.h>\n"),
    ("fs/ops.c", "#  include  <libudev.h>\n"),
    ("backend/usb/device.c", '#include "backend/sim/sim.h"\n'),
    ("backend/usb/device.c", '#include "fs/fs.h"\n'),
    ("backend/usb/device.c", "#include <fuse3/fuse_lowlevel.h>\n"),
    ("backend/sim/bus.c", "#include <libusb.h>\n"),
    ("backend/sim/bus.c", '#include "layout/layout.h"\n'),
    ("backend/backend.c", '#include "backend/usb/usb.h"\n'),
    ("backend/desc.c", '#include "backend/backend.h"\n'),
    ("backend/snapshot.c", '#include "backend/util/mailbox.h"\n'),
    ("backend/util/log.c", '#include "backend/snapshot.h"\n'),
    ("tools/usbtree.c", '#include "fs/fs.h"\n'),
    ("fs/ops.c", '#include "tools/find/find.h"\n'),
    ("fs/main.c", '#include "tools/find/match.h"\n'),
    ("tools/find/find.c", '#include "fs/fs.h"\n'),
    ("fs/ops.c", '#include "ops.h"\n'),
    ("fs/ops.c", '#include "../layout/layout.h"\n'),
    ("somewhere/else.c", '#include "layout/layout.h"\n'),
]


@pytest.mark.parametrize("path,text", GOOD)
def test_the_checker_accepts(path, text):
    assert layers.violations(path, text) == []


@pytest.mark.parametrize("path,text", BAD)
def test_the_checker_refuses(path, text):
    assert len(layers.violations(path, text)) == 1


def test_every_include_follows_an_arrow():
    sources = [name for name in style.files() if style.is_c(name)]
    assert len(sources) > 20
    wrong = [line for name in sources
             for line in layers.violations(name, style.read(name).decode())]
    assert not wrong, "\n".join(wrong)
