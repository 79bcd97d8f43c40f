"""The program `cornu`: also `python -m cornu`."""

import signal
import sys

from cornu import _cornu


def main():
    # the program's own handling of Ctrl-C: the interpreter does not run while it works
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_cornu.main(["cornu", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
