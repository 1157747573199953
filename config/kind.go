package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A kind reads one value into the variables it was made for. It accepts those
// of the three forms that are not nil.
type kind struct {
	name string // what the value is called in messages and in the reference

	scalar   func(text string) error // the error never quotes text
	mapping  func(d *decoder, v value)
	sequence func(d *decoder, v value)

	bare   bool  // a scalar written in quotes is refused
	lone   bool  // one element may stand for a list of one
	secret *bool // the scalar may come from a secret file; set when it may have

	show  func() string // the variable's value as a file would have it; "" when it has none
	keys  func() []key  // of a mapping with fixed keys
	named func() kind   // of the values of a mapping with free keys
	elem  func() kind   // of the elements of a list
}

// wanted says in a message what should stand there.
func (k kind) wanted() string {
	if k.elem != nil && k.lone {
		return k.elem().wanted() + ", or a list of such"
	}
	return k.name
}

// text is a string that check, which may be nil, finds nothing wrong with.
func text(name string, p *string, check func(string) error) kind {
	return kind{
		name: name,
		scalar: func(text string) error {
			if check != nil {
				if err := check(text); err != nil {
					return err
				}
			}
			*p = text
			return nil
		},
		show: func() string { return *p },
	}
}

// derived is a string that parse turns into something else.
func derived[T any](name string, p *T, parse func(string) (T, error), show func(T) string) kind {
	return kind{
		name: name,
		scalar: func(text string) error {
			t, err := parse(text)
			if err == nil {
				*p = t
			}
			return err
		},
		show: func() string { return show(*p) },
	}
}

// word is one of the given words.
func word[S ~string](p *S, words ...S) kind {
	known := make([]string, len(words))
	for i, w := range words {
		known[i] = string(w)
	}
	return kind{
		name: oneOf(known),
		scalar: func(text string) error {
			if !slices.Contains(known, text) {
				return fmt.Errorf("has to be %s%s", oneOf(known), didYouMean(text, known))
			}
			*p = S(text)
			return nil
		},
		show: func() string { return string(*p) },
	}
}

// flag is true or false.
func flag(p *bool) kind {
	return kind{
		name: "true or false",
		bare: true,
		scalar: func(text string) error {
			if text != "true" && text != "false" {
				return errors.New("has to be true or false")
			}
			*p = text == "true"
			return nil
		},
		show: func() string { return strconv.FormatBool(*p) },
	}
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

// count is a whole number from least to most.
func count(p *int, least, most int) kind {
	return kind{
		name: "a number",
		bare: true,
		scalar: func(text string) error {
			if !wholeNumber.MatchString(text) {
				return errors.New("has to be a whole number")
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < least || n > most {
				return fmt.Errorf("has to be from %d to %d", least, most)
			}
			*p = n
			return nil
		},
		show: func() string { return strconv.Itoa(*p) },
	}
}

// duration is a time with its unit, from least to most.
func duration(p *time.Duration, least, most time.Duration) kind {
	parse := func(text string) (time.Duration, error) { return parseDuration(text, least, most) }
	return derived("a duration", p, parse, showDuration)
}

// size is a number of bytes with its unit, from least to most.
func size[N int | int64](p *N, least, most N) kind {
	parse := func(text string) (N, error) { return parseSize(text, least, most) }
	return derived("a size", p, parse, showSize[N])
}

// rate is a size per second, from least to most.
func rate(p *int, least, most int) kind {
	parse := func(text string) (int, error) {
		per, ok := strings.CutSuffix(text, "/s")
		if !ok {
			return 0, errors.New("needs a unit, such as 256B/s")
		}
		return parseSize(per, least, most)
	}
	return derived("a rate", p, parse, func(n int) string { return showSize(n) + "/s" })
}

// share is a percentage, from 0% to 100%.
func share(p *float64) kind { return derived("a share", p, parseShare, showShare) }

// either is k or a word that stands for one value of its variable p.
func either[T comparable](k kind, word string, p *T, meaning T) kind {
	scalar, show := k.scalar, k.show
	k.name += " or " + word
	k.scalar = func(text string) error {
		if text != word {
			return scalar(text)
		}
		*p = meaning
		return nil
	}
	k.show = func() string {
		if *p == meaning {
			return word
		}
		return show()
	}
	return k
}

// overriding is made of a kind and leaves *p nil unless there is a value.
func overriding[T any](p **T, of func(*T) kind) kind {
	t := new(T)
	k := of(t)
	scalar := k.scalar
	k.scalar = func(text string) error {
		if err := scalar(text); err != nil {
			return err
		}
		*p = t
		return nil
	}
	k.show = func() string { return "" }
	return k
}
