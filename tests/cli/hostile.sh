# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# Text from outside, made by somebody who means harm, through each command and format. What is shown live is in
# tests/live/hostile.sh.

# FORMAT: what the last command printed is harmless, on either stream.
harmless()
{
	python3 tests/cli/harmless.py "$1" <"$tmp/out" >"$tmp/why" 2>&1 || fault "$what: $(tail -n 1 "$tmp/why")"
	python3 tests/cli/harmless.py log <"$tmp/err" >"$tmp/why" 2>&1 || fault "$what: stderr: $(tail -n 1 "$tmp/why")"
}

# STORY SHIFT: its recording with hostile names, in $rec.
hostile_story()
{
	rec=$tmp/hostile-$1-$2.rec
	awk -v shift="$2" -f tests/cli/hostile.awk tests/cli/hostile.names "tests/golden/$1.txt" >"$tmp/hostile.txt"
	"$build/recasm" -o "$rec" "$tmp/hostile.txt" || exit 1
}

test_recordings()
{
	printf 'leak:\033]0;x\007 # \n\npin-put:*:: # ::error::x \033[31m\302\233\n*:* # ##[error]\377\n' >"$tmp/bad.list"
	printf 'leak:nothing*\033[31m # ::error::x \302\233\npin-put:* # ##[error]\377\033]0;x\007\n' >"$tmp/hostile.list"
	for name_of in conversion page-faults inventory partial-release double-unpin; do
		begin "hostile names: $name_of in each view and format"
		for shift in 0 5 11; do
			hostile_story $name_of $shift
			for view in leaks holders mismatches all audit longterm; do
				run report -i "$rec" --view $view -v --suppress "$tmp/hostile.list"
				harmless text
			done
			for format in json folded junit ktap github; do
				view=all
				[ $format != folded ] || view=holders
				run report -i "$rec" --format $format --view $view -v --suppress "$tmp/hostile.list"
				[ -s "$tmp/out" ] || fault "$what: no output"
				harmless $format
			done
			run report -i "$rec" --view longterm --json
			harmless json
			run report -i "$rec" --view audit --json
			harmless json
		done
		end
	done
	begin 'hostile names: diff'
	conversion=$tmp/hostile-conversion-0.rec
	for other in conversion-5 page-faults-0; do
		run diff "$conversion" "$tmp/hostile-$other.rec"
		[ -s "$tmp/out" ] || fault "$what: no output"
		harmless text
		run diff --json "$conversion" "$tmp/hostile-$other.rec"
		harmless json
	done
	end
}

# The reason of a row that was not tried once began a line of its own.
test_reason()
{
	begin 'a reason with a newline and ::error:: begins no line'
	printf 'meta\nmark ts=1s start\nvmstat ts=1s start flags=quiet\nvmstat ts=2s end flags=quiet\nmark ts=2s end\n' |
		"$build/recasm" -o "$tmp/plain.rec" /dev/stdin
	printf '%s\n' 'meta' 'mark ts=1s start' 'vmstat ts=1s start flags=quiet' \
		'mark ts=1500ms not-done text="xfs: no\x0a::error::\x1b[31m"' 'vmstat ts=2s end flags=quiet' \
		'mark ts=2s end' | "$build/recasm" -o "$tmp/reason.rec" /dev/stdin
	run report -i "$tmp/reason.rec" --view audit
	has out 'no\\x0a::error::\\x1b\[31m'
	harmless text
	run diff "$tmp/plain.rec" "$tmp/reason.rec"
	has out 'no\\x0a::error::\\x1b\[31m'
	harmless text
	end
}

# What is quoted of the command line and of files that the user names is in the log.
test_arguments()
{
	begin 'hostile arguments are quoted harmlessly, in one line'
	esc=$(printf '\033]0;x\007\302\233\377##[error]\n::error::x')
	set -- "$esc" "report -i" "report --$esc" "report --format $esc" "report --view $esc" "report --age $esc" \
		"report --suppress" "report --cgroup" "diff $esc x" "check --format $esc -- true" "snapshot --top $esc"
	IFS_was=$IFS
	for line; do
		case $line in
		"$esc") run "$esc" ;;
		report\ -i) run report -i "$esc" ;;
		report\ --suppress) run report --suppress "$esc" ;;
		report\ --cgroup) run report --cgroup "$esc" ;;
		*)
			IFS=' '
			set -f
			# shellcheck disable=SC2086 # the words of a command line
			run $line
			set +f
			IFS=$IFS_was
			;;
		esac
		[ "$code" -ne 0 ] || fault "$line: status 0"
		[ "$(wc -l <"$tmp/err")" -eq 1 ] || fault "$line: $(wc -l <"$tmp/err") lines on stderr"
		has err '\\x1b'
		harmless text
	done
	end
	begin 'hostile lines of a list of suppressions are quoted harmlessly'
	printf 'leak\033]0;x\007\302\233##[error]:::\n' >"$tmp/bad.list"
	run report -i "$tmp/plain.rec" --suppress "$tmp/bad.list"
	wants 2
	has err '\\x1b'
	harmless text
	end
}

if command -v python3 >/dev/null; then
	test_recordings
	test_reason
	test_arguments
else
	skip 'text from outside' 'no python3'
fi
