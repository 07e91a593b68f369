# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# Small files that made much work, or broke arithmetic: refused in one line, or done in time that
# goes with their size. run() ends what takes 20 s, which is hundreds of times of what any of these
# takes, sanitized and on a busy machine. How the time grows is measured by tests/unit/bounded_test.c.

# 4,000 pins of one call id, each with more to come.
many_pins_of_one_call()
{
	sed '/^pin/,$d' tests/cases/mapcount.txt
	awk 'BEGIN {
		for (i = 0; i < 4000; i++)
			printf "pin ts=%d tid=100 tgid=100 comm=c api=pin_user_pages_fast flags=more ctx=%d call=7 runs=%d+1\n",
				10 + i, i, 1000 * i
	}'
	printf 'mark ts=100000 cmd-end\nmark ts=100001 settled\nvmstat ts=100002 end flags=quiet\nmark ts=100003 end\n'
}

# NAME REC STATUS: every view of the recording.
each_view()
{
	begin "$1"
	for view in leaks holders mismatches longterm audit; do
		run report -i "$2" --view "$view"
		[ "$view" != leaks ] || wants "$3"
		[ "$code" -ne 124 ] || fault "$what: more than 20 s"
		silent err
	done
	end
}

refused 'a pin of 2^32-1 pages is refused' 1 'a run of pages beyond its folio or its 2 MiB' \
	report -i tests/cases/run-bomb.rec
many_pins_of_one_call >"$tmp/same-call.txt"
"$build/recasm" -o "$tmp/same-call.rec" "$tmp/same-call.txt" || exit 1
each_view 'many pins of one call id' "$tmp/same-call.rec" 23
"$build/recasm" -o "$tmp/mapcount.rec" tests/cases/mapcount.txt || exit 1
each_view 'a page that is mapped INT_MAX times' "$tmp/mapcount.rec" 23
