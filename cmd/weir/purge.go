package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// defaultAdmin is where the operators' listener is unless the configuration says
// otherwise.
const defaultAdmin = "127.0.0.1:9900"

// A purgeOrder is a purge as the operators' listener takes it.
type purgeOrder struct {
	Zone    string `json:"zone,omitempty"`
	URL     string `json:"url,omitempty"`
	Tag     string `json:"tag,omitempty"`
	Group   string `json:"group,omitempty"`
	Origin  string `json:"origin,omitempty"`
	Prefix  string `json:"prefix,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	Host    string `json:"host,omitempty"`
	All     bool   `json:"all,omitempty"`
	Hard    bool   `json:"hard,omitempty"`
}

func purgeCommand(std streams) *cobra.Command {
	var order purgeOrder
	var address, path string
	cmd := &cobra.Command{
		Use:                   "purge [URL] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Make the cache of a running weir forget responses",
		Long: `purge tells a running weir, through its admin listener, to forget what one of
these names: a URL with all its variants, --tag, --group with --origin, --prefix or
--pattern, --host with or without these, or --all. What is forgotten is marked stale: it may still be served while
it is validated, or while the backend fails. --hard removes it at once.

Exit status: 0 done, 1 weir does not answer or refuses, 2 usage, 78 bad
configuration file.`,
		Example: `  weir purge https://www.example.com/news
  weir purge --tag article-7 --hard
  weir purge --pattern '/images/*.png' --host '*.example.com' --zone images`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := order.take(cmd, args); err != nil {
				return err
			}
			if cmd.Flags().Changed("config") {
				if path == "" {
					return errors.New("flag --config is empty: it names the configuration file")
				}
				var err error
				if address, err = adminOf(path, std); err != nil {
					return err
				}
			}
			client, err := newAdminClient(address)
			if err != nil {
				return err
			}
			return order.send(client, std.out)
		},
	}
	order.flags(cmd)
	cmd.Flags().StringVar(&address, "admin", defaultAdmin, "address of the admin listener, host:port or unix:/path")
	cmd.Flags().StringVarP(&path, "config", "c", "", "configuration file to find that address in")
	cmd.MarkFlagsMutuallyExclusive("admin", "config")
	if err := cmd.MarkFlagFilename("config", "yaml", "yml"); err != nil {
		panic("BUG: " + err.Error())
	}
	return cmd
}

// A textFlag is a flag that takes a text.
type textFlag struct {
	name, usage string
	value       *string
}

func (o *purgeOrder) texts() []textFlag {
	return []textFlag{
		{"tag", "what backends gave this tag, in Surrogate-Key, Cache-Tag or Cache-Groups", &o.Tag},
		{"group", "what backends put into this cache group; goes with --origin", &o.Group},
		{"origin", "scheme and host of the group, such as https://www.example.com", &o.Origin},
		{"prefix", "what has a path and query that begin with this", &o.Prefix},
		{"pattern", "what has a path and query like this; * stands for anything", &o.Pattern},
		{"host", "what is under this host, or *.example.com; of a prefix or pattern only that", &o.Host},
		{"zone", "in this zone only", &o.Zone},
	}
}

func (o *purgeOrder) flags(cmd *cobra.Command) {
	for _, f := range o.texts() {
		cmd.Flags().StringVar(f.value, f.name, "", f.usage)
	}
	cmd.Flags().BoolVar(&o.All, "all", false, "everything")
	cmd.Flags().BoolVar(&o.Hard, "hard", false, "remove at once, instead of marking stale")
}

// take completes the order with the arguments, and checks that it names one thing.
func (o *purgeOrder) take(cmd *cobra.Command, args []string) error {
	for _, f := range o.texts() {
		if *f.value == "" && cmd.Flags().Changed(f.name) {
			return fmt.Errorf("flag --%s is empty", f.name)
		}
	}
	if len(args) == 1 {
		o.URL = args[0]
		if !strings.HasPrefix(o.URL, "http://") && !strings.HasPrefix(o.URL, "https://") {
			return fmt.Errorf("%q is not a URL: it begins with http:// or https://", o.URL)
		}
	}
	named := 0
	ban := o.Prefix != "" || o.Pattern != ""
	for _, given := range []bool{o.URL != "", o.Tag != "", o.Group != "", o.Prefix != "", o.Pattern != "", o.Host != "" && !ban, o.All} {
		if given {
			named++
		}
	}
	switch {
	case named > 1:
		return errors.New("several things to purge are named: purge one by one")
	case (o.Group == "") != (o.Origin == ""):
		return errors.New("--group and --origin go together")
	case named == 0:
		return errors.New("nothing to purge is named: give a URL, --tag, --group, --prefix, --pattern, --host or --all")
	}
	return nil
}

// String names what is purged.
func (o *purgeOrder) String() string {
	of := ""
	if o.Host != "" {
		of = " of " + o.Host
	}
	switch {
	case o.URL != "":
		return o.URL
	case o.Tag != "":
		return "tag " + strconv.Quote(o.Tag)
	case o.Group != "":
		return "group " + strconv.Quote(o.Group) + " of " + o.Origin
	case o.Prefix != "":
		return "prefix " + strconv.Quote(o.Prefix) + of
	case o.Pattern != "":
		return "pattern " + strconv.Quote(o.Pattern) + of
	default:
		return "everything" + of
	}
}

// adminOf is the address of the admin listener that a configuration file names.
func adminOf(path string, std streams) (string, error) {
	cfg, err := loadFrom(path, std.in)
	if err != nil {
		printProblems(std.err, path, err)
		return "", &ending{status: statusConfig}
	}
	address := cfg.Admin.Address
	if address == "" {
		return "", failure(fmt.Errorf("%s has no admin listener to purge through", path))
	}
	if _, port, err := net.SplitHostPort(address); err == nil && port == "0" {
		return "", failure(fmt.Errorf("%s leaves the port of the admin listener to the system: see weir's log, and use --admin", path))
	}
	return address, nil
}

// send has the order carried out and says so in one line.
func (o *purgeOrder) send(c *adminClient, out io.Writer) error {
	var done struct {
		Zones []string `json:"zones"`
	}
	if err := c.post("/purge", o, &done); err != nil {
		return failure(err)
	}
	what := "marked stale"
	if o.Hard {
		what = "removed"
	}
	zones := "zone"
	if len(done.Zones) != 1 {
		zones = "zones"
	}
	fmt.Fprintf(out, "%s: %s, in %s %s\n", what, o, zones, strings.Join(done.Zones, ", "))
	return nil
}
