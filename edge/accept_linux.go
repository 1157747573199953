package edge

import (
	"net"
	"os"
	"syscall"
)

// refuseNewcomers makes the kernel drop what arrives for the listening socket of
// ln: clients try again and meet the closed port, rather than be connected and
// then reset. Nobody comes in between the last accept and the close.
func refuseNewcomers(ln net.Listener) {
	if _, tcp := ln.(*net.TCPListener); !tcp {
		return
	}
	const takeNothing = syscall.BPF_RET | syscall.BPF_K
	controlListener(ln, func(fd int) {
		// Where the kernel does not want to, a moment's risk is what remains.
		//lint:ignore SA1019 the successor lives in a module that nothing else here needs
		_ = syscall.AttachLsf(fd, []syscall.SockFilter{{Code: takeNothing, K: 0}})
	})
}

// takeQueued accepts everybody who is connected to ln already.
func takeQueued(ln net.Listener) (queued []net.Conn) {
	controlListener(ln, func(fd int) {
		for {
			nfd, _, err := syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
			if err == syscall.EINTR || err == syscall.ECONNABORTED {
				continue
			}
			if err != nil {
				return
			}
			f := os.NewFile(uintptr(nfd), "queued connection")
			if nc, err := net.FileConn(f); err == nil {
				queued = append(queued, nc)
			}
			f.Close() // FileConn has a descriptor of its own
		}
	})
	return queued
}

func controlListener(ln net.Listener, f func(fd int)) {
	sc, ok := ln.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := sc.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { f(int(fd)) })
	}
}
