package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/proxy"
)

// maxStdin is one byte more than a configuration may have, so that one that is
// too large is still refused as such.
const maxStdin = 1<<20 + 1

// files is where configurations come from.
var files = config.Source{Inspect: proxy.CheckFiles}

func checkCommand(std streams) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:                   "check -c FILE",
		DisableFlagsInUseLine: true,
		Aliases:               []string{"validate"},
		Short:                 "Check a configuration file as far as a run would",
		Long: `check loads a configuration file and everything it names, as run would, but
opens no listener. All problems are printed at once to standard error, one a
line, as file:line:column: path: what is wrong. Warnings, such as routes that
can never match, do not make it fail. FILE - is standard input.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return check(path, std)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func check(path string, std streams) error {
	cfg, err := loadFrom(path, std.in)
	if err == nil {
		_, err = proxy.Build(cfg, nil, proxy.Deps{
			Metrics: metrics.New(currentVersion().Version),
			Log:     slog.New(slog.DiscardHandler),
		})
	}
	if err != nil {
		printProblems(std.err, path, err)
		return &ending{status: statusConfig}
	}
	printWarnings(std.err, cfg)
	fmt.Fprintf(std.out, "%s: ok (%s)\n", path, summary(cfg))
	return nil
}

// loadFrom loads the file at path, or standard input for "-".
func loadFrom(path string, stdin io.Reader) (*config.Config, error) {
	if path != "-" {
		return files.Load(path)
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxStdin))
	if err != nil {
		return nil, config.Problems{{File: path, Message: "cannot be read: " + err.Error()}}
	}
	return files.Parse(path, data)
}

// summary counts what a configuration holds.
func summary(cfg *config.Config) string {
	backends := 0
	for i := range cfg.Pools {
		backends += len(cfg.Pools[i].Backends)
	}
	return count(len(cfg.Listeners), "listener") + ", " + count(len(cfg.Pools), "pool") + ", " +
		count(backends, "backend") + ", " + count(len(cfg.Routes), "route")
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
