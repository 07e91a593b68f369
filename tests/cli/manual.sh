# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# The manual page against the tables of the source.

# WHAT MINIMUM: each word of stdin is in the manual, and there are so many at least.
in_manual()
{
	begin "the manual has every $1"
	what=pinacct.8
	: >"$tmp/err"
	sed 's/\\-/-/g; s/\\&//g' src/man/pinacct.8 >"$tmp/manual"
	words=0
	while read -r word; do
		words=$((words + 1))
		grep -qE -- "(^|[^a-z_-])$word([^a-z_-]|\$)" "$tmp/manual" || fault "$1 $word is missing"
	done
	[ "$words" -ge "$2" ] || fault "only $words found in the source"
	end
}

test_manual()
{
	sed -n "s/^	{ \"\([a-z-]*\)\", \(0\|'.'\), .*/--\1/p" src/cmd/opts.c >"$tmp/options"
	in_manual option 20 <"$tmp/options"
	grep -oE 'X\([A-Z_]+, "[a-z-]+"' src/judge/finding.h | sed 's/.*"\(.*\)"/\1/' >"$tmp/ids"
	in_manual finding 10 <"$tmp/ids"
	hooks >"$tmp/hooks"
	in_manual hook 30 <"$tmp/hooks"
	in_manual command 5 <"$tmp/commands"
	"$pinacct" report --format '' 2>&1 | sed 's/.*one of: //; s/, /\n/g' >"$tmp/formats"
	in_manual format 6 <"$tmp/formats"
	if ! command -v groff >/dev/null; then
		skip 'the manual is good troff' 'no groff'
		return
	fi
	begin 'the manual is good troff'
	what='groff -man -ww'
	groff -man -ww -z -Tutf8 src/man/pinacct.8 >"$tmp/out" 2>&1
	silent out
	end
}

test_manual
