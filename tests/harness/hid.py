# SPDX-License-Identifier: MIT
"""Report descriptors as others see them: `lsusb -v`, and the kernel in debugfs."""
import re

ITEM = re.compile(r"Item\((\w+) *\): (.+?), data= *(?:\[ ((?:0x[0-9a-f]{2} )+)\] -?\d+|none)$")
# Words of lsusb's for bits of main items; the others are the opposite, and go without saying.
FLAGS = {"Data", "Constant", "Array", "Variable", "Absolute", "Relative", "Wrap", "Non_Linear",
         "No_Preferred_State", "Null_State", "Volatile", "Buffered"}
FIELD = re.compile(r"\s*(Report Offset|Report Size|Report Count|Logical Minimum|Logical Maximum)"
                   r"\((-?\d+)\)$")


def of_lsusb(text):
    """The items in lsusb's text: type, name, bytes of data, and the words on the lines below."""
    items = []
    for line in map(str.strip, text.splitlines()):
        match = ITEM.match(line)
        if match:
            data = bytes(int(byte, 16) for byte in (match[3] or "").split())
            items.append((match[1].lower(), match[2], data, []))
        elif items and re.match(r"(Endpoint|Interface|HID Device) Descriptor:|Device Status", line):
            break
        elif items:
            items[-1][3].extend(line.split())
    return items


def same_words(name, theirs, ours):
    """Do lsusb's words for an item mean what the tree's text means?"""
    if name in ("Input", "Output", "Feature"):
        found = {words.split()[0] if words.startswith("Buffered") else words.replace(" ", "_")
                 for words in ours.split(", ")}
        return FLAGS & set(theirs) == found
    if name == "Collection":
        return " ".join(theirs) == ours
    if name.startswith("Usage") and theirs and theirs != ["(null)"]:
        # What is called otherwise now has a word in common with what it was called.
        squeezed = re.sub("[^a-z0-9]", "", "".join(theirs).lower())
        return any(word.rstrip("s") in squeezed for word in re.findall("[a-z0-9]+", ours.lower()))
    return True


def differences(theirs, report):
    """What is different between lsusb's text THEIRS and REPORT, a report_descriptor of
    descriptors.json."""
    wrong = []
    items = of_lsusb(theirs)
    if len(items) != len(report["items"]):
        wrong.append(f"{len(items)} items there, {len(report['items'])} here")
    for (kind, name, data, words), item in zip(items, report["items"]):
        here = item.get("meaning", "")
        # The usage 0 has no name of its own in theirs.
        if ((kind, name, data.hex()) != (item["type"], item["name"], item["raw"][2:])
                or data.strip(b"\0") and not same_words(name, words, here)):
            wrong.append(f"{kind} {name} {data.hex()} {words}: {item}")
    return wrong


def of_kernel(text):
    """The fields in debugfs's rdesc, those with usages: (kind, id) and for each the first bit,
    bits of an element, how many, minimum, maximum, and the usages of its elements."""
    fields = []
    report, usages, in_usages = None, [], False
    for line in text.splitlines():
        head = re.match(r"  (INPUT|OUTPUT|FEATURE)(?:\((\d+)\))?\[", line)
        value = FIELD.match(line)
        if head:
            report = (head[1].lower(), int(head[2] or 0))
        elif re.match(r"    Field\(\d+\)", line) and report:
            fields.append({"report": report})
        elif re.match(r"      Usage\(\d+\)", line):
            in_usages = True
            fields[-1]["usages"] = usages = []
        elif in_usages and line.startswith("        "):
            # "GenericDesktop.X", "Keyboard.00e0": numbers are what all kernels agree on.
            usages.append(line.strip())
        elif fields and value:
            fields[-1][value[1]] = int(value[2])
        if not line.startswith("        "):
            in_usages = in_usages and "Usage(" in line
        if fields and line.startswith("      Flags("):
            fields[-1]["flags"] = line.partition("(")[2].strip(" )").split()
    return fields


def elements(report, kind, number):
    """The fields with usages of one report of a report_descriptor, as a dictionary from the bit
    of an element, without the number, to (size, minimum, maximum, array?, relative?)."""
    found = {}
    for one in report["reports"]:
        if (one["kind"], one["id"]) != (kind, number):
            continue
        for field in one["fields"]:
            for index in range(field["count"] if field["usages"] else 0):
                at = field["bit"] - (8 if number else 0) + index * field["size"]
                found[at] = (field["size"], field["logical_minimum"], field["logical_maximum"],
                             field["array"], field["relative"])
    return found


def kernels_elements(fields, kind, number):
    """The same of what the kernel says."""
    found = {}
    for field in fields:
        if field["report"] != (kind, number):
            continue
        for index in range(field["Report Count"]):
            found[field["Report Offset"] + index * field["Report Size"]] = (
                field["Report Size"], field.get("Logical Minimum", 0),
                field.get("Logical Maximum", 0),
                "Variable" not in field["flags"], "Relative" in field["flags"])
    return found
