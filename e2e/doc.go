// Package e2e holds black-box tests: they build the weir binary, run it with a
// configuration of their own and talk to it and for it over raw sockets.
//
// Invariant: nothing here imports weir. What these tests know of it is what a
// client, a backend or an operator can see.
//
//	WEIR_E2E_RACE=1     build the binary with the race detector
//	WEIR_E2E_BYTES=n    size of the two-way transfer, 64 MiB by default
//	WEIR_E2E_BINARY=f   test this binary instead of building one
//
// What is said of memory and descriptors needs Linux, and curl is used for the
// lines the demo prints, where there is one.
//
// // With -short the loops over bytes, reloads and requests are thinned out.
package e2e
