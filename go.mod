module github.com/weirproxy/weir

go 1.26

require (
	github.com/prometheus/client_golang v1.25.0
	github.com/spf13/cobra v1.10.2
	github.com/valyala/fasthttp v1.77.0
	gopkg.in/yaml.v3 v3.0.1
	github.com/fsnotify/fsnotify v1.10.1
	go.uber.org/goleak v1.3.0
)

require github.com/molecule-man/go-brrr v1.0.1 // indirect

// That release's archive cannot be fetched.
exclude github.com/molecule-man/go-brrr v1.3.0
