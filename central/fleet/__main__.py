"""`python -m central.fleet`: the same as `smilius-fleet`."""

import sys

from central.fleet.cli import main

sys.exit(main())
