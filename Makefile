PORT ?= 8501
HOSTS ?=
HOST ?=
FUZZ_SECONDS ?= 600
READERS ?=

# Otherwise each of the tests' many processes would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

# .venv is repaired if pip does not start (.venv is incomplete, or its Python is gone) or a listed package is missing.
PIP_STARTS = import pip
ALL_THERE = import importlib.metadata, re, sys; \
	[importlib.metadata.version(name) for path in sys.argv[1:] for name in re.findall(r"^\w[\w-]*", open(path).read(), re.M)]
ifneq ($(shell .venv/bin/python -c '$(PIP_STARTS)' 2>/dev/null || echo no),)
.PHONY: .venv/bin/python
else ifneq ($(shell .venv/bin/python -c '$(ALL_THERE)' requirements.txt 2>/dev/null || echo no),)
.PHONY: .venv/app.stamp .venv/test.stamp
else ifneq ($(shell .venv/bin/python -c '$(ALL_THERE)' requirements-dev.txt requirements-cluster.txt 2>/dev/null || echo no),)
.PHONY: .venv/test.stamp
endif

define PORT_IS_FREE
import socket, sys
try:
    port = int(sys.argv[1])
    if not 1 <= port <= 65535:
        raise ValueError
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
except ValueError:
    sys.exit(f"PORT is {sys.argv[1]!r}: give a number from 1 to 65535, as in make app PORT=8502.")
except OSError as error:
    sys.exit(f"Port {port} cannot be used ({error.strerror}): choose another, as in make app PORT={port % 65535 + 1}.")
endef
export PORT_IS_FREE

PIP = .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input
UV = .venv/bin/uv
PYTEST = .venv/bin/python -m pytest
ON_EVERY_CORE = --numprocesses auto --dist worksteal

.PHONY: help app serve check test proxies style types quick-unit unit fuzz lock lowest soak sbom audit clean

help:
	@echo "make app     serve the app at http://127.0.0.1:$(PORT) (another port: make app PORT=8600)"
	@echo "make serve   the same for the local network, such as a classroom's: it prints the address and its QR code"
	@echo "             for a public address, behind a reverse proxy: make serve HOSTS=lab.example.org"
	@echo "make check   style, types and the quick unit tests, in under two minutes"
	@echo "make test    everything: style, types, every unit test, and the tests in a browser"
	@echo "make proxies the files in deploy/ with a real nginx and a real Caddy, which must be installed"
	@echo "make fuzz    look for inputs that a reader answers as it must not: make fuzz FUZZ_SECONDS=60 READERS=\"csv idx\""
	@echo "make soak    fifty visitors for half an hour, and what is left of them"
	@echo "make lock    pin the newest versions that requirements*.txt allow"
	@echo "make lowest  run the unit tests with the oldest versions that requirements.txt allows"
	@echo "make sbom    list the app's packages as a CycloneDX file, sbom.json"
	@echo "make audit   look the app's packages up among known vulnerabilities, on the network"
	@echo "make clean   remove the virtual environments and the tools' caches"

IN_NETWORK = exec .venv/bin/python -m ui.serving.local_network --port "$(PORT)"

# Some shells set HOST to the machine's name, so only this value counts: HOST=0.0.0.0 make app.
app: .venv/app.stamp
	@.venv/bin/python -c "$$PORT_IS_FREE" "$(PORT)"
	@$(if $(filter 0.0.0.0,$(HOST)),$(IN_NETWORK),exec .venv/bin/python -m streamlit run app.py --server.port "$(PORT)")

serve: .venv/app.stamp
	@.venv/bin/python -c "$$PORT_IS_FREE" "$(PORT)"
ifeq ($(HOSTS),)
	@$(IN_NETWORK)
else
	@DIGIT_LAB_NOTICE_SECONDS=$${DIGIT_LAB_NOTICE_SECONDS:-30} exec .venv/bin/python -m streamlit run app.py \
		--server.port "$(PORT)" --server.headless true $(HOSTS:%=--server.allowedHosts %)
