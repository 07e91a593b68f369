# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# The manual against the tables of the source, which build/tables prints.

# Rows of a table, columns separated by tabs.
rows()
{
	grep "^$1	" "$build/tables.tsv" | cut -f 2-
}

# PAGE: as a reader sees it, on one line.
plain()
{
	sed 's/\\f[BIR]//g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g; s/^\.[BIR][BIR]* //; s/"//g' "$build/man/$1" | tr '\n' ' '
}

# WHAT PAGE MINIMUM: each word of stdin is on the page, and there are so many at least.
on_page()
{
	begin "the manual has every $1"
	what=$2
	: >"$tmp/err"
	plain "$2" >"$tmp/manual"
	words=0
	while read -r word; do
		words=$((words + 1))
		grep -qE -- "(^|[^a-z_-])$word([^a-z_-]|\$)" "$tmp/manual" || fault "$1 $word is not in $2"
	done
	[ "$words" -ge "$3" ] || fault "only $words of $1 found in the source"
	end
}

test_options()
{
	rows command | cut -f 1 >"$tmp/names"
	while read -r command; do
		rows option | awk -F '\t' -v command="$command" '("," $5 ",") ~ ("," command ",") { print "--" $1 }' >"$tmp/options"
		on_page "option of $command" "pinacct-$command.8" 3 <"$tmp/options"
	done <"$tmp/names"
	begin 'each paragraph of the manual is of an option or a finding that there is'
	what=src/man/options.in
	: >"$tmp/err"
	{
		rows option | cut -f 1
		rows finding | sed 's/^/finding /'
		rows record | sed 's/^[0-9]*	/record /'
	} | cut -f 1 >"$tmp/known"
	sed -n 's/^@ //p' src/man/options.in >"$tmp/paragraphs"
	while read -r row; do
		command=${row##* }
		case $row in
		'finding '* | 'record '*) ;;
		*' '*) grep -qx "$command" "$tmp/names" || fault "there is no command $command" ;;
		esac
		grep -qx -- "$row" "$tmp/known" || grep -qx -- "${row% "$command"}" "$tmp/known" || fault "there is no $row"
	done <"$tmp/paragraphs"
	end
}

test_tables()
{
	rows option | cut -f 1 | sed 's/^/--/' >"$tmp/words"
	on_page option pinacct.8 20 <"$tmp/words"
	on_page command pinacct.8 8 <"$tmp/names"
	begin 'README.md has every command'
	: >"$tmp/err"
	while read -r command; do
		grep -q "^| .pinacct $command\\b" README.md || fault "$command is missing"
	done <"$tmp/names"
	end
	grep -oE 'EXIT_[A-Z]+ = [0-9]+' src/base/exit_status.h | sed 's/.* //' >"$tmp/words"
	on_page 'exit status' pinacct.8 6 <"$tmp/words"
	rows finding | cut -f 1 >"$tmp/words"
	on_page finding pinacct-findings.7 10 <"$tmp/words"
	rows loss | cut -f 1 >"$tmp/words"
	on_page loss pinacct-findings.7 10 <"$tmp/words"
	rows hook | cut -f 1 >"$tmp/words"
	on_page hook pinacct-probe.8 30 <"$tmp/words"
	rows format >"$tmp/words"
	on_page format pinacct-report.8 6 <"$tmp/words"
	begin '--help has every format'
	run report --help
	while read -r format; do
		has out "[ ,]$format[ ,]"
	done <"$tmp/words"
	end
}

# A page that is cited is there: of ours, name (section).
test_citations()
{
	begin 'a page that the manual cites is there'
	what='SEE ALSO'
	: >"$tmp/err"
	cited=0
	for page in $(cat "$build"/man/* | sed 's/\\-/-/g; s/"//g' | grep -oE 'pinacct[a-z-]* \([1-8]\)' | sort -u | tr -d ' ' | tr '()' '. '); do
		cited=$((cited + 1))
		[ -e "$build/man/$page" ] || fault "there is no $page"
	done
	[ "$cited" -gt 5 ] || fault "only $cited citations found"
	end
}

# NAME COMMAND...: it says nothing about any page.
accepted_by()
{
	if ! command -v "$2" >/dev/null; then
		skip "$1" "no $2"
		return
	fi
	begin "$1"
	shift
	: >"$tmp/err"
	for page in "$build"/man/*; do
		what="$* $page"
		"$@" "$page" >"$tmp/out" 2>&1
		silent out
	done
	end
}

# A reader that knows the page alone reads every recording, and counts what recdump counts.
test_record_page()
{
	if ! command -v python3 >/dev/null || ! command -v zstd >/dev/null; then
		skip 'pinacct-record(5) is enough to read a recording' 'no python3 or zstd'
		return
	fi
	begin 'pinacct-record(5) is enough to read a recording'
	what=pinacct-record.5
	for input in tests/golden/*.txt; do
		story "$(basename "$input" .txt)"
		! grep -q '^#! cut' "$input" || continue
		python3 tests/cli/read_record.py "$build/man/pinacct-record.5" "$rec" >"$tmp/out" 2>"$tmp/err" ||
			fault "$input: $(tail -n 1 "$tmp/err")"
		grep -q '^.*meta 1 .* [0-9]' "$tmp/out" || fault "$input: $(cat "$tmp/out")"
	done
	end
}

# COMMAND ARGUMENT...: its lines of JSON are as the schema says; the kinds of lines go to seen.
fits_schema()
{
	subcommand=$1
	shift
	run "$subcommand" --json "$@"
	python3 tests/cli/validate.py src/man/pinacct.schema.json "$subcommand" <"$tmp/out" >>"$tmp/seen" 2>"$tmp/err" ||
		fault "$what: $(tail -n 1 "$tmp/err")"
}

# What is printed live is held against the schema by tests/live/tool.sh.
test_schema()
{
	if ! python3 -c 'import jsonschema' 2>/dev/null; then
		skip 'JSON is as the schema says' 'no python3-jsonschema'
		return
	fi
	begin 'JSON is as the schema says, and nothing but that'
	: >"$tmp/seen"
	echo 'leak:* # known' >"$tmp/known"
	for input in tests/golden/*.txt; do
		story "$(basename "$input" .txt)"
		fits_schema report -i "$rec"
		for view in holders audit longterm; do
			fits_schema report -i "$rec" --view $view -v --suppress "$tmp/known"
		done
	done
	fits_schema diff "$tmp/orphan.rec" "$tmp/conversion.rec"
	fits_schema diff "$tmp/conversion.rec" "$tmp/orphan.rec"
	for kind in run hook finding site audit inventory suppression loss summary row fault diff_summary; do
		grep -qw $kind "$tmp/seen" || fault "no line of kind $kind was seen"
	done
	end
	begin 'the schema has the findings that there are'
	what=pinacct.schema.json
	rows finding | cut -f 1 | sort >"$tmp/words"
	python3 -c 'import json, sys
for id in sorted(json.load(open(sys.argv[1]))["$defs"]["finding_id"]["enum"]): print(id)' \
		src/man/pinacct.schema.json >"$tmp/out" 2>"$tmp/err"
	diff "$tmp/words" "$tmp/out" >"$tmp/err" || fault 'ids of findings differ'
	end
}

test_options
test_tables
test_record_page
test_schema
test_citations
accepted_by 'the manual is good troff' groff -t -man -ww -z -Tutf8
accepted_by 'the manual passes mandoc' mandoc -T lint -W warning
