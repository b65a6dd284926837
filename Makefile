# Every command sets up what it needs in .venv; nothing is installed outside this folder.
PY ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo .boot/bin/uv)
export UV_PYTHON_DOWNLOADS := never
export MPLBACKEND := Agg
export JAX_COMPILATION_CACHE_DIR ?= $(CURDIR)/.cache/jax
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS ?= 0
export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES ?= -1
INSTALL = $(UV) pip install -q --python $(BIN)/python --require-hashes -r

.PHONY: help tour test tutorials bench check lock clean
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 20

tour: .venv/run.ok  ## render every system and write tour/index.html (INPUT=voice.wav: on your own sound)
	@$(BIN)/python -m tour $(if $(INPUT),--input "$(INPUT)")

test: .venv/dev.ok  ## the whole test suite
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 25

tutorials: .venv/dev.ok  ## execute the lessons, write the site and the students' notebooks to site/
	@$(BIN)/python tutorials/build.py

bench: .venv/bench.ok  ## measure beside the peers, in one run on this machine
	@$(BIN)/python -m bench

check: .venv/dev.ok  ## lint, format and the doctests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/python -m pytest --doctest-modules dsplab neural

lock: .venv/run.ok  ## resolve the locked versions anew (requirements/*.txt)
	@for set in "run" "dev --extra test --extra tutorials --extra dev" "bench --extra bench"; do \
	  set -- $$set; name=$$1; shift; \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate "$$@" -c requirements/dev.txt setup.cfg -o requirements/$$name.txt || exit 1; done

clean:  ## remove everything that can be made again
	rm -rf .venv .boot .cache build site tour/index.html tour/media

.venv/python.ok:
	@$(PY) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed, this is {v.major}.{v.minor}. Try: make PY=python3.11")'
	@command -v $(UV) >/dev/null || $(PY) -m pip install -q --disable-pip-version-check --root-user-action ignore --target .boot uv >/dev/null 2>&1 \
	  || { echo "Could not fetch the installer uv with pip: check the network, then run make again."; exit 1; }
	@$(UV) venv -q --allow-existing --python "$$($(PY) -c 'import sys; print(sys.executable)')" .venv
	@touch $@

.venv/run.ok: .venv/python.ok requirements/run.txt setup.cfg pyproject.toml
	@echo "Setting up .venv (about 750 MB, once) ..."
	@$(INSTALL) requirements/run.txt && $(UV) pip install -q --python $(BIN)/python --no-deps -e . \
	  || { echo "Could not install the locked packages: check the network, then run make again."; exit 1; }
	@touch $@

.venv/dev.ok .venv/bench.ok: .venv/%.ok: .venv/run.ok requirements/%.txt
	@echo "Adding what $* needs ..."
	@$(INSTALL) requirements/$*.txt \
	  || { echo "Could not install the locked packages: check the network, then run make again."; exit 1; }
	@touch $@
