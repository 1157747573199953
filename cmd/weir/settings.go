package main

import (
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/edge"
)

// edgeSettings are the settings of a listener, one of so many, as package edge
// wants them.
func edgeSettings(c *config.Listener, listeners int) edge.Settings {
	s := edge.Settings{
		HeaderTimeout:            c.HeaderTimeout,
		BodyIdle:                 c.BodyIdle,
		BodyGrace:                c.BodyGrace,
		BodyMinRate:              c.BodyMinRate,
		SendIdle:                 c.SendIdle,
		KeepAlive:                c.KeepAlive,
		MaxConnections:           c.MaxConnections,
		MaxConnectionsPerAddress: c.MaxConnectionsPerAddress,
		Listeners:                listeners,
	}
	s.Limits.HeaderBytes = c.HeaderBytes
	s.Limits.Fields = c.HeaderFields
	s.Limits.TargetBytes = c.TargetBytes
	// Both packages use the same words; which numbers stand for them is not
	// this package's business.
	for s.Limits.Underscores.String() != string(c.Underscores) {
		if s.Limits.Underscores++; s.Limits.Underscores == 0 {
			panic("BUG: unchecked policy on underscores " + string(c.Underscores))
		}
	}
	return s
}
