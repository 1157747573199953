//go:build !linux

package edge

import "net"

// refuseNewcomers does nothing here: who connects while the listener closes is reset.
func refuseNewcomers(net.Listener) {}

// takeQueued takes nobody here.
func takeQueued(net.Listener) []net.Conn { return nil }
