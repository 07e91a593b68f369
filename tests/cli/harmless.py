# SPDX-License-Identifier: GPL-2.0
"""Fails unless the text of standard input is harmless, of the format that the argument names."""
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree

form = sys.argv[1]
raw = sys.stdin.buffer.read()
text = raw.decode("utf-8", errors="strict")

for character in text:
    # controls, what reorders a line, separators of lines and paragraphs
    if unicodedata.category(character) in ("Cc", "Zl", "Zp") and character != "\n":
        sys.exit(f"control character {character!r}")
    if unicodedata.bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"):
        sys.exit(f"{character!r} reorders the line")

for line in text.split("\n"):
    # what the runners of GitHub and Azure obey
    if line.strip().startswith("::") and not (
        form == "github" and re.match(r"::(error|warning|notice) title=[^:,]*::\S", line)
    ):
        sys.exit(f"a command of CI: {line!r}")
    if "##[" in line or "##vso[" in line:
        sys.exit(f"a command of CI: {line!r}")

if form == "json":
    for line in text.splitlines():
        assert isinstance(json.loads(line), dict)
elif form == "junit":
    xml.etree.ElementTree.fromstring(text)
elif form == "ktap":
    lines = text.splitlines()
    assert lines[0] == "TAP version 13", lines[0]
    plan = int(re.fullmatch(r"1\.\.(\d+)", lines[1])[1])
    tests = [line for line in lines[2:] if not line.startswith("# ")]
    for number, line in enumerate(tests, 1):
        assert re.match(rf"(not )?ok {number} - [a-z-]+( # |$)", line), line
    assert len(tests) == plan
elif form == "folded":
    for line in text.splitlines():
        assert re.fullmatch(r"[^ ]+(;[^ ]+)+ \d+", line), line
elif form == "log":
    assert all(line.startswith("pinacct: ") for line in text.splitlines()), text
