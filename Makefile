GO      ?= go
PACKAGE := ./cmd/ricochet

# How long make fuzz spends on each target, and make bench on each benchmark.
FUZZTIME    ?= 10s
BENCHTIME   ?= 1x
ANALYZETIME ?= 5x
# How many rounds make bench-live measures.
COSTROUNDS  ?= 5

# The packages with tests that need root.
ROOT_PACKAGES ?= ricochet/bpf/... ricochet/capture/live/... ricochet/internal/confine ricochet/internal/e2e ricochet/internal/vmtest
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo -E)

# .ci/deps links programs here that tests run.
export PATH := $(CURDIR)/.cache/bin:$(PATH)

.NOTPARALLEL:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/ricochet
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ricochet $(PACKAGE)

.PHONY: install
install: ## Install ricochet where go install puts programs
	CGO_ENABLED=0 $(GO) install -trimpath $(PACKAGE)

.PHONY: test
test: deps lint ## Install what tests need if possible, then lint and test
	$(GO) test -race -timeout 10m ./...
	$(GO) test -run '^TestMillion' ./internal/pipeline # too slow with the race detector
	$(GO) test -run '^TestAnalyzerAgrees' ./internal/lab/play -play.seeds 100 # the same

.PHONY: test-root
test-root: ## Run the tests that need root, by sudo unless this is root
	REQUIRE_ROOT_TESTS=1 $(GO) test -count=1 $(if $(SUDO),-exec '$(SUDO)') $(ROOT_PACKAGES)

.PHONY: deps
deps:
	@.ci/deps

.PHONY: lint
lint: ## Check the format, go vet, staticcheck
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -s -l .) && \
	if [ -n "$$unformatted" ]; then echo "gofmt -s would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	@if $(GO) tool staticcheck -version >/dev/null; then \
		echo "$(GO) tool staticcheck ./..."; $(GO) tool staticcheck ./...; \
	else echo "no staticcheck, for the reason above: skipping it"; fi

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME
	@for package in $$($(GO) list ./...); do \
		targets=$$($(GO) test -list '^Fuzz' $$package) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: bench
bench: ## Run each benchmark for BENCHTIME, analyze on generated captures among them
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./...

.PHONY: bench-analyze
bench-analyze: ## Time analyze on generated captures, each ANALYZETIME
	$(GO) test -run '^$$' -bench '^BenchmarkAnalyze$$' -benchtime $(ANALYZETIME) ./internal/pipeline

.PHONY: bench-live
bench-live: deps ## Measure what watching costs a server, beside tcpdump, in COSTROUNDS rounds, as root
	$(GO) test -count=1 $(if $(SUDO),-exec '$(SUDO)') -timeout 1h -v -run '^TestCost$$' ./internal/e2e -cost.rounds $(COSTROUNDS)

.PHONY: generate
generate: ## Generate what is generated and committed
	$(GO) generate ./...

.PHONY: verify
verify: generate ## Check that nothing generated is out of date
	$(GO) mod tidy
	git diff --exit-code

.PHONY: cover
cover: ## Report the share of statements that tests reach
	$(GO) test -coverprofile cover.out -coverpkg ./... ./...
	$(GO) tool cover -func cover.out | tail -n 1

.PHONY: clean
clean: ## Remove what these targets leave behind
	rm -rf bin .cache cover.out
