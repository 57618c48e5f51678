"""`python -m central`: the same as `smilius-central`."""

import sys

from central.cli import main

sys.exit(main())
