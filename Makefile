# Thin: ci/build.sh sets up and builds, the programs do the work. `make` alone lists the targets.
GRADER := build/release/bin/grader
JOBS := $(shell nproc)

help:
	@echo 'make check [EXERCISE=4] [SUBMISSION=DIR] [ARGS=...]   grade your work, or the one in DIR'
	@echo 'make grader  build the grader only'
	@echo 'make test    build everything and run the tests of this project'
	@echo 'make mutants   perturb each synchronising call of the solutions: do the rubrics notice?'
	@echo 'make twins   hold the correct programs of fixtures/ to it, under every strategy (an hour)'
	@echo 'make bench   run the benchmarks'
	@echo 'make handout [OUTPUT=handout]   write what students get'
	@echo 'make format  format the sources'

grader:
	@ci/build.sh check grading

check: grader
	@$(GRADER) check $(EXERCISE) $(if $(SUBMISSION),--submission '$(SUBMISSION)') $(ARGS)

test:
	@ci/build.sh test all
	@ctest --preset release --parallel $(JOBS) --no-tests=error $(ARGS)

mutants: grader
	@$(GRADER) verify $(EXERCISE) --only-mutants $(ARGS)

twins: grader
	@ci/build.sh check correct_twins
	@build/release/bin/correct_twins fixtures/programs $(ARGS)

bench:
	@ci/build.sh test benchmarks
	@for program in build/release/bin/*_bench; do $$program $(ARGS) || exit 1; done

handout: grader
	@$(GRADER) handout --output '$(or $(OUTPUT),handout)'

format:
	@ci/install_packages.sh test
	@find grader ci exercises solutions -name '*.[ch]pp' -exec clang-format -i {} +

# `grader` is a folder too.
.PHONY: help grader check test mutants twins bench handout format
