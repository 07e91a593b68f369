# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# The formats that programs read.

test_folded()
{
	begin 'folded: stacks and a number in each line'
	for name_of in orphan clean-fio ring-loss; do
		story $name_of
		run report -i "$rec" --format folded --view holders
		silent err
		[ -s "$tmp/out" ] || fault "$name_of: nothing"
		if grep -vqE '^[^ ]+(;[^ ]+)+ [0-9]+$' "$tmp/out"; then
			fault "$name_of: $(grep -vE '^[^ ]+(;[^ ]+)+ [0-9]+$' "$tmp/out" | head -n 1)"
		fi
	done
	end
}

# Each line of stdin is a JSON object.
parse_json()
{
	if command -v python3 >/dev/null; then
		python3 -c 'import json, sys
for line in sys.stdin: assert isinstance(json.loads(line), dict)'
	else
		perl -MJSON::PP -ne 'ref(decode_json($_)) eq "HASH" or die'
	fi
}

test_json()
{
	begin 'json: each line an object, schema_version in the first, --json is the same'
	for input in tests/golden/*.txt; do
		story "$(basename "$input" .txt)"
		run report -i "$rec" --format json
		silent err
		parse_json <"$tmp/out" 2>"$tmp/err" || fault "$input: $(tail -n 1 "$tmp/err")"
		head -n 1 "$tmp/out" | grep -q '"schema_version":1,' || fault "$input: no version"
		cp "$tmp/out" "$tmp/json"
		run report -i "$rec" --json
		cmp -s "$tmp/out" "$tmp/json" || fault "$input: --json differs from --format json"
	done
	end
}

test_ktap()
{
	begin 'ktap: plan, numbers and totals agree; all else is a comment'
	for input in tests/golden/*.txt; do
		story "$(basename "$input" .txt)"
		run report -i "$rec" --format ktap
		silent err
		awk 'NR == 1 && $0 != "TAP version 13" { exit 1 }
		NR == 2 { plan = substr($0, 4) + 0; next }
		/^ok [0-9]+ - / { n++; if ($2 != n) exit 1; next }
		/^not ok [0-9]+ - / { n++; bad++; if ($3 != n) exit 1; next }
		/^# Totals: / { split($4, f, ":"); split($8, e, ":"); totals = f[2] + e[2] }
		NR > 2 && !/^# / { exit 1 }
		END { exit !(plan == n && n > 1 && totals == bad) }' "$tmp/out" || fault "$input: not KTAP"
		failed=$(grep -c '^not ok' "$tmp/out")
		[ $((failed > 0)) -eq $((code != 0)) ] || fault "$input: status $code, $failed failed"
	done
	end
	begin 'ktap: one test for each rule of the table, and the witness'
	story clean-fio
	run report -i "$rec" --format ktap
	rules=$(grep '^	{ FINDING_' src/judge/rules_table.c | grep -vc on_demand)
	[ "$rules" -gt 1 ] || fault 'no rules found in src/judge/rules_table.c'
	has out "^1\.\.$rules\$"
	end
}

test_junit()
{
	if ! command -v python3 >/dev/null; then
		skip 'junit: valid XML, and counts that agree' 'no python3'
		return
	fi
	begin 'junit: valid XML, and counts that agree'
	for input in tests/golden/*.txt; do
		story "$(basename "$input" .txt)"
		run report -i "$rec" --format junit
		silent err
		python3 - "$code" "$tmp/out" >"$tmp/err" 2>&1 <<'PY' || fault "$input: $(tail -n 1 "$tmp/err")"
import sys
import xml.etree.ElementTree as xml
suite = xml.parse(sys.argv[2]).getroot().find("testsuite")
cases = suite.findall("testcase")
assert len(cases) == int(suite.get("tests")) > 1, "tests"
for element, count in ("failure", "failures"), ("error", "errors"), ("skipped", "skipped"):
    assert len(suite.findall("testcase/" + element)) == int(suite.get(count)), count
bad = int(suite.get("failures")) + int(suite.get("errors"))
assert (bad > 0) == (sys.argv[1] != "0"), "exit status"
assert suite.find("system-out").text.splitlines()[-1].startswith("SUMMARY: "), "last line"
PY
	done
	end
}

test_github()
{
	begin 'github: errors and warnings in a line each'
	story orphan
	run report -i "$rec" --format github
	[ "$(grep -c '^::' "$tmp/out")" -eq 2 ] || fault 'not two annotations'
	has out '^::error title=orphan%3A 1 finding%3A 1024 pages \(4 MiB\)::orphan: .*%0A    pinned by'
	has out '^::warning title=long-held%3A 1 risk%3A'
	run report -i "$rec" --format github --fail-on risk
	[ "$(grep -c '^::error' "$tmp/out")" -eq 2 ] || fault 'not two errors with --fail-on risk'
	end
}

test_folded
test_json
test_ktap
test_junit
test_github
