# Verbs of the project; `make help` lists them.

GO        ?= go
BIN       := bin
FUZZTIME  ?= 10s
E2E_BYTES ?= 8589934592
E2E_CROWD ?= 10000
BIG_TEST  := TestBigTransferBothWaysAtOnce
CROWD     := TestCrowd
ROUNDS    ?= 5
DURATION  ?= 3s
SCENARIOS ?= all
REQUESTS  ?= 1000000
LONGEST   ?= 10m
PROXIES   ?= weir,nginx,haproxy,varnish

export GOTOOLCHAIN := local

.DEFAULT_GOAL := help
.PHONY: help build test vet fmt lint race fuzz e2e conformance e2e-race e2e-big bench-peers bench-hitratio bench-memory bench-diff demo cover ci tools clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/weir, static (VERSION=v1.2.3 for a release)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "$(if $(VERSION),-X main.version=$(VERSION))" -o $(BIN)/weir ./cmd/weir

test: ## run all tests
	$(GO) test ./...

vet: ## go vet
	$(GO) vet ./...

fmt: ## format all Go files
	gofmt -w .

lint: tools ## gofmt (without writing), go vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(BIN)/staticcheck ./...

race: ## unit tests under the race detector, which allocates: tests of that are left out
	CGO_ENABLED=1 $(GO) test -race -skip Alloc -timeout 10m $$($(GO) list ./... | grep -vE '/(e2e|bench)(/|$$)')

fuzz: ## run every fuzz target for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

e2e: ## black-box tests of the built binary
	$(GO) test -count=1 -timeout 15m ./e2e/

conformance: ## the cases that hold the cache to its RFCs, listed with results by section
	$(GO) test -count=1 -v -run '^TestCacheConformance$$' ./e2e/ | grep -vE '^ *(=== |--- )'

e2e-race: ## the same, thinned out, against a binary with the race detector
	CGO_ENABLED=1 WEIR_E2E_RACE=1 $(GO) test -count=1 -short -timeout 15m ./e2e/

e2e-big: ## E2E_BYTES (8 GiB) both ways at once through one weir, E2E_CROWD (10000) clients for one cold key
	@for t in "^$(BIG_TEST)$$" "^$(CROWD)"; do \
		$(GO) test -list "$$t" ./e2e/ | grep -q "^Test" || { echo "e2e has no $$t"; exit 1; }; done
	WEIR_E2E_BYTES=$(E2E_BYTES) WEIR_E2E_CROWD=$(E2E_CROWD) $(GO) test -count=1 -v -timeout 60m -run "^$(BIG_TEST)$$|^$(CROWD)" ./e2e/

bench-peers: ## CPU time per request beside nginx, HAProxy and Varnish (installs them if missing)
	.ci/install nginx:nginx-light haproxy:haproxy varnishd:varnish wrk:wrk taskset:util-linux
	$(GO) run ./bench/peers -proxies $(PROXIES) -scenarios $(SCENARIOS) -rounds $(ROUNDS) -duration $(DURATION)

bench-hitratio: ## hit ratios of a zone beside an LRU of the same size, on traces
	$(GO) run ./bench/hitratio

bench-memory: ## weir's memory under a flood of URLs (REQUESTS=1000000)
	$(GO) run ./bench/memory -requests $(REQUESTS) -longest $(LONGEST)

bench-diff: tools ## Go benchmarks of two commits compared: make bench-diff BASE=main~1 [PKG=./...] [BENCH=.]
	.ci/bench-diff "$(BASE)" "$(or $(PKG),./...)" "$(or $(BENCH),.)"

demo: ## run the demo on loopback
	$(GO) run ./cmd/weir demo

cover: ## coverage of the unit tests, by function
	@mkdir -p $(BIN)
	$(GO) test -coverprofile=$(BIN)/cover.out $$($(GO) list ./... | grep -vE '/(e2e|bench)(/|$$)')
	$(GO) tool cover -func=$(BIN)/cover.out | tail -n 1
	$(GO) tool cover -html=$(BIN)/cover.out -o $(BIN)/cover.html

ci: ## everything that has to pass before a change goes in
	.ci/run

tools: ## build the linters at the versions of tools/go.mod
	@mkdir -p $(BIN)
	$(GO) build -C tools -o ../$(BIN)/ honnef.co/go/tools/cmd/staticcheck golang.org/x/perf/cmd/benchstat

clean: ## remove what the verbs made
	rm -rf $(BIN) bench/out
