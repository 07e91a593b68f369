# shellcheck shell=sh
# Debian packages of any suite, unpacked and never installed: through an apt with a state of its own,
# so the machine's sources and lists stay as they are; the mirror and its credentials are whatever
# this machine's apt uses.
#
# Uses $apt_dir, where that state is, and lib.sh.
# shellcheck disable=SC2154

# mirror_of SUITE: where this machine's apt gets Debian's suites of that kind
# from. Security updates live in an archive of their own.
mirror_of()
{
	case $1 in
	*-security) mirror_kind=security ;;
	*) mirror_kind=main ;;
	esac
	# The format is apt's, not the shell's.
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
		awk -v kind="$mirror_kind" '
			{ is_security = $1 ~ /-security$/ }
			is_security == (kind == "security") { print $2; exit }'
}

write_sources()
{
	for source_suite in $(printf '%s' "$1" | tr , ' '); do
		source_mirror=$(mirror_of "$source_suite")
		# Security updates are a bonus: a machine without them still has
		# the kernel of the release itself.
		[ -n "$source_mirror" ] || continue
		printf 'deb [arch=amd64] %s %s main\n' "$source_mirror" "$source_suite"
	done
}

# private_apt COMMAND...: apt on its own state in $apt_dir. Preferences are
# left out: a pin on this machine must not choose the test kernel.
private_apt()
{
	private_tool=$1
	shift
	"$private_tool" \
		-o Dir::Etc::SourceList="$apt_dir/sources.list" \
		-o Dir::Etc::SourceParts="$apt_dir/none" \
		-o Dir::Etc::Preferences="$apt_dir/none/preferences" \
		-o Dir::Etc::PreferencesParts="$apt_dir/none" \
		-o Dir::State::Lists="$apt_dir/lists" \
		-o Dir::Cache="$apt_dir/cache" \
		-o Acquire::Languages=none \
		-o APT::Architecture=amd64 \
		-o APT::Sandbox::User="$(id -un)" \
		"$@"
}

# reason MESSAGES: the line that says most about a failure.
reason()
{
	printf '%s\n' "$1" | grep -m 1 'No space left' ||
		printf '%s\n' "$1" | grep -m 1 '^E:' ||
		printf '%s\n' "$1" | tail -n 1
}

# quietly WHAT COMMAND...: its messages are read only when it fails. They are
# kept in memory: a full disk is one of the things they tell of.
quietly()
{
	quietly_what=$1
	shift
	quietly_log=$("$@" 2>&1) || die "$quietly_what: $(reason "$quietly_log")"
}

# begin_apt FOLDER SUITES: an empty state there, with the lists of those suites.
begin_apt()
{
	apt_dir=$1
	mkdir -p "$apt_dir/none" "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	write_sources "$2" >"$apt_dir/sources.list"
	[ -s "$apt_dir/sources.list" ] || die "$name: this machine's apt names no Debian mirror"
	say "$name: reading package lists of $2"
	quietly "reading package lists of $2" private_apt apt-get -q --error-on=any update
}

# download PACKAGE...: into $apt_dir/debs.
download()
{
	mkdir -p "$apt_dir/debs"
	say "$name: downloading $*"
	quietly "downloading $name" in_folder "$apt_dir/debs" private_apt apt-get -y download "$@"
}

# unpack_debs FOLDER: all of them.
unpack_debs()
{
	for unpack_deb in "$apt_dir"/debs/*.deb; do
		quietly "unpacking ${unpack_deb##*/}" dpkg-deb -x "$unpack_deb" "$1"
	done
}

in_folder()
{
	(cd "$1" && shift && "$@")
}
