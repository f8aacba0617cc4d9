PORT ?= 8501

# What `make` itself cannot know about .venv, and mends: it was half made or its Python has gone, so that pip
# does not start; or a package that the list names is not there.
PIP_STARTS = import pip
ALL_THERE = import importlib.metadata, re, sys; \
	[importlib.metadata.version(name) for name in re.findall(r"^\w[\w-]*", open(sys.argv[1]).read(), re.M)]
ifneq ($(shell .venv/bin/python -c '$(PIP_STARTS)' 2>/dev/null || echo no),)
.PHONY: .venv/bin/python
else ifneq ($(shell .venv/bin/python -c '$(ALL_THERE)' requirements.txt 2>/dev/null || echo no),)
.PHONY: .venv/app.stamp .venv/test.stamp
else ifneq ($(shell .venv/bin/python -c '$(ALL_THERE)' requirements-dev.txt 2>/dev/null || echo no),)
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

PIP_INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --requirement

.PHONY: help app test clean

help:
	@echo "make app     serve the app at http://127.0.0.1:$(PORT) (another port: make app PORT=8600)"
	@echo "make test    check style and types, then run every test, those in a browser too"
	@echo "make clean   remove .venv and the tools' caches"

app: .venv/app.stamp
	@.venv/bin/python -c "$$PORT_IS_FREE" "$(PORT)"
	@exec .venv/bin/python -m streamlit run app.py --server.port "$(PORT)"

test: .venv/test.stamp
	@.venv/bin/python -m testing.chromium
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile --ignore tests/browser
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile tests/browser -m "not alone"
	.venv/bin/python -m pytest tests/browser -m alone

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
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

.venv/app.stamp: requirements.txt .venv/bin/python
	@echo "Installing the app's packages into .venv; the first time takes a minute or two."
	@$(PIP_INSTALL) requirements.txt
	@touch $@

.venv/test.stamp: requirements-dev.txt requirements-cluster.txt requirements.txt .venv/bin/python
	@echo "Installing the app's and the tests' packages into .venv; the first time takes a minute or two."
	@$(PIP_INSTALL) requirements-dev.txt
	@touch $@
