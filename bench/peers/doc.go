// Command peers measures weir beside nginx and HAProxy on one machine in one
// run: the CPU time each of them spends on a request.
//
// The proxies are pinned to one CPU, the load generator and the origin to
// another, everything on loopback. A measurement is the user and system time
// that all processes of a proxy used while wrk ran, divided by the requests wrk
// completed; unlike throughput it hardly depends on what else the machine does.
// Rounds are interleaved (A B C A B C), and what is reported is the median over
// the rounds with its spread, and the ratio to a base within the same round.
//
// Before anything is measured every proxy has to show that it does the same
// job: the origin's status, body and length, on connections kept alive on both
// sides. The peers run with tuned configurations (configs/) and add no field of
// their own to a request, whereas weir runs its whole pipeline.
//
// The program ends what it started and nothing else. Only ratios from one run
// mean anything.
package main
