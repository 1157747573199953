package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/weirproxy/weir/config"
)

// problemsOf returns what is wrong with the configuration at path as problems
// with a place, whoever found it.
func problemsOf(path string, err error) config.Problems {
	var ps config.Problems
	if errors.As(err, &ps) {
		return ps
	}
	for line := range strings.Lines(err.Error()) {
		ps = append(ps, config.Problem{File: path, Message: strings.TrimSuffix(line, "\n")})
	}
	return ps
}

func printProblems(w io.Writer, path string, err error) {
	for _, p := range problemsOf(path, err) {
		fmt.Fprintln(w, p.Error())
	}
}

func printWarnings(w io.Writer, cfg *config.Config) {
	for _, p := range cfg.Warnings {
		p.Message = "warning: " + p.Message
		fmt.Fprintln(w, p.Error())
	}
}

// logProblems logs each problem with its place.
func logProblems(log *slog.Logger, level slog.Level, msg string, ps config.Problems) {
	for _, p := range ps {
		log.Log(context.Background(), level, msg, "problem", p.Error())
	}
}
