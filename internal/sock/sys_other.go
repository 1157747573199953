//go:build !linux

package sock

import (
	"syscall"
)

// readFD reads once. again: there is nothing to read yet.
func readFD(fd uintptr, p []byte) (n int, again bool, err error) {
	for {
		n, err = syscall.Read(int(fd), p)
		switch err {
		case nil:
			return n, false, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, true, nil
		}
		return 0, false, err
	}
}

// writeFD writes the first of bufs that is not empty once. again: the socket
// takes nothing now.
func writeFD(fd uintptr, bufs *[3][]byte) (n int, again bool, err error) {
	p := bufs[0]
	for i := 1; len(p) == 0 && i < len(bufs); i++ {
		p = bufs[i]
	}
	for {
		n, err = syscall.Write(int(fd), p)
		switch err {
		case nil:
			return n, false, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, true, nil
		}
		return 0, false, err
	}
}

func peekQuiet(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return err == syscall.EAGAIN
}

// hungUp cannot see past unread bytes here, as poll with POLLRDHUP does on Linux.
func hungUp(fd uintptr) bool {
	var b [1]byte
	n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return n == 0 && err == nil || err != nil && err != syscall.EAGAIN && err != syscall.EINTR
}

// outQueue is not known here: writes alone tell of progress.
func outQueue(uintptr) int { return 0 }
