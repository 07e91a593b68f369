# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # sourced by tests/suites/cli
# The completions, in the shells that they are for: what is offered behind a line, a word a line.

offered_by_bash()
{
	# shellcheck disable=SC2016
	bash -c '. "$1"
		read -ra COMP_WORDS <<<"${2//=/ = }"
		[[ $2 != *[\ =] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_pinacct
		printf "%s\n" "${COMPREPLY[@]}"' bash "$build/completions/bash" "$1"
}

offered_by_fish()
{
	# shellcheck disable=SC2016
	HOME=$tmp fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$build/completions/fish" "$1" | cut -f 1 |
		sed 's/^--[a-z-]*=//'
}

offered_by_zsh()
{
	mkdir -p "$tmp/zsh"
	cp "$build/completions/zsh" "$tmp/zsh/_pinacct"
	timeout 60 tests/cli/zsh-offers "$tmp/zsh" "$1"
}

# LINE, and on stdin the words that are to be offered behind it, no more and no less.
offers()
{
	sort -u >"$tmp/wanted"
	"offered_by_$shell" "$1" 2>"$tmp/err" | sort -u >"$tmp/out"
	[ -s "$tmp/wanted" ] || fault "$1: the test wants nothing"
	cmp -s "$tmp/wanted" "$tmp/out" ||
		fault "$1: $(diff "$tmp/wanted" "$tmp/out" | sed -n 's/^< /not offered: /p; s/^> /offered: /p' | head -n 5)"
}

# FIRST WORD of a line that ends behind what is offered: one of them, for what depends on the machine.
offers_one()
{
	"offered_by_$shell" "$1" >"$tmp/out" 2>"$tmp/err"
	has out "$2"
}

options_of()
{
	rows option | awk -F '\t' -v command="$1" '("," $5 ",") ~ ("," command ",") { print "--" $1 }'
}

test_shell()
{
	begin "$shell: the commands"
	rows command | cut -f 1 | grep '^re' | offers 'pinacct re'
	end
	rows command | cut -f 1 >"$tmp/names"
	while read -r command <&3; do
		begin "$shell: the options of $command, and no others"
		options_of "$command" | offers "pinacct $command --"
		end
	done 3<"$tmp/names"
	begin "$shell: what an option takes"
	printf '%s\n' pages age calls | offers 'pinacct report --sort '
	printf '%s\n' pages age calls | offers 'pinacct report --sort='
	rows format | offers 'pinacct check --format '
	printf '%s\n' object process kind cgroup | offers 'pinacct snapshot --by '
	printf '%s\n' subsystem process cgroup fs | offers 'pinacct flame --by '
	what='report -i' && offers_one 'pinacct report -i /etc/host' 'hostname$'
	what='--cgroup' && offers_one 'pinacct watch --cgroup /sys/ker' 'kernel/?$'
	what='-p' && offers_one 'pinacct report -p ' '^[1-9][0-9]*$'
	end
	begin "$shell: behind -- the command under test, and files of its own"
	what='check --' && offers_one 'pinacct check -- ech' '^echo$'
	what='check -- ls' && offers_one 'pinacct check -- ls /etc/host' 'hostname$'
	end
}

test_completions()
{
	for shell in bash zsh fish; do
		if command -v "$shell" >/dev/null; then
			test_shell
		else
			echo "skip - completions in $shell (it is not installed: tools/deps test)"
		fi
	done
}

# They come from the tables alone, which are the same in a build with sanitizers.
[ "$BUILD" != build ] || test_completions
