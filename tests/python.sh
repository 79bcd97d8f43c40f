# need_python PYTHON MODULE…: for scripts that ask a Python (python3 where none is named). Sets $python, and $scratch to a
# folder that goes when the script ends; without the modules the test is skipped.
need_python() {
    python=${1:-python3}
    shift
    [ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
    "$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))' "$@" 2>/dev/null ||
        { echo "skipped: $python has not all of: $*"; exit 77; }
    scratch=$(mktemp -d "$PWD/python-XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
}
