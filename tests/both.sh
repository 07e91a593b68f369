# shellcheck shell=sh
# For a suite of the command line: the tests twice, side by side, with the program as it ships and with one that the
# address, leak and undefined-behaviour sanitizers watch.

# both_builds SUITE: calls it with $BUILD set to either.
both_builds()
{
	mkdir -p build/test
	make -s all tools && make -s SANITIZE=1 all tools || return 1
	both_log=build/test/$(basename "$1")-sanitized.log both_status=0
	# a leak's own exit status is 23, like findings'
	ASAN_OPTIONS=exitcode=99 BUILD=build/asan "$1" >"$both_log" 2>&1 &
	BUILD=build "$1" || both_status=1
	wait $! || both_status=1
	sed -E 's/^(ok|not ok|skip) - /&sanitized: /' "$both_log"
	return "$both_status"
}
