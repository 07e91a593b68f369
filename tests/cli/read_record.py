# Reads a record file by nothing but what pinacct-record(5) says: read_record.py PAGE FILE. Prints
# how many records there are of each kind, and the kernel's release. Needs zstd(1).
import re
import struct
import subprocess
import sys
import zlib

NUMBERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s32": "i", "s64": "q"}


def fail(what):
    sys.exit("read_record.py: " + what)


def expect(truth, what):
    if not truth:
        fail(what)


class Page:
    """The layouts of the page: of each kind, and of what a layout names."""

    def __init__(self, path):
        self.kinds, self.parts, self.constants = {}, {}, {}
        fields = None
        for line in open(path, encoding="utf-8"):
            line = line.replace("\\-", "-")
            title = re.match(r'\.SS "(.*)"', line)
            row = re.match(r'\.IP "(\S+) \\fB(\w+)\\fR" ', line)
            constant = re.match(r'\.IP "\\fB(\w+)\\fR (\w+)" ', line)
            if title:
                fields = []
                self.open(title.group(1), fields)
            elif row and fields is not None:
                fields.append(row.groups())
            elif constant:
                self.constants[constant.group(1)] = int(constant.group(2), 0)

    def open(self, title, fields):
        if title.startswith("The head"):
            self.parts["rec_hdr"] = fields
        elif title.startswith("A run"):
            self.parts["rec_run"] = fields
        for name, number in re.findall(r"([a-z-]+) \((\d+)\)", title):
            self.kinds[int(number)] = name, fields

    def take(self, type_, data, at, values):
        """One value of a type at data[at:], and where the next begins."""
        array = re.match(r"(\w+)\[(\w+)\]", type_)
        if array:
            kind, count = array.groups()
            count = int(values[count] if count in values else self.constants.get(count, count))
            if kind == "char":
                return data[at : at + count].split(b"\0")[0], at + count
            items = []
            for _ in range(count):
                item, at = self.take(kind, data, at, {})
                items.append(item)
            return items, at
        if type_ in self.parts:
            return self.members(self.parts[type_], data, at)
        number = struct.Struct("<" + NUMBERS[type_])
        expect(at + number.size <= len(data), "a record is shorter than its members")
        return number.unpack_from(data, at)[0], at + number.size

    def members(self, fields, data, at=0):
        values = {}
        for type_, name in fields:
            values[name], at = self.take(type_, data, at, values)
        return values, at


def blocks(data):
    magic, endian, major, _, at, flags = struct.unpack_from("<8sIHHII", data)
    expect(magic == b"\x89PINACCT" and endian == 0x01020304 and (major, flags) == (1, 0), "not the header of the page")
    expect(zlib.crc32(data[:60]) == struct.unpack_from("<I", data, 60)[0], "checksum of the header")
    for seq in range(1 << 20):
        magic, type_, _, number, raw, stored, payload_crc, crc = struct.unpack_from("<4sHHQIIII", data, at)
        expect(magic == b"PBLK" and number == seq, "block %d" % seq)
        expect(zlib.crc32(data[at : at + 28]) == crc, "checksum of block %d" % seq)
        payload = data[at + 32 : at + 32 + stored]
        expect(zlib.crc32(payload) == payload_crc, "checksum of payload %d" % seq)
        at += 32 + stored
        yield type_, raw, payload
        if type_ == 2:
            expect(at == len(data), "something behind the closing block")
            return


def main():
    page, count, release, size = Page(sys.argv[1]), {}, "", 0
    for type_, raw, payload in blocks(open(sys.argv[2], "rb").read()):
        if type_ == 2:
            expect(struct.unpack("<QQ", payload) == (sum(count.values()), size), "the totals")
            continue
        data = subprocess.run(["zstd", "-dcq"], input=payload, stdout=subprocess.PIPE, check=True).stdout
        expect(len(data) == raw, "size of a block")
        size += raw
        at = 0
        while at < raw:
            head, _ = page.members(page.parts["rec_hdr"], data, at)
            expect(head["kind"] in page.kinds, "the page has no kind %d" % head["kind"])
            expect(head["sz"] % 8 == 0, "length of a record")
            name, fields = page.kinds[head["kind"]]
            values, end = page.members(fields, data[at : at + head["sz"]])
            expect(end == head["sz"], "%s has %d bytes, %d on the page" % (name, head["sz"], end))
            count[name] = count.get(name, 0) + 1
            release = values.get("release", release)
            at += head["sz"]
    print(" ".join("%s %d" % item for item in sorted(count.items())), release.decode())


main()
