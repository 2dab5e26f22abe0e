"""``python -m pneumonia``: see `pneumonia.cli.commands`."""

import sys

from pneumonia.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
