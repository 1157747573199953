package main

import (
	"syscall"

	"github.com/spf13/cobra"
)

func runCommand(std streams) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:                   "run -c FILE",
		DisableFlagsInUseLine: true,
		Short:                 "Run the proxy",
		Long: `run serves until it is told to stop.

SIGHUP, or a change of the file, loads the configuration again: a good one takes
effect for the requests that begin after it, a bad one changes nothing.
SIGTERM and SIGINT drain: readiness fails, connections are asked to close, and
what is in flight is finished, up to the configured timeout (exit status 3 when
that was not enough). A second one ends weir at once, with exit status 1.
SIGUSR1 reopens the access log.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			orders, stop := listenToSignals(syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return newProcess(path, newLogging(std.err)).run(std, orders)
		},
	}
	configFlag(cmd, &path)
	return cmd
}
