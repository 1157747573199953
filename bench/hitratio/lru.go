package main

import "container/list"

// An lru keeps what was asked for last, as far as it fits into a budget of bytes.
type lru struct {
	budget   int64
	overhead int64 // bytes of an object besides its body
	used     int64
	order    *list.List // of lruItem, the last one asked for in front
	items    map[object]*list.Element
}

type lruItem struct {
	object object
	cost   int64
}

func newLRU(budget, overhead int64) *lru {
	return &lru{budget: budget, overhead: overhead, order: list.New(), items: map[object]*list.Element{}}
}

// request reports whether o was there. It is there afterwards, unless it is larger
// than the budget.
func (l *lru) request(o object, size int) bool {
	if e := l.items[o]; e != nil {
		l.order.MoveToFront(e)
		return true
	}
	cost := int64(size) + l.overhead
	if cost > l.budget {
		return false
	}
	for l.used+cost > l.budget {
		l.dropLast()
	}
	l.used += cost
	l.items[o] = l.order.PushFront(lruItem{o, cost})
	return false
}

func (l *lru) dropLast() {
	item := l.order.Remove(l.order.Back()).(lruItem)
	delete(l.items, item.object)
	l.used -= item.cost
}
