// Package metrics is the catalogue of weir's series and how they are counted.
//
// Invariant: what happens once per request is counted with atomic additions on
// cells of the connection's own stripe, through handles that were looked up when
// the snapshot was built: no lock, no allocation and no map lookup per request.
// One collector adds the stripes up when somebody scrapes.
//
// The package refuses labels that a client could choose: every label value is a
// name from the configuration or a word from a fixed list, and where a list is
// open at the far end (status codes, error words) what lies beyond a bound is
// counted as "other".
package metrics
