package config

import (
	"errors"
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

// targetedKind is a list of fields, or off for none.
func targetedKind(p *[]string) kind {
	k := list("a list of field names or off", p, maxTargeted, true, none, func(p *string) kind {
		return text("a field name", p, checkTargeted)
	})
	read := k.sequence
	k.sequence = func(d *decoder, v value) {
		if all := v.node.Content; len(all) == 1 && all[0].Kind == yaml.ScalarNode && all[0].Value == "off" {
			*p = nil
			return
		}
		read(d, v)
	}
	return k
}

// negativeKind reads lifetimes by status.
func negativeKind(p *[]StatusLifetime) kind {
	fresh := func(name string) StatusLifetime {
		status, _ := strconv.Atoi(name)
		return StatusLifetime{Status: status}
	}
	of := func(l *StatusLifetime) kind { return duration(&l.Lifetime, minLifetime, maxLifetime) }
	return table("a mapping from statuses to durations", p, maxNegative, checkNegative, fresh, of)
}

// checkNegative accepts the statuses that may be given a lifetime which the
// response does not claim.
func checkNegative(name string) error {
	status, err := strconv.Atoi(name)
	if err != nil || len(name) != 3 || status < 300 || status > 599 {
		return errors.New("has to be a status from 300 to 599")
	}
	switch status {
	case 304:
		return errors.New("is about a stored response and never one itself")
	case 401, 407:
		return errors.New("is the answer to a request's credentials: others have better ones")
	case 412, 416, 417:
		return errors.New("is the answer to a request's own conditions, which others do not share")
	case 428, 429, 431, 511:
		return fmt.Errorf("may not be stored (RFC 6585, section %s)", map[int]string{428: "3", 429: "4", 431: "5", 511: "6"}[status])
	}
	return nil
}
