# What scripts/run and scripts/test share. Sourced, from the top of the tree.
# Says what it does, does it once, and does nothing where there is nothing to do: the second time works without a network.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'yunqiao: %s\n' "$*" >&2; exit "${code:-5}"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else code=5 die "needs root once, to install packages: run as root, or install sudo"
    fi
}

# packages FILE...: installs what is missing of the named lists.
packages() {
    local wanted missing=() name
    command -v dpkg-query >/dev/null || die "this is not Debian: install by hand what $* name, then run again"
    wanted=$(grep -hv '^#' "$@")
    for name in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -qq || die "the package lists could not be fetched: is there a network?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get could not install: ${missing[*]}"
}

node_is_new() { # NODE: at least 20.19?
    local v; v=$("$1" --version 2>/dev/null) || return 1
    v=${v#v}; local major=${v%%.*} rest=${v#*.}; local minor=${rest%%.*}
    [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }
}

# find_node: sets NODE to a node that can build the client, and BOOT_NODE and NPM to what can install packages. An npm that runs on an
# old node leaves out the optional packages that want a newer one, the bundler's binaries among them: so the pinned node comes with its own.
find_node() {
    local arch pinned
    case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=none ;; esac
    pinned=$PWD/scripts/node/node_modules/node-linux-$arch/bin/node
    BOOT_NODE=$(command -v node || command -v nodejs || ls /usr/bin/node /usr/bin/nodejs 2>/dev/null | head -n 1) || true
    NPM=$(command -v npm || ls /usr/bin/npm /usr/local/bin/npm 2>/dev/null | head -n 1) || true
    if [ -z "$BOOT_NODE" ] || [ -z "$NPM" ]; then
        say "installing Debian's nodejs and npm (several hundred small packages)"
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null ||
            die "apt-get could not install nodejs and npm"
        BOOT_NODE=/usr/bin/node NPM=/usr/bin/npm
    fi
    NPM=$(readlink -f "$NPM")
    if command -v node >/dev/null && node_is_new "$(command -v node)"; then
        NODE=$(command -v node)
    else
        if ! node_is_new "$pinned"; then
            say "no node of version 20.19 or newer is on the PATH: fetching the pinned one"
            npm_ci scripts/node
        fi
        NODE=$pinned BOOT_NODE=$pinned NPM=$PWD/scripts/node/node_modules/npm/bin/npm-cli.js
        node_is_new "$NODE" || die "no Node 20.19 for this machine ($(uname -m)): install one and put it on the PATH"
    fi
}

# npm_ci DIR: installs DIR's locked packages, unless they are there already.
npm_ci() {
    local stamp=$1/node_modules/.locked sum
    sum=$(sha256sum <"$1/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    say "installing the locked npm packages of $1"
    (cd "$1" && PATH="$(dirname "$BOOT_NODE"):$PATH" "$BOOT_NODE" "$NPM" ci --no-audit --no-fund --loglevel=error >&2) ||
        die "npm ci failed in $1: is there a network?"
    printf '%s' "$sum" >"$stamp"
}

# build_client: web-client/dist, rebuilt only when a source changed.
build_client() {
    local stamp=web-client/dist/.built sum
    find_node
    npm_ci web-client
    sum=$(cd web-client && { find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z |
        xargs -0 sha256sum; "$NODE" --version; } | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ]; then
        say "building the web client"
        (cd web-client && "$NODE" build.mjs >../build/client.log 2>&1) ||
            { cat build/client.log >&2; die "the web client did not build"; }
        printf '%s' "$sum" >"$stamp"
    fi
}

# build_server PRESET [TARGET...]
build_server() {
    local preset=$1; shift
    [ -f "build/$preset/build.ninja" ] || { say "configuring build/$preset"; cmake --preset "$preset" >"build/$preset.log" 2>&1 ||
        { cat "build/$preset.log" >&2; die "cmake failed"; }; }
    say "building build/$preset"
    cmake --build "build/$preset" ${1:+--target "$@"} >"build/$preset.log" 2>&1 || { cat "build/$preset.log" >&2; die "the build failed"; }
}
