package cache

type stored struct{}