endif

# mypy uses one core, so the tests run beside it.
check: .venv/test.stamp style
	@$(MAKE) --no-print-directory --jobs 2 types quick-unit

style: .venv/test.stamp
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .

types: .venv/test.stamp
	.venv/bin/python -m mypy

quick-unit: .venv/test.stamp
	$(PYTEST) $(ON_EVERY_CORE) tests/unit -m "not slow"

unit: .venv/test.stamp
	$(PYTEST) $(ON_EVERY_CORE) tests/unit

test: .venv/test.stamp style
	@.venv/bin/python -m testing.chromium
	@.venv/bin/python -m testing.postgresql
	@.venv/bin/python -m testing.pytorch
	@$(MAKE) --no-print-directory --jobs 2 types unit
	$(PYTEST) $(ON_EVERY_CORE) tests/browser -m "not alone"
	$(PYTEST) tests/browser -m alone

# Not part of make test, which installs no proxies.
proxies: .venv/test.stamp
	$(PYTEST) tests/proxy

# Not part of make test, which tries the saved inputs and variations of them.
fuzz: .venv-fuzz/stamp
	.venv-fuzz/bin/python -m tests.fuzz $(READERS) --seconds $(FUZZ_SECONDS)

.venv-fuzz/stamp: requirements.lock requirements-fuzz.lock .venv/bin/uv
	$(UV) venv --quiet --clear --python .venv/bin/python .venv-fuzz
	$(UV) pip install --quiet --python .venv-fuzz --require-hashes --requirement requirements.lock --requirement requirements-fuzz.lock
	@touch $@

soak: .venv/test.stamp
	.venv/bin/python -m benchmarks.soak

lock: .venv/bin/uv
	$(UV) pip compile --upgrade $(PINNED) requirements.txt --output-file requirements.lock
	$(UV) pip compile --upgrade $(PINNED) --constraint requirements.lock requirements-dev.txt --output-file requirements-dev.lock
	$(UV) pip compile --upgrade $(PINNED) --constraint requirements.lock requirements-fuzz.txt --output-file requirements-fuzz.lock

# For every platform and Python version, with the hash of each file.
PINNED = --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

lowest: .venv/bin/uv
	$(UV) venv --quiet --clear --python .venv/bin/python .venv-lowest
	$(UV) pip compile --quiet --resolution lowest-direct requirements.txt --output-file .venv-lowest/lowest.txt
	$(UV) pip install --quiet --python .venv-lowest --constraint .venv-lowest/lowest.txt --requirement requirements-dev.txt
	.venv-lowest/bin/python -m pytest $(ON_EVERY_CORE) tests/unit

sbom: .venv-audit/stamp
	.venv-audit/bin/cyclonedx-py requirements requirements.lock --output-reproducible --output-file sbom.json

audit: .venv-audit/stamp
	.venv-audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements.lock

.venv-audit/stamp: requirements-audit.txt .venv/bin/uv
	$(UV) venv --quiet --clear --python .venv/bin/python .venv-audit
	$(UV) pip install --quiet --python .venv-audit --requirement requirements-audit.txt
	@touch $@

clean:
	rm -rf .venv .venv-lowest .venv-audit .venv-fuzz .fuzz sbom.json .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "$$python cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt-get install python3-venv)." >&2; \
			exit 1; \
		fi; \
		exec $$python -m venv --clear .venv; \
	done; \
	echo "Digit Lab needs Python 3.11 or later, and none was found: install it, and run make again." >&2; \
	exit 1

.venv/bin/uv: .venv/bin/python
	@$(PIP) install "uv>=0.9,<1"

.venv/app.stamp: requirements.lock .venv/bin/python
	@echo "Installing the app's packages into .venv; the first time takes a minute or two."
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

.venv/test.stamp: requirements-dev.lock .venv/bin/python
	@echo "Installing the app's and the tests' packages into .venv; the first time takes a minute or two."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@
