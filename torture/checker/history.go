package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"

	"github.com/anishathalye/porcupine"
)

// readHistory reads operations, one a line as JSON, and groups them by key.
func readHistory(from io.Reader) (map[string][]Operation, error) {
	keys := map[string][]Operation{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		var op Operation
		if err := json.Unmarshal(lines.Bytes(), &op); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if err := op.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		keys[op.Key] = append(keys[op.Key], op)
	}
	return keys, lines.Err()
}

// check refuses what a mistake upstream would make of an operation: it must not be judged as something else.
func (op Operation) check() error {
	changes := op.Kind == "write" || op.Kind == "delete"
	conditional := (op.IfMatch != "") != (op.IfNoneMatch != "")
	switch {
	case op.Key == "":
		return fmt.Errorf("no key")
	case !changes && op.Kind != "read" && op.Kind != "refused":
		return fmt.Errorf("unknown kind %q", op.Kind)
	case op.Kind != "read" && !conditional:
		return fmt.Errorf("a %s needs one condition", op.Kind)
	case op.Kind == "write" && op.ETag == "":
		return fmt.Errorf("a write needs its etag")
	case op.Maybe && !changes:
		return fmt.Errorf("a %s can't be a maybe", op.Kind)
	case !op.Maybe && op.Return < op.Call:
		return fmt.Errorf("returned before it was called")
	}
	return nil
}

// ended is the history as Porcupine takes it: with the end after everything that has one, and maybes that last longer.
func ended(history []Operation) []porcupine.Operation {
	var last int64
	for _, op := range history {
		last = max(last, op.Call, op.Return)
	}
	operations := make([]porcupine.Operation, 0, len(history)+1)
	for _, op := range history {
		if op.Maybe {
			op.Return = last + 3
		}
		operations = append(operations, porcupine.Operation{Input: op, Call: op.Call, Return: op.Return})
	}
	end := Operation{Kind: kindEnd}
	operations = append(operations, porcupine.Operation{Input: end, Call: last + 1, Return: last + 2})
	seatClients(operations)
	return operations
}

// seatClients gives each operation a client that does nothing else meanwhile, as the picture of a history needs it.
func seatClients(operations []porcupine.Operation) {
	sort.SliceStable(operations, func(a, b int) bool { return operations[a].Call < operations[b].Call })
	var busyUntil []int64
	for at := range operations {
		client := 0
		for client < len(busyUntil) && busyUntil[client] >= operations[at].Call {
			client++
		}
		if client == len(busyUntil) {
			busyUntil = append(busyUntil, 0)
		}
		busyUntil[client] = operations[at].Return
		operations[at].ClientId = client
	}
}
