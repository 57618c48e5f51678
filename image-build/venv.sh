#!/bin/sh
# Makes .venv ready for `make demo` and `make test` on a machine where nothing else is set up. Quick when nothing changed.
# As root it installs the Debian packages that are missing; otherwise it says in one line what to install.
set -eu
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
stamp=$venv/smilius-stamp

say() { printf '%s\n' "smilius: $*" >&2; }

usable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if usable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

needed() {
    if [ -z "$(find_python)" ]; then
        printf 'python3 python3-venv '
    elif ! "$(find_python)" -c 'import venv, ensurepip' 2>/dev/null; then
        printf 'python3-venv '
    fi
    PATH=$PATH:/usr/sbin command -v mosquitto >/dev/null || printf 'mosquitto '
    # wsq has no wheel for arm64 and is compiled there
    if [ "$(uname -m)" = aarch64 ]; then
        for tool in gcc g++ cmake; do command -v $tool >/dev/null || printf '%s ' $tool; done
        [ -n "$(find_python)" ] && "$(find_python)" -c \
            'import sys, sysconfig, os; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
            printf 'python3-dev '
    fi
}

install_debian_packages() {
    packages=$(needed)
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $packages"
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        apt-get -q -q update >&2
        # shellcheck disable=SC2086  # a list of words
        apt-get -q -q install -y --no-install-recommends $packages >&2
        # the program is wanted, not a broker that Debian starts with the machine
        case $packages in *mosquitto*) [ ! -d /run/systemd/system ] || systemctl -q disable --now mosquitto ;; esac
    else
        say "please install these first: sudo apt-get install ${packages% }"
        exit 1
    fi
    if [ -z "$(find_python)" ]; then
        say "Python 3.11, 3.12 or 3.13 is needed and was not found; set PYTHON to one"
        exit 1
    fi
}

# wsq's sdist hard-codes -m64, which gcc for arm64 refuses (facts: image-and-hil.md, section 4)
compiler_wrapper() {
    [ "$(uname -m)" = aarch64 ] || return 0
    cat >"$venv/bin/cc-nom64" <<'END'
#!/bin/sh
n=; for a in "$@"; do shift; [ "$a" = -m64 ] || set -- "$@" "$a"; done; exec gcc "$@"
END
    chmod +x "$venv/bin/cc-nom64"
    CC=$PWD/$venv/bin/cc-nom64
    export CC
}

wanted=$(cat pyproject.toml image-build/venv.sh image-build/face_models.py | sha256sum | cut -d' ' -f1)
install_debian_packages
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
say "setting up $venv, once; this takes a minute or two"
"$(find_python)" -m venv "$venv"
compiler_wrapper
extras=cctv,central,demo,dev
# the TPM's binding is compiled against the TSS2; where that is not installed its tests are skipped with a reason
if command -v pkg-config >/dev/null && pkg-config --exists tss2-esys tss2-fapi; then extras=$extras,tpm; fi
pip="$venv/bin/python -m pip --disable-pip-version-check"
if [ "${SMILIUS_OLDEST:-}" ]; then
    # pip cannot ask for the oldest versions that are allowed; uv can
    $pip install -q uv >&2
    "$venv/bin/uv" pip install -q --python "$venv/bin/python" --resolution lowest-direct -e ".[$extras]" >&2
else
    $pip install -q -e ".[$extras]" >&2
fi
"$venv/bin/python" image-build/face_models.py
printf '%s\n' "$wanted" >"$stamp"
