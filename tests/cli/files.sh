# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# Record files, good and bad, and where the report goes.

test_files()
{
	story partial-release
	refused 'report: no such file' 1 'No such file' report -i "$tmp/nowhere.rec"
	refused 'report: a directory' 1 'is a directory' report -i "$tmp"
	: >"$tmp/empty.rec"
	refused 'report: an empty file' 1 'empty, not a pinacct record file' report -i "$tmp/empty.rec"
	refused 'report: a text file' 1 'not a pinacct record file' report -i tests/golden/orphan.txt
	refused 'report: an ELF file' 1 'not a pinacct record file' report -i "$pinacct"
	refused 'report: /dev/zero' 1 'not a pinacct record file' report -i /dev/zero
	cp "$rec" "$tmp/later.rec"
	poke "$tmp/later.rec" 12 9
	refused 'report: a file of a later version' 1 'made by a later pinacct: format 9' \
		report -i "$tmp/later.rec"
	begin 'report: the default file is pinacct.rec here'
	what='report in a folder without one'
	(cd "$tmp" && timeout 20 "$pinacct" report) >"$tmp/out" 2>"$tmp/err"
	code=$?
	refuses 1 '^pinacct: pinacct.rec: No such file'
	end
}

test_truncated()
{
	story partial-release
	size=$(wc -c <"$rec")
	begin "a truncated file is inconclusive, at any length"
	length=1
	while [ "$length" -lt "$size" ]; do
		head -c "$length" "$rec" >"$tmp/short.rec"
		run report -i "$tmp/short.rec"
		wants 24
		silent err
		has out '^incomplete: '
		has out '^SUMMARY: inconclusive: the recording was cut off; '
		length=$((length + 13))
	done
	end
}

test_damaged()
{
	story partial-release
	size=$(wc -c <"$rec")
	begin 'a damaged byte: status 1 and the offset, wherever it is'
	offset=8
	while [ "$offset" -lt "$size" ]; do
		cp "$rec" "$tmp/bad.rec"
		flip "$tmp/bad.rec" "$offset"
		run report -i "$tmp/bad.rec"
		refuses 1 'offset [0-9]+'
		offset=$((offset + 17))
	done
	end
	begin 'data behind the end'
	cat "$rec" "$rec" >"$tmp/twice.rec"
	run report -i "$tmp/twice.rec"
	refuses 1 "data after the closing block, at offset $size"
	end
}

test_input()
{
	story partial-release
	"$pinacct" report -i "$rec" >"$tmp/want"
	begin '-i - reads standard input: a file and a pipe'
	what='report -i - <file'
	timeout 20 "$pinacct" report -i - <"$rec" >"$tmp/out" 2>"$tmp/err"
	code=$?
	wants 23
	cmp -s "$tmp/want" "$tmp/out" || fault 'another report than from the file'
	what='report -i - from a pipe'
	# shellcheck disable=SC2002 # a pipe is what is tested
	cat "$rec" | timeout 20 "$pinacct" report --input - >"$tmp/out" 2>"$tmp/err"
	code=$?
	wants 23
	cmp -s "$tmp/want" "$tmp/out" || fault 'another report than from the file'
	end
	begin 'report FILE, before and behind options'
	for line in "$rec" "$rec --view all" "--view all $rec" "--view all -- $rec"; do
		# shellcheck disable=SC2086 # the words of a command line
		run report $line
		wants 23
		cmp -s "$tmp/want" "$tmp/out" || fault "$line: another report than with -i"
	done
	end
	begin 'report without privileges'
	chmod 644 "$rec" # recordings are their owner's alone
	if as_nobody report -i "$rec"; then
		wants 23
		cmp -s "$tmp/want" "$tmp/out" || fault 'another report than for root'
		end
	fi
}

test_output()
{
	story orphan
	for format in text json folded junit ktap github; do
		begin "report --format $format: stdout full, then closed"
		what="$format to /dev/full"
		timeout 20 "$pinacct" report -i "$rec" --format $format >/dev/full 2>"$tmp/err"
		code=$?
		: >"$tmp/out"
		refuses 1 'cannot write.*No space left'
		what="$format to a closed stdout"
		timeout 20 "$pinacct" report -i "$rec" --format $format >&- 2>"$tmp/err"
		code=$?
		refuses 1 'cannot write.*Bad file descriptor'
		end
	done
	for words in --help --version 'report --help'; do
		begin "$words: stdout full"
		what="$words to /dev/full"
		# shellcheck disable=SC2086 # the words of a command line
		timeout 20 "$pinacct" $words >/dev/full 2>"$tmp/err"
		code=$?
		: >"$tmp/out"
		refuses 1 'cannot write.*No space left'
		end
	done
	begin 'with stderr closed no message goes into a file'
	what='report -i of a directory, 2>&-'
	timeout 20 "$pinacct" report -i "$tmp" >"$tmp/out" 2>&-
	code=$?
	: >"$tmp/err"
	wants 1
	silent out
	end
}

test_files
test_truncated
test_damaged
test_input
test_output
