package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/weirproxy/weir/config"
)

func TestLoggersFollowTheConfiguration(t *testing.T) {
	var b bytes.Buffer
	l := newLogging(&b)
	derived := l.logger().With("listener", "web").WithGroup("g").With("k", 1)

	derived.Debug("hidden")
	derived.Info("text")
	if got := b.String(); !strings.HasSuffix(got, "level=INFO msg=text listener=web g.k=1\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("text: %q", got)
	}

	b.Reset()
	l.configure(config.Log{Level: "debug", Format: "json"})
	derived.Debug("seen", "n", 2)
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, b.String())
	}
	g, _ := line["g"].(map[string]any)
	if line["msg"] != "seen" || line["listener"] != "web" || g["k"] != 1.0 || g["n"] != 2.0 {
		t.Errorf("json: %v", line)
	}

	b.Reset()
	l.configure(config.Log{Level: "error", Format: "text"})
	derived.Warn("hidden")
	if b.Len() > 0 || derived.Enabled(t.Context(), slog.LevelWarn) || !derived.Enabled(t.Context(), slog.LevelError) {
		t.Errorf("level error let %q pass", b.String())
	}
}
