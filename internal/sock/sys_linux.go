package sock

import (
	"syscall"
	"unsafe"
)

const (
	msgDontWait = 0x40
	msgPeek     = 0x2
	msgNoSignal = 0x4000

	pollRdHup = 0x2000
	pollErr   = 0x8
	pollHup   = 0x10
)

// readFD reads once. again: there is nothing to read yet.
func readFD(fd uintptr, p []byte) (n int, again bool, err error) {
	for {
		// Cheaper than read(2), which goes through the file layer first.
		r, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), 0, 0, 0)
		switch e {
		case 0:
			return int(r), false, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, true, nil
		}
		return 0, false, e
	}
}

// writeFD writes bufs once. again: the socket takes nothing now.
func writeFD(fd uintptr, bufs *[3][]byte) (n int, again bool, err error) {
	var iov [3]syscall.Iovec
	parts := 0
	for _, p := range bufs {
		if len(p) > 0 {
			iov[parts].Base = unsafe.SliceData(p)
			iov[parts].SetLen(len(p))
			parts++
		}
	}
	for {
		var r uintptr
		var e syscall.Errno
		if parts == 1 {
			r, _, e = syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(iov[0].Base)), uintptr(iov[0].Len), msgNoSignal, 0, 0)
		} else {
			r, _, e = syscall.RawSyscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&iov)), uintptr(parts))
		}
		switch e {
		case 0:
			return int(r), false, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, true, nil
		}
		return 0, false, e
	}
}

func peekQuiet(fd uintptr) bool {
	var b [1]byte
	for {
		_, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(&b)), 1, msgPeek|msgDontWait, 0, 0)
		if e == syscall.EINTR {
			continue
		}
		return e == syscall.EAGAIN
	}
}

type pollFD struct {
	fd      int32
	events  int16
	revents int16
}

func hungUp(fd uintptr) bool {
	p := pollFD{fd: int32(fd), events: pollRdHup}
	var now syscall.Timespec
	for {
		n, _, e := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		if e == syscall.EINTR {
			continue
		}
		return e == 0 && n == 1 && p.revents&(pollRdHup|pollErr|pollHup) != 0
	}
}

// outQueue is how many bytes wait in the socket until the other end has taken
// them (tcp(7), SIOCOUTQ).
func outQueue(fd uintptr) int {
	const siocOutQ = 0x5411
	var n int32
	if _, _, e := syscall.RawSyscall(syscall.SYS_IOCTL, fd, siocOutQ, uintptr(unsafe.Pointer(&n))); e != 0 {
		return 0
	}
	return int(n)
}
