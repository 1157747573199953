package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version and commit are set by the linker in a release: -ldflags "-X
// main.version=v1.2.3 -X main.commit=…". Empty, the build's own record counts.
var version, commit string

// buildVersion says which weir this is. Its JSON form is an interface.
type buildVersion struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// String is what people read.
func (v buildVersion) String() string {
	at := ""
	if v.Commit != "" {
		at = "commit " + v.Commit + ", "
	}
	return fmt.Sprintf("weir %s (%s%s, %s/%s)", v.Version, at, v.Go, v.OS, v.Arch)
}

func currentVersion() buildVersion {
	info, _ := debug.ReadBuildInfo()
	return versionOf(version, commit, info)
}

// versionOf prefers what the linker set over what the go command recorded.
func versionOf(version, commit string, info *debug.BuildInfo) buildVersion {
	v := buildVersion{version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH}
	if info != nil && v.Version == "" {
		v.Version = info.Main.Version
	}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	if v.Commit == "" {
		v.Commit = recordedCommit(info)
	}
	return v
}

func recordedCommit(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	var revision, mark string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			mark = "+modified"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + mark
}

func versionCommand(std streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which weir this is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := currentVersion()
			if !asJSON {
				fmt.Fprintln(std.out, v)
				return nil
			}
			enc := json.NewEncoder(std.out)
			enc.SetIndent("", "  ")
			if err := enc.Encode(v); err != nil {
				return failure(err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
