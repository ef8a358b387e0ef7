# `make lab` opens the course in JupyterLab; `make` alone lists what else there is. What
# needs it makes .venv first. For a Python of your own choice, once: PYTHON=python3.12

PYTHON =
ARGS =
HANDED_IN =
IP = 127.0.0.1
RUN = .venv/bin/python
# Containers like to set it; then each of a hundred kernels would compile wslib anew.
unexport PYTHONDONTWRITEBYTECODE

# Any Python can run setup_env.py, which looks for one that is new enough.
set_up = for python in "$(PYTHON)" python3 python python3.13 python3.12 python3.11; do \
	  if "$$python" -c "" 2> /dev/null; then \
	    "$$python" setup_env.py --python "$(PYTHON)" $(1); exit; \
	  fi; \
	done; \
	echo "No Python was found: install Python 3.11 or newer from python.org."; exit 1

# JupyterLab for this machine alone, with the project as its root, and no log: its
# warnings are about a server that others can reach. One Ctrl-C ends it.
LAB = --ServerApp.ip=$(IP) --ServerApp.root_dir=. \
      --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb \
      --LabApp.extension_manager=readonly \
      --ServerApp.log_level=ERROR --LabApp.log_level=ERROR --ServerApp.answer_yes=True
# As root, as in a container, it must be told that this is meant.
LAB += $(shell [ "$$(id -u)" != 0 ] || echo --allow-root)
# Without a screen there is no browser to open; the address is printed anyway.
LAB += $(shell [ -n "$$DISPLAY$$WAYLAND_DISPLAY$$BROWSER" ] || [ "$$(uname)" != Linux ] \
         || echo --no-browser)

.PHONY: $(shell sed -n 's/^\([a-z]*\): *## .*/\1/p' Makefile)  # all of them

### students

help:       ## list these commands
	@sed -n -e '/^### /{x;p;x;s//For /p;}' -e 's/^\([a-z]*\): *## /make \1	/p' Makefile | expand -t 18

lab:        ## open the course in JupyterLab; Ctrl-C ends it
	@$(call set_up)
	@echo "JupyterLab is starting. To end it, press Ctrl-C here."
	@PATH="$(CURDIR)/.venv/bin:$$PATH" exec $(RUN) -m jupyterlab $(LAB) $(ARGS)

clean:      ## remove .venv and whatever else was made here
	rm -rf .venv build .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

### instructors

test:       ## run every notebook against its stored outputs, and tests/
	@$(call set_up,test)
	$(RUN) -m pytest --nbval -n 6 --dist loadfile --no-loadscope-reorder $(ARGS)

student:    ## make the student edition, without answers: a zip to hand out
	@$(call set_up)
	@$(RUN) tests/tools/student_edition.py $(ARGS)

book:       ## make a web book (ARGS=--for-students: without keys), in build/book
	@$(call set_up,book)
	@$(RUN) tests/tools/book.py $(ARGS)

quiz:       ## write the questions that close the pages as build/quiz.gift, for Moodle
	@$(call set_up)
	$(RUN) tests/tools/recall.py $(ARGS)

grade:      ## grade what lies in HANDED_IN=folder: table, summary, pages to give back
	@[ -n "$(HANDED_IN)" ] || { echo "Which? make grade HANDED_IN=folder"; exit 1; }
	@$(call set_up,grade)
	@$(RUN) -m grading.grade "$(HANDED_IN)" $(ARGS)

assignments: ## write nbgrader's assignments, from the notebooks and their keys
	@$(call set_up,grade)
	$(RUN) -m grading.assignments $(ARGS)

### maintainers

notebooks:  ## run all notebooks again and store their outputs, or ARGS=one.ipynb
	@$(call set_up)
	$(RUN) tests/tools/execute_notebooks.py $(ARGS)

proofs:     ## run what takes minutes: walks in JupyterLab, the web book, nbgrader on a class
	@$(call set_up,"test book grade")
	$(RUN) -m pytest tests/proofs -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

style:      ## check the layout of the code, the spelling, and the files of .github
	@$(call set_up,dev)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m codespell_lib
	$(RUN) -m check_jsonschema --builtin-schema github-workflows .github/workflows/*
	$(RUN) -m check_jsonschema --builtin-schema github-issue-forms .github/ISSUE_TEMPLATE/*
	$(RUN) -m check_jsonschema --builtin-schema citation-file-format CITATION.cff
	.venv/bin/zizmor --offline --quiet .github/workflows
	.venv/bin/pre-commit validate-config

types:      ## check the types of wslib
	@$(call set_up,dev)
	$(RUN) -m mypy

coverage:   ## say which lines of wslib no test has run
	@$(call set_up,dev)
	$(RUN) -m pytest --cov --cov-report=term-missing tests $(ARGS)

links:      ## ask each page that the course links to whether it is still there
	@$(call set_up)
	$(RUN) tests/tools/dead_links.py $(ARGS)

screenshots: ## take the screenshots of images/ anew, in a real browser
	@$(call set_up,test)
	$(RUN) tests/tools/screenshots.py $(ARGS)

illustrated: ## record one connection anew and make images/connection.html of it
	@$(call set_up,test)
	$(RUN) images/illustrate.py $(ARGS)

bench:      ## measure frames, echo, a thousand clients, and a room in four processes
	@$(call set_up,test)
	$(RUN) tests/tools/bench_frames.py
	$(RUN) tests/tools/bench_echo.py
	$(RUN) tests/tools/bench_clients.py
	$(RUN) tests/tools/bench_rooms.py

pins:       ## write constraints.txt anew, with the newest versions of everything
	@$(call set_up)
	$(RUN) -m venv --clear build/pins
	build/pins/bin/python -m pip install --quiet uv
	build/pins/bin/uv pip compile --quiet --universal --python-version 3.11 \
	  --fork-strategy fewest --extra dev --extra grade --extra book \
	  --no-header --no-annotate pyproject.toml > build/constraints.txt
	{ echo "# Versions known to work together, on every system; 'make pins' renews them."; \
	  cat build/constraints.txt; } > constraints.txt
