# Everything sets itself up: `make demo` and `make test` are all that a fresh machine needs. README.md says more.
SHELL := /bin/sh
PYTHON := .venv/bin/python
RUN := .venv/bin/

.PHONY: demo test lint types imports unit sheet clean

demo: .venv/ready
	@$(RUN)smilius demo --out demo-out $(DEMO)

test: lint types imports unit

lint: .venv/ready
	@$(RUN)ruff format --check -q . || { echo "smilius: run 'ruff format'"; exit 1; }
	@$(RUN)ruff check -q .

types: .venv/ready
	@$(RUN)mypy --no-error-summary

imports: .venv/ready
	@$(RUN)lint-imports --no-cache >.venv/imports.txt || { cat .venv/imports.txt; exit 1; }

unit: .venv/ready
	@$(PYTHON) -m pytest -n 2 --dist loadfile $(TESTS)

# A sheet of simulated fingerprints, to look at.
sheet: .venv/ready
	@$(PYTHON) image-build/finger_sheet.py finger-sheet.png && echo finger-sheet.png

clean:
	rm -rf .venv demo-out finger-sheet.png

# Quick when nothing has changed; see the script.
.PHONY: .venv/ready
.venv/ready:
	@image-build/venv.sh
