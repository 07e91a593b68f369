# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# Flame graphs: each format is read by a parser that is not ours, and all say the same.

# flame FORMAT ARGUMENT...: into $tmp/flame.FORMAT
flame()
{
	flame_file=$tmp/flame.$1
	shift
	run flame -o "$flame_file" "$@"
}

# The numbers at the end of the lines, summed.
folded_sum()
{
	awk '{ sum += $NF } END { print sum + 0 }' "$1"
}

test_flame_costs()
{
	begin 'flame: what is held is whole folios, each once'
	story orphan
	flame folded -i "$rec"
	wants 0
	silent out
	# 1024 and 512 pages in folios of 2 MiB, of 4 KiB pages
	[ "$(folded_sum "$flame_file")" = 6291456 ] || fault "held: $(folded_sum "$flame_file")"
	flame folded --cost pages "$rec"
	[ "$(folded_sum "$flame_file")" = 1536 ] || fault "pages: $(folded_sum "$flame_file")"
	flame folded --cost pins "$rec"
	[ "$(folded_sum "$flame_file")" = 2 ] || fault "pins: $(folded_sum "$flame_file")"
	# 1024 pages for 199.99 s and 512 for 199.98 s until the last sample at 900 s, in thousandths
	flame folded --cost page-seconds "$rec"
	awk -v got="$(folded_sum "$flame_file")" 'BEGIN { exit !(got > 307e6 && got < 308e6) }' ||
		fault "page-seconds: $(folded_sum "$flame_file")"
	end
}

test_flame_groups()
{
	begin 'flame: roots by subsystem, process and file system'
	story inventory
	flame folded -i "$rec"
	grep -q '^io_uring;ring_\[500\];' "$flame_file" || fault "subsystem: $(head -n 1 "$flame_file")"
	flame folded -i "$rec" --by process
	grep -q '^ring_\[500\];io_sqe' "$flame_file" || fault "process: $(head -n 1 "$flame_file")"
	flame folded -i "$rec" --by fs --over run --cost pages
	grep -q '^no_file_system;' "$flame_file" || fault "fs: $(head -n 1 "$flame_file")"
	end
}

test_flame_pictures()
{
	begin 'flame: the SVG is XML, and no name of a process gets out of its place'
	printf '%s\n' 'mark ts=1s start' \
		'pin ts=2s tid=9 tgid=9 comm="a<&\"\x1b]]>" api=pin_user_pages_fast call=1 runs=512+8/3' \
		'mark ts=3s end value=1' >"$tmp/flame.txt"
	"$build/recasm" -o "$tmp/flame.rec" "$tmp/flame.txt" || fault 'recasm failed'
	for format in svg html; do
		flame $format -i "$tmp/flame.rec"
		wants 0
		! grep -q "$(printf '\033')" "$flame_file" || fault "$format: an escape character"
		grep -q 'data-n=' "$flame_file" || fault "$format: no frames"
	done
	xmllint --noout "$tmp/flame.svg" 2>"$tmp/err" || fault "no XML: $(head -n 1 "$tmp/err")"
	end
}

test_flame_programs()
{
	begin 'flame: speedscope and pprof files'
	story orphan
	flame speedscope.json -i "$rec"
	wants 0
	python3 - "$flame_file" 2>"$tmp/err" <<-'END' || fault "speedscope: $(tail -n 1 "$tmp/err")"
		import json, sys
		file = json.load(open(sys.argv[1]))
		profile = file["profiles"][0]
		assert sum(profile["weights"]) == profile["endValue"] == 6291456
		frames = len(file["shared"]["frames"])
		assert all(i < frames for sample in profile["samples"] for i in sample)
	END
	flame pb.gz -i "$rec"
	wants 0
	gzip -t "$flame_file" || fault 'pprof: not gzip'
	gzip -dc "$flame_file" | protoc --decode_raw >"$tmp/out" 2>"$tmp/err" || fault 'pprof: no protocol buffer'
	has out '^6: "vaddr_get_pfns"$'
	end
}

test_flame_difference()
{
	begin 'flame: of two recordings, what changed'
	story orphan
	old=$rec
	story inventory
	flame svg "$old" "$rec"
	wants 0
	grep -q 'before: 6 MiB' "$flame_file" || fault 'no amount of before'
	end
}

test_flame_empty()
{
	begin 'flame: nothing left is said, not drawn as something'
	story clean-fio
	flame svg -i "$rec"
	wants 0
	has err 'nothing is pinned at the end of the recording; --over run'
	end
}

test_flame_readme()
{
	begin 'flame: the README shows what its recording says (make pictures)'
	flame svg --over run --cost pages -i tests/pictures/holders.rec
	wants 0
	cmp -s "$flame_file" tests/pictures/holders.svg || fault 'tests/pictures/holders.svg is another picture'
	end
}

test_flame_readme
test_flame_costs
test_flame_groups
test_flame_pictures
test_flame_programs
test_flame_difference
test_flame_empty
refused 'flame: an unknown format' 2 'flame\.txt: no such format .*\.svg' flame -o "$tmp/flame.txt"
refused 'flame: held over the run' 2 'held is what pins hold at the end' flame --over run
refused 'flame: three files' 2 'one recording, or two' flame a b c
