package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(execute(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are what a command reads and writes besides files and sockets.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// execute runs one command line to its end and returns the exit status.
func execute(args []string, std streams) int {
	root := rootCommand(std)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return statusOK
	}
	var ended *ending
	if !errors.As(err, &ended) {
		// Errors of other types are about the command line; most are cobra's.
		fmt.Fprintf(std.err, "weir: %v\nSee 'weir --help'.\n", err)
		return statusUsage
	}
	if ended.err != nil {
		fmt.Fprintf(std.err, "weir: %v\n", ended.err)
	}
	return ended.status
}

func rootCommand(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "weir",
		Short: "A caching reverse proxy and load balancer",
		Long: `weir is a caching reverse proxy and load balancer.

Exit status: 0 ok, 1 failure at run time, 2 usage, 3 the drain timed out,
78 bad configuration.`,
		Version:       currentVersion().Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          incomplete,
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetVersionTemplate("weir {{.Version}}\n")
	root.AddCommand(runCommand(std), checkCommand(std), purgeCommand(std), demoCommand(std), versionCommand(std))
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() {
			cmd.RunE = incomplete // else cobra takes it, and any word after it, for a wish for help
		}
	}
	return root
}

// incomplete runs where a command has to follow and none does.
func incomplete(cmd *cobra.Command, _ []string) error {
	fmt.Fprint(cmd.ErrOrStderr(), cmd.UsageString())
	return &ending{status: statusUsage}
}

// configFlag adds the flag that names the configuration file.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", "", "configuration file")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if *path == "" && cmd.Flags().Changed("config") {
			return errors.New("flag --config is empty: it names the configuration file")
		}
		return nil
	}
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic("BUG: " + err.Error())
	}
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic("BUG: " + err.Error())
	}
}
