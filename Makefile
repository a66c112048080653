# The two commands of a newcomer: make demo, make test.
.DEFAULT_GOAL := help
# EVALUATE=--every shows each utterance that was taken wrong.
.PHONY: help setup train demo test evaluate bench chaos check format lock clean

RELAIS := .venv/bin/relais

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Make both environments
	@./scripts/setup

train: setup  ## Train the agent's model when its sources changed
	@$(RELAIS) train

demo: train  ## Run three working days of an invented campaign, then keep serving
	@$(RELAIS) demo

test: train check  ## Check, then run every test
	@./scripts/test

evaluate: train  ## Say how well the agent understands people it was not trained on
	@.venv/bin/python -m tests.bot.evaluation $(EVALUATE)

bench: train  ## Measure, against limits
	@.venv/bin/python -m bench.places
	@.venv/bin/python -m bench.suggestions
	@.venv/bin/python -m bench.best_time
	@.venv/bin/python -m bench.turns
	@.venv/bin/python -m bench.placing
	@.venv/bin/python -m bench.desk
	@.venv/bin/python -m bench.importing
	@.venv/bin/python -m bench.board

chaos: train  ## Kill everything, again and again, for a quarter of an hour (RELAIS_CHAOS_SEED, RELAIS_CHAOS_KILLS)
	@RELAIS_CHAOS=1 ./scripts/test -s tests/relais/test_chaos.py

check: setup  ## Lint, types, imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup  ## Format the code
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

lock: setup  ## Export the requirement files, pinned and hashed
	@./scripts/lock

clean:  ## Take away environments, caches and everything under var/
	rm -rf .venv .venv-rasa var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
