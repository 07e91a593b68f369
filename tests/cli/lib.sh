# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# What the tests of the command line are made of.

begin()
{
	name=$1 faults=
}

fault()
{
	faults="$faults    $*
"
}

# Prints the verdict of the test that begin() opened.
end()
{
	if [ -z "$faults" ]; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name"
	printf '%s' "$faults"
	sed 's/^/    stderr: /' "$tmp/err" | head -n 5
	status=1
}

# Runs pinacct; leaves $code, $tmp/out and $tmp/err.
run()
{
	what=$*
	timeout 20 "$pinacct" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
}

wants()
{
	[ "$code" -eq "$1" ] || fault "$what: exit status $code, not $1"
}

# A grep -E pattern that must be, or must not be, in out or err.
has()
{
	grep -qE -- "$2" "$tmp/$1" || fault "$what: no '$2' in std$1"
}

lacks()
{
	if grep -qE -- "$2" "$tmp/$1"; then
		fault "$what: '$2' in std$1"
	fi
}

silent()
{
	[ ! -s "$tmp/$1" ] || fault "$what: std$1 is not empty: $(head -n 1 "$tmp/$1")"
}

# Exit status, one line on stderr that begins with the tool's name and has the pattern, no output.
refuses()
{
	wants "$1"
	silent out
	[ "$(wc -l <"$tmp/err")" -eq 1 ] || fault "$what: $(wc -l <"$tmp/err") lines on stderr, not 1"
	has err '^pinacct: '
	has err "$2"
}

# A whole test of one refused command line: NAME STATUS PATTERN ARGUMENTS...
refused()
{
	begin "$1"
	want=$2 pattern=$3
	shift 3
	run "$@"
	refuses "$want" "$pattern"
	end
}

skip()
{
	echo "skip - $1 ($2)"
}

# The recording of a golden story, in a file of its name.
story()
{
	[ -e "$tmp/$1.rec" ] || "$build/recasm" -o "$tmp/$1.rec" "tests/golden/$1.txt" || exit 1
	rec=$tmp/$1.rec
}

# FILE OFFSET VALUE: writes one byte.
poke()
{
	printf '%b' "\\0$(printf %o "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# FILE OFFSET: turns all bits of one byte.
flip()
{
	poke "$1" "$2" $((255 - $(od -An -tu1 -j"$2" -N1 "$1")))
}

# Runs as the user nobody, from a place that he can read; fails after a skip line when that cannot be.
as_nobody()
{
	if [ "$(id -u)" -ne 0 ]; then
		run "$@"
		return 0
	fi
	if ! command -v setpriv >/dev/null; then
		skip "$name" 'no setpriv'
		return 1
	fi
	cp -u "$pinacct" "$tmp/pinacct"
	what="as nobody: $*"
	timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups "$tmp/pinacct" "$@" \
		>"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	return 0
}

# The symbols of the table of hooks.
hooks()
{
	tr '\n' ' ' <include/pinacct/hooks.h | grep -oE 'X\([A-Z0-9_]+, [0-9]+, [a-z0-9_]+' | awk '{ print $3 }'
}
