# Everything sets itself up: `make demo` and `make test` are all that a fresh machine needs. README.md says more.
SHELL := /bin/sh
VENV := .venv
RUN := $(VENV)/bin/

.PHONY: demo test lint types imports unit oldest sheet clean

demo: $(VENV)/ready
	@$(RUN)smilius demo --out demo-out $(DEMO)

test: lint types imports unit

lint: $(VENV)/ready
	@$(RUN)ruff format --check -q . || { echo "smilius: run 'ruff format'"; exit 1; }
	@$(RUN)ruff check -q .

types: $(VENV)/ready
	@$(RUN)mypy --no-error-summary

imports: $(VENV)/ready
	@$(RUN)lint-imports --no-cache >$(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }

unit: $(VENV)/ready
	@$(RUN)python -m pytest -n 2 --dist loadfile $(TESTS)

# The tests with every dependency at its lower bound.
oldest:
	@SMILIUS_OLDEST=1 $(MAKE) --no-print-directory VENV=.venv-oldest unit

# A sheet of simulated fingerprints, to look at.
sheet: $(VENV)/ready
	@$(RUN)python image-build/finger_sheet.py finger-sheet.png && echo finger-sheet.png

clean:
	rm -rf .venv .venv-oldest demo-out finger-sheet.png

# Quick when nothing has changed; see the script.
.PHONY: $(VENV)/ready
$(VENV)/ready:
	@VENV=$(VENV) image-build/venv.sh
