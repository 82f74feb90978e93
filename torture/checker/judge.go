package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Verdict is what became of one history.
type Verdict struct {
	Operations int         `json:"operations"`
	Keys       int         `json:"keys"`
	Longest    int         `json:"longest"`
	Violations []Violation `json:"violations"`
	// CreatedOver are the keys whose history only a create over an object explains, on a server that is known for it.
	CreatedOver []string `json:"createdOver"`
	// Unknown are the keys that took too long to decide. They are no success.
	Unknown []string `json:"unknown"`
}

// Violation is a key whose history no order explains.
type Violation struct {
	Key string `json:"key"`
	// Witness is the history without the reads and refusals that it takes no part of.
	Witness []Operation `json:"witness"`
	// Picture is a page that shows all of it.
	Picture string `json:"picture,omitempty"`
}

// judge checks every key by itself. Pictures of violations go into a folder, if one is given.
func judge(keys map[string][]Operation, rules rules, limit time.Duration, pictures string) (Verdict, error) {
	verdict := Verdict{Keys: len(keys), Violations: []Violation{}, CreatedOver: []string{}, Unknown: []string{}}
	names := make([]string, 0, len(keys))
	for name, history := range keys {
		names = append(names, name)
		verdict.Operations += len(history)
		verdict.Longest = max(verdict.Longest, len(history))
	}
	sort.Strings(names)
	for _, name := range names {
		result, createdOver := explain(keys[name], rules, limit)
		if createdOver {
			verdict.CreatedOver = append(verdict.CreatedOver, name)
		}
		switch result {
		case porcupine.Ok:
		case porcupine.Unknown:
			verdict.Unknown = append(verdict.Unknown, name)
		case porcupine.Illegal:
			violation := Violation{Key: name, Witness: witness(keys[name], rules, limit)}
			if pictures != "" {
				violation.Picture = filepath.Join(pictures, fmt.Sprintf("%s.html", strings.ReplaceAll(name, "/", "_")))
				if err := draw(keys[name], rules, limit, violation.Picture); err != nil {
					return verdict, err
				}
			}
			verdict.Violations = append(verdict.Violations, violation)
		}
	}
	return verdict, nil
}

// explain looks for an order without a create over an object first. It tells whether there is one only with it.
func explain(history []Operation, known rules, limit time.Duration) (result porcupine.CheckResult, createdOver bool) {
	strict := known
	strict.createsOver = false
	result = check(history, strict, limit)
	if result != porcupine.Illegal || !known.createsOver {
		return result, false
	}
	result = check(history, known, limit)
	return result, result == porcupine.Ok
}

func check(history []Operation, rules rules, limit time.Duration) porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(model(rules), ended(history), limit)
}

// witness leaves out, one by one, what the violation does not need. Only observations may go: without a write, what it wrote
// could not be explained either.
func witness(history []Operation, rules rules, limit time.Duration) []Operation {
	left := append([]Operation(nil), history...)
	for at := len(left) - 1; at >= 0; at-- {
		if left[at].Kind != "read" && left[at].Kind != "refused" {
			continue
		}
		without := append(append([]Operation(nil), left[:at]...), left[at+1:]...)
		if check(without, rules, limit) == porcupine.Illegal {
			left = without
		}
	}
	sort.SliceStable(left, func(a, b int) bool { return left[a].Call < left[b].Call })
	return left
}

func draw(history []Operation, rules rules, limit time.Duration, path string) error {
	_, info := porcupine.CheckOperationsVerbose(model(rules), ended(history), limit)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return porcupine.Visualize(model(rules), info, file)
}
