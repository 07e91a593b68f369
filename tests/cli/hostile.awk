# SPDX-License-Identifier: GPL-2.0
# A story of tests/golden with names of outside made hostile: those of tasks, file systems, symbols, modules, source
# files, the command and the kernel, and the texts of marks. The first file has the names, a line each as reclang
# writes them, of at most 15 bytes, as the kernel keeps no more of a task's. They take turns, from `shift` on.

function next_name() { return name[++turn % names] }

# KEY=WORD becomes KEY="NAME".
function replace(line, key,    out, at, rest) {
	while (match(line, "(^| )" key "=(\"[^\"]*\"|[^ ]*)")) {
		at = RSTART + RLENGTH
		rest = substr(line, RSTART, 1) == " " ? " " : ""
		out = out substr(line, 1, RSTART - 1) rest key "=\"" next_name() "\""
		line = substr(line, at)
	}
	return out line
}

FNR == NR { name[names++] = $0; next }
FNR == 1 { turn = shift }
/^#/ || !NF { print; next }
$1 == "sym" {
	split($3, part, "+")
	printf "sym %s \"%s+%s\" \"[%s]\" tgid=0 file=\"/src/%s\" line=7\n", $2, next_name(), part[2], next_name(), next_name()
	next
}
{
	line = replace($0, "comm")
	line = replace(line, "fs")
	line = replace(line, "text")
	line = replace(line, "command")
	line = replace(line, "release")
	print replace(line, "machine")
}
