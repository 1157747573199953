// Command hitratio compares the hit ratio of a zone of package cache with that
// of a plain LRU of the same number of bytes, on the same requests.
//
// The requests come at a steady rate, by the clock: ristretto learns what is
// asked for from samples that it takes in the background and drops when it is
// overrun, so a tight loop would show a hit ratio that nobody ever sees. What is
// asked for before the caches are full and have learnt anything, the first third
// of each trace, does not count.
//
// Objects have the sizes of a website's: log-normal, most of them of a few
// kilobytes and some of hundreds. The LRU is charged for each object what the zone
// is charged, fields and bookkeeping included, and keeps no bodies.
package main
