# A thin face over the CMake presets (CMakePresets.json) and the scripts.
.PHONY: demo test test-dev test-asan test-tsan lint lint-all bench build setup clean help

JOBS ?= $(shell nproc)

help:
	@echo "make demo   install what is missing, build, run the main job and show its summary"
	@echo "make test   install what is missing, build, run all tests"
	@echo "make test-dev | test-asan | test-tsan   determinism in Debug; parsers and fuzzing; engine and transports"
	@echo "make lint   clang-format, shellcheck, clang-tidy on what changed (lint-all: everything)"
	@echo "make bench  the named benchmarks"

setup:
	@scripts/setup

build: setup
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS)

demo: build
	build/release/bin/tessera run configs/scenarios/llama3_70b_inference_h100.yaml --out out/demo

test: build
	ctest --preset release -j $(JOBS)

test-dev test-asan test-tsan: test-%: setup
	@cmake --preset $* >/dev/null
	@cmake --build --preset $* -j $(JOBS)
	ctest --preset $* -j $(JOBS)

lint lint-all: setup
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target tessera_generated
	@scripts/lint $(if $(filter lint-all,$@),--all)

bench: build
	build/release/bin/tessera_bench

clean:
	rm -rf build out
