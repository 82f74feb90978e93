package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// Operation is one line of a history. Which fields count depends on the kind:
//
//	read     saw the object ETag, written by ID, or no object when both are empty
//	write    put the object ETag, written by ID, because its condition held
//	delete   removed the object because its condition held
//	refused  was told that its condition did not hold; Found says what was there instead, if that was told
//
// The condition is IfMatch, or IfNoneMatch ("*": only where there is no object). A read that had one says so too.
// Call and Return are nanoseconds of one monotonic clock. A Maybe has no Return: its answer is not known, and it takes
// effect whenever its condition holds from Call on, or never.
type Operation struct {
	Key         string `json:"key"`
	Kind        string `json:"kind"`
	IfMatch     string `json:"ifMatch,omitempty"`
	IfNoneMatch string `json:"ifNoneMatch,omitempty"`
	ETag        string `json:"etag,omitempty"`
	ID          string `json:"id,omitempty"`
	Found       string `json:"found,omitempty"`
	Maybe       bool   `json:"maybe,omitempty"`
	Call        int64  `json:"call"`
	Return      int64  `json:"return,omitempty"`
	Who         string `json:"who,omitempty"`
}

// The values of Found.
const (
	foundAbsent = "absent"
	foundOther  = "other"
)

// object is the state of a key: absent when empty. After the end nothing happens any more.
type object struct {
	etag, id string
	ended    bool
}

func (o object) absent() bool { return o.etag == "" }

// kindEnd is the operation that ends a history. What may have happened, but did not, is placed after it.
const kindEnd = "end"

// holds tells whether the operation's condition holds for what is there.
func (op Operation) holds(there object) bool {
	if op.IfNoneMatch == "*" {
		return there.absent()
	}
	return !there.absent() && (op.IfMatch == "" || there.etag == op.IfMatch)
}

// step applies an operation. It tells whether that is legal, and what is there then.
//
// A Maybe whose condition does not hold changes nothing wherever it is placed. So it is legal only where its condition
// holds, and after the end: that leaves the search one place for it and not hundreds.
func step(there object, op Operation, rules rules) (bool, object) {
	if op.Kind == kindEnd {
		there.ended = true
		return !op.Maybe, there
	}
	if there.ended {
		return op.Maybe, there
	}
	switch op.Kind {
	case "read":
		return there.etag == op.ETag && there.id == op.ID, there
	case "refused":
		if op.holds(there) {
			return false, there
		}
		return op.Found == "" || (op.Found == foundAbsent) == there.absent(), there
	case "write":
		return op.holds(there) || (rules.createsOver && op.IfNoneMatch == "*"), object{etag: op.ETag, id: op.ID}
	case "delete":
		if rules.deletesAbsent && there.absent() && !op.Maybe {
			return true, there
		}
		return op.holds(there), object{}
	}
	return false, there
}

// rules are what is known to be different of a server.
type rules struct {
	// deletesAbsent: a conditional delete of an absent key is a success.
	deletesAbsent bool
	// createsOver: an object whose presence the server denies does not keep it from a create. Only a history that nothing
	// else explains is judged by it.
	createsOver bool
}

// model is the model of one key, which is absent at first.
func model(rules rules) porcupine.Model {
	return porcupine.Model{
		Init: func() interface{} { return object{} },
		Step: func(state, input, _ interface{}) (bool, interface{}) {
			return step(state.(object), input.(Operation), rules)
		},
		DescribeOperation: func(input, _ interface{}) string { return input.(Operation).String() },
		DescribeState: func(state interface{}) string {
			if there := state.(object); !there.absent() {
				return there.etag
			}
			return "absent"
		},
	}
}

// String is the operation as people read it.
func (op Operation) String() string {
	text := op.Kind
	if op.Maybe {
		text = "perhaps " + text
	}
	if op.IfMatch != "" {
		text += " if " + op.IfMatch
	}
	if op.IfNoneMatch != "" {
		text += " if absent"
	}
	switch {
	case op.Kind == "refused" && op.Found != "":
		text += ": found " + op.Found
	case op.Kind == "write":
		text += " -> " + op.ETag
	case op.Kind == "read" && op.ETag == "":
		text += ": absent"
	case op.Kind == "read":
		text += ": " + op.ETag
	}
	if op.ID != "" {
		text += " by " + op.ID
	}
	if op.Who != "" {
		text = fmt.Sprintf("%s (%s)", text, op.Who)
	}
	return text
}
