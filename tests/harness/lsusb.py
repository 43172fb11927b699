# SPDX-License-Identifier: MIT
"""What `lsusb -v` says of a device, as facts, and which of them descriptors.txt lacks.

A fact is a field of a descriptor with its value and the words behind it, or a line of words alone.
What lsusb asks the device for is no fact about its descriptors: the status, the hub's descriptor,
the device qualifier. Report descriptors are compared by harness/hid.py."""
import re

# Sections of lsusb that are fetched and not in the descriptors, by their first words.
FETCHED = ("Device Qualifier", "Hub Descriptor", "Hub Port Status", "Device Status",
           "Report Descriptor", "Warning: Junk", "Debug Descriptor", "Bus ", "can't get",
           "Couldn't", "cannot read")
FIELD = re.compile(r"(MaxPower|Reserved|ContainerID|VCONN\w*|PlatformCapability\w*|wlcdLayout|"
                   r"CapabilityData\[\d+\]|BaSourcePin|"
                   r"(?:b|bm|bma|ba|bcd|w|wa|dw|da|i|id|t|guid|n)[A-Z]\w*\.?) *"
                   r"(\( *\d+\))?\s+(\S.*)$")
# Descriptors that lsusb shows as fields of the endpoint before them.
WITH_ENDPOINT = ("Endpoint Companion Descriptor", "Pipe Usage Descriptor")
# What lsusb says about itself.
REMARK = re.compile(r"\(Warning: Only accurate for version 1\.0\)")
HEAD = re.compile(r"(.*): \(\d+ bytes at \d+\)$")

# Fields that lsusb calls otherwise than the specification.
ALIASES = {"maxpower": "bmaxpower", "iserial": "iserialnumber",
           "bmasterinterface": "bcontrolinterface", "bslaveinterface": "bsubordinateinterface",
           "nmaxslotindex": "bmaxslotindex", "dwmaxiumumclock": "dwmaximumclock",
           "bnumdataratessupp.": "bnumdataratessupported",
           "dwsyncprotocols": "dwsynchprotocols",
           "dwmaxccidmsglen": "dwmaxccidmessagelength",
           "bu2devexitlat": "wu2devexitlat", "reserved": "breserved", "bcdadc": "bcdmsc"}
# Descriptors likewise: words that are not in our titles.
TITLES = {"interface association": "interface association descriptor"}
# Names of these numbers are taken from different lists.
LOOSE = re.compile(r"b(Device|Interface|Function)(Class|SubClass|Protocol)$|wTerminalType$")


# What is behind these stands on the same line.
STRICT = re.compile(r"id?[A-Z]|bEndpointAddress|wMaxPacketSize|MaxPower")


class Block:
    """A descriptor: its title, its fields as (name, words), and other lines."""

    def __init__(self, title):
        self.title = title
        self.fields = []
        self.words = []
        self.hex = ""

    def __repr__(self):
        return f"{self.title}: {self.fields} {self.words}"


def plain(text):
    """Words without what is only decoration."""
    return " ".join(re.sub(r"[()\[\],:]", " ", text.lower()).split())


def number(word):
    """The number that a word stands for, however it is written; or the word."""
    word = word.lower()
    try:
        return int(word, 0)
    except ValueError:
        pass
    if re.fullmatch(r"[0-9a-f]{8}", word):
        return int(word, 16)
    if re.fullmatch(r"[0-9a-f]+\.[0-9a-f]{2}", word):
        return int(word.replace(".", ""), 16)
    return int(word) if re.fullmatch(r"\d+", word) else word


def of_lsusb(text):
    """The blocks of a device in lsusb's text."""
    blocks = []
    skip = None  # the indentation of a section that is skipped
    for line in text.splitlines():
        words, indent = REMARK.sub("", line).strip(), len(line) - len(line.lstrip())
        if not words:
            continue
        if skip is not None and indent > skip:
            continue
        skip = None
        if words.startswith(FETCHED):
            skip = indent
        elif words.startswith("** UNRECOGNIZED"):
            block = Block("")
            block.words.append(words.partition(":")[2].strip())
            blocks.append(block)
        elif words.endswith(":") and not FIELD.match(words):
            blocks.append(Block(plain(words)))
        elif blocks:
            match = FIELD.match(words)
            if match:
                index = re.sub(r"\s", "", match[2] or "")
                blocks[-1].fields.append((match[1] + index, match[3].split()))
            else:
                blocks[-1].words.append(words)
    return blocks


def of_tree(text):
    """The blocks of descriptors.txt."""
    blocks = []
    for line in text.splitlines():
        words = line.strip()
        match = HEAD.match(words)
        if match and not (match[1].endswith(WITH_ENDPOINT) and blocks):
            blocks.append(Block(plain(match[1])))
        elif blocks and not match:
            name, _, value = words.partition(" ")
            blocks[-1].fields.append((name, value.split()))
            blocks[-1].words.append(plain(words))
            blocks[-1].hex += " " + value.strip()
    return blocks


def _says(block, name, words):
    """Does BLOCK of the tree have that field with that value and the words behind it?"""
    wanted = ALIASES.get(re.sub(r"\(\d+\)", "", name).lower(), name.lower())
    for field, found in block.fields:
        bare = re.sub(r"\(\d+\)", "", field).lower()
        if field.lower() != name.lower() and bare != wanted:
            continue
        values = [number(word) for word in found]
        if number(words[0]) not in values:
            continue
        rest = [] if LOOSE.match(name) else plain(" ".join(words[1:])).split()
        # Strings that nobody has read yet are not known without asking the device.
        if name.startswith("i") and not name.startswith("id") and len(found) == 1:
            rest = []
        # The names of bits are on the lines below.
        more = [] if STRICT.match(name) else block.words
        if all(word in " ".join([plain(" ".join(found)), *more]) for word in rest):
            return True
    return False


def _lacks(block, wanted):
    """What the tree's BLOCK does not say of what lsusb's does."""
    lacks = [f"{name} {' '.join(words)}" for name, words in wanted.fields
             if not _says(block, name, words)]
    lines = [set(line.split()) for line in block.words]
    for words in wanted.words:
        asked = set(plain(words).split())
        # From SuperSpeed on, data of an interrupt endpoint is called so.
        other = {"usage", "type", "periodic"} if asked == {"usage", "type", "data"} else asked
        if not any(asked <= line or other <= line for line in lines):
            lacks.append(words)
    return lacks


def _is_hex(block, wanted):
    """Are these bytes what BLOCK of the tree shows without knowing it?"""
    head = [int(byte, 16) for byte in wanted[:2]]
    return (" ".join(wanted[2:]) in block.hex
            and [number(words[0]) for _, words in block.fields[:2]] == head)


def missing(theirs, ours, bos=True):
    """The facts of lsusb's text THEIRS that the text OURS of the same device does not have. BOS:
    does the system know its BOS? Else lsusb has asked the device for it."""
    left = of_tree(ours)
    wrong = []
    for wanted in of_lsusb(theirs):
        if not bos and wanted.title.endswith(("object store descriptor", "device capability")):
            continue
        if not wanted.title:
            if not any(_is_hex(block, wanted.words[0].split()) for block in left):
                wrong.append(f"unrecognized {wanted.words[0]}")
            continue
        title = TITLES.get(wanted.title, wanted.title)
        some = [block for block in left if block.title == title]
        if not some:
            wrong.append(f"{wanted.title}: no such descriptor")
            continue
        best = min(some, key=lambda block: len(_lacks(block, wanted)))
        wrong += [f"{wanted.title}: {fact}" for fact in _lacks(best, wanted)]
        # Each describes one.
        left.remove(best)
    return wrong
