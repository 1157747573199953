package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Load reads and checks the file at path. The error is Problems.
func Load(path string) (*Config, error) { return Source{}.Load(path) }

// Parse checks data, the contents of a file called name: problems are reported
// under that name, and relative paths in it start at its directory. The error is
// Problems.
func Parse(name string, data []byte) (*Config, error) { return Source{}.Parse(name, data) }

// A Source is where a configuration gets what stands outside the file's own
// text. The zero value is the operating system.
type Source struct {
	// Getenv looks a variable up; nil means os.LookupEnv.
	Getenv func(name string) (value string, ok bool)
	// ReadFile returns the contents of a file, or an error when
	// there are more than limit bytes; nil means the file system.
	ReadFile func(path string, limit int) ([]byte, error)
	// Inspect looks at a configuration that has problems, as far as it could be
	// read, for those that otherwise come to light only when it is put to use, so
	// that all are told at once; nil means that there are none.
	Inspect func(c *Config) Problems
}

// Load is like the function Load.
func (s Source) Load(path string) (*Config, error) {
	s = s.filled()
	data, err := s.ReadFile(path, maxFileBytes)
	if err != nil {
		return nil, Problems{{File: path, Message: "cannot be read: " + reason(err)}}
	}
	return s.Parse(path, data)
}

// Parse is like the function Parse.
func (s Source) Parse(name string, data []byte) (*Config, error) {
	d := &decoder{file: name, source: s.filled(), places: places{}, secrets: map[string]string{}}
	cfg := defaultConfig()
	if root := d.document(data); root != nil {
		d.read(value{node: root}, rootKind(&cfg))
		d.finish(&cfg)
	}
	cfg.origin = origin{file: name, places: d.places.remembered()}
	if len(d.problems) > 0 {
		if s.Inspect != nil {
			d.problems = append(d.problems, s.Inspect(&cfg)...)
		}
		return nil, d.problems.Sorted()
	}
	cfg.Warnings = d.warnings(&cfg)
	return &cfg, nil
}

func (s Source) filled() Source {
	if s.Getenv == nil {
		s.Getenv = os.LookupEnv
	}
	if s.ReadFile == nil {
		s.ReadFile = readFile
	}
	return s
}

// readFile reads at most limit bytes: a device or a growing file cannot fill
// the memory.
func readFile(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("larger than %s", showSize(limit))
	}
	return data, nil
}

// reason is err without the path, which the message it becomes part of names already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
