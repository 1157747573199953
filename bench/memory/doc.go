// Command memory floods a real weir with URLs that nobody asks for twice, chosen
// to cost a cache as much as possible, while a small hot set is asked for at a
// steady rate. It shows what the process takes and what the hot set gets of it.
//
// The flood has bodies just above the allocator's size classes, bodies of one byte
// under long URLs, with hundreds of small fields, with tags of their own, bodies
// whose length is not declared, bodies around the largest object a zone stores, a
// few URLs with ever new variants (Vary) and requests for a thousand ranges; and
// clients that read large responses very slowly.
//
// The bound is 1.25 times the cache's budget and a fixed base, for everything in
// the process that is not the cache. Memory over it, a wrong answer, or a hot set
// that is a hit less often than it should, fail the run.
package main
