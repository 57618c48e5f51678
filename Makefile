# Everything sets itself up: `make demo` and `make test` are all that a fresh machine needs. README.md says more.
SHELL := /bin/sh
VENV := .venv
RUN := $(VENV)/bin/

# Where NIST's published prints and table are, for figures and pages that are made from them.
NFIQ2_DATA := $(wildcard ../shared/data/nfiq2)

.PHONY: demo test lint types imports unit oldest sheet bench vm-test clean

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

# How long a finger's score and a portrait take, whether memory stays flat over 10,000 frames, how fast drivers are over
# their emulators and what they cost while they wait, what a vendor's helper and a recorder cost (one thread); what 2,000
# stations cost headquarters, and how many parcels a second get to its ledger. For one of them: `make bench BENCHES=face`;
# options for it: `BENCH="--frames 500"`.
BENCHES := finger face devices helper tap vault fleet link
bench: $(BENCHES:%=bench-%)

.PHONY: bench-finger bench-face bench-devices bench-helper bench-tap bench-vault bench-fleet bench-link
bench-finger: $(VENV)/ready
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN)python image-build/bench_finger.py \
		$(if $(NFIQ2_DATA),--examples $(NFIQ2_DATA)) $(BENCH)

bench-face: $(VENV)/ready
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN)python image-build/bench_face.py $(BENCH)

bench-devices: $(VENV)/ready
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN)python image-build/bench_devices.py $(BENCH)

bench-helper: $(VENV)/ready
	@$(RUN)python image-build/bench_helper.py $(BENCH)

bench-tap: $(VENV)/ready
	@$(RUN)python image-build/bench_tap.py $(BENCH)

bench-vault: $(VENV)/ready
	@$(RUN)python image-build/bench_vault.py $(BENCH)

bench-fleet: $(VENV)/ready
	@$(RUN)python image-build/bench_fleet.py $(BENCH)

bench-link: $(VENV)/ready
	@$(RUN)python image-build/bench_link.py $(BENCH)

# The tests that need a kernel's own devices, in a virtual machine: a camera, pins, and sensors that are pulled out of real
# sockets. Some minutes; docs/devices.md. Options for it: `VM="--only fingerprint"`.
vm-test: $(VENV)/ready
	@$(RUN)python image-build/vm_test.py $(VM)

# Kills of every process at every durable step, and power cuts at the station: an hour or two; docs/kills.md is made of
# it. A run that was broken off goes on where it was; another seed begins anew: `make nightly SEED=7`.
SEED := 20261122
KILLS := 750
CUTS := 230
NIGHTLY := kill-enrolment kill-rejected kill-handover kill-visit cut-enrolment cut-rejected cut-handover
.PHONY: nightly
nightly: $(VENV)/ready
	@printf '%s\n' $(NIGHTLY) | xargs -P 2 -I NAME sh -c 'case NAME in kill-*) count=$(KILLS);; *) count=$(CUTS);; esac; \
		$(RUN)python -m tests.power.nightly NAME --seed $(SEED) --count $$count --record build/nightly'; failed=$$?; \
		$(RUN)python -m tests.power.page build/nightly docs/kills.md; exit $$failed

clean:
	rm -rf .venv .venv-oldest demo-out finger-sheet.png build/vm build/nightly

# Quick when nothing has changed; see the script.
.PHONY: $(VENV)/ready
$(VENV)/ready:
	@VENV=$(VENV) image-build/venv.sh
