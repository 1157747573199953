// Package config turns a YAML file into validated plain values with every
// default filled in.
//
// Invariant: a *Config that Load returned without error can be built and run;
// whatever is wrong with a file is found here, all of it at once, with file,
// line, column and path.
//
// The package knows nothing of the other packages, opens no socket and starts
// no goroutine.
package config
