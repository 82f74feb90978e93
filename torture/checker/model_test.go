package main

import (
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Shorthands: what was done, from when to when.
func create(id string, from, to int64) Operation {
	return Operation{Key: "k", Kind: "write", IfNoneMatch: "*", ETag: "e" + id, ID: id, Call: from, Return: to}
}

func put(over, id string, from, to int64) Operation {
	return Operation{Key: "k", Kind: "write", IfMatch: "e" + over, ETag: "e" + id, ID: id, Call: from, Return: to}
}

func remove(id string, from, to int64) Operation {
	return Operation{Key: "k", Kind: "delete", IfMatch: "e" + id, Call: from, Return: to}
}

func read(id string, from, to int64) Operation {
	if id == "" {
		return Operation{Key: "k", Kind: "read", Call: from, Return: to}
	}
	return Operation{Key: "k", Kind: "read", ETag: "e" + id, ID: id, Call: from, Return: to}
}

// refused is a conflict: the same request, told that its condition does not hold.
func refused(op Operation, found string) Operation {
	return Operation{
		Key: "k", Kind: "refused", IfMatch: op.IfMatch, IfNoneMatch: op.IfNoneMatch, Found: found, Call: op.Call, Return: op.Return,
	}
}

func maybe(op Operation) Operation {
	op.Maybe, op.Return = true, 0
	return op
}

func TestHistories(t *testing.T) {
	tests := []struct {
		name    string
		legal   bool
		history []Operation
	}{
		{"one after the other", true, []Operation{
			read("", 0, 1), create("a", 2, 3), refused(create("b", 4, 5), foundOther), put("a", "b", 6, 7), read("b", 8, 9),
			refused(put("a", "c", 10, 11), foundOther), remove("b", 12, 13), refused(put("b", "c", 14, 15), foundAbsent), read("", 16, 17),
			create("d", 18, 19), read("d", 20, 21),
		}},
		{"a read beside a write sees before or after it", true, []Operation{
			create("a", 0, 1), put("a", "b", 2, 9), read("a", 3, 4), read("b", 5, 6),
		}},
		{"one of two racing creates", true, []Operation{create("a", 0, 9), refused(create("b", 0, 9), foundOther), read("a", 10, 11)}},
		{"a conflict with a write that is not answered yet", true, []Operation{
			create("a", 0, 9), refused(create("b", 1, 2), foundOther), read("a", 3, 4),
		}},

		{"a lost update: two writers over one version", false, []Operation{
			create("a", 0, 1), put("a", "b", 2, 5), put("a", "c", 3, 6),
		}},
		{"a lost update: a success that nobody ever sees", false, []Operation{
			create("a", 0, 1), put("a", "b", 2, 3), read("a", 4, 5),
		}},
		{"two winning creates", false, []Operation{create("a", 0, 5), create("b", 0, 5)}},
		{"a false success: refused by the state, and reported as done", false, []Operation{
			create("a", 0, 1), put("x", "b", 2, 3),
		}},
		{"a success that did not land", false, []Operation{create("a", 0, 1), read("", 2, 3)}},
		{"a false conflict: the condition held", false, []Operation{
			create("a", 0, 1), refused(put("a", "b", 2, 3), ""), read("a", 4, 5),
		}},
		{"a false conflict: the write landed", false, []Operation{refused(create("a", 0, 1), foundOther), read("a", 2, 3)}},
		{"a conflict that says absent where there is another", false, []Operation{
			create("a", 0, 1), refused(put("x", "b", 2, 3), foundAbsent),
		}},
		{"a conflict that says another where there is none", false, []Operation{refused(put("x", "b", 2, 3), foundOther)}},
		{"a stale read", false, []Operation{create("a", 0, 1), put("a", "b", 2, 3), read("a", 4, 5)}},
		{"a read that goes back", false, []Operation{
			create("a", 0, 1), put("a", "b", 2, 20), read("b", 3, 4), read("a", 5, 6),
		}},
		{"a read of another writer's id", false, []Operation{
			create("a", 0, 1), {Key: "k", Kind: "read", ETag: "ea", ID: "b", Call: 2, Return: 3},
		}},
		{"a deleted object that comes back", false, []Operation{create("a", 0, 1), remove("a", 2, 3), read("a", 4, 5)}},
		{"two deleters of one object", false, []Operation{create("a", 0, 1), remove("a", 2, 5), remove("a", 3, 6)}},

		{"a maybe that never happens", true, []Operation{maybe(create("a", 0, 0)), read("", 5, 6), create("b", 7, 8), read("b", 9, 10)}},
		{"a maybe that happens late", true, []Operation{
			maybe(create("a", 0, 0)), read("", 5, 6), refused(create("b", 7, 8), foundOther), read("a", 9, 10),
		}},
		{"a maybe after absence came again", true, []Operation{
			maybe(create("a", 0, 0)), create("b", 1, 2), remove("b", 3, 4), read("a", 5, 6),
		}},
		{"a repeat of a create that succeeded, after a delete", true, []Operation{
			create("a", 0, 5), maybe(create("a", 0, 0)), remove("a", 6, 7), read("a", 8, 9),
		}},
		{"a repeat of an update, never again: its etag does not recur", false, []Operation{
			create("a", 0, 1), put("a", "b", 2, 5), maybe(put("a", "b", 2, 0)), remove("b", 6, 7), read("b", 8, 9),
		}},
		{"a maybe whose condition never holds", false, []Operation{
			create("a", 0, 1), maybe(put("x", "b", 2, 0)), read("b", 3, 4),
		}},
		{"a maybe before it was sent", false, []Operation{read("a", 0, 1), maybe(create("a", 2, 0))}},
		{"a maybe that happens twice", false, []Operation{
			maybe(create("a", 0, 0)), remove("a", 1, 2), read("", 3, 4), read("a", 5, 6),
		}},
		{"a maybe that deletes", true, []Operation{create("a", 0, 1), maybe(remove("a", 2, 0)), read("a", 3, 4), read("", 5, 6)}},
		{"an object that is gone without anybody who may have deleted it", false, []Operation{
			create("a", 0, 1), maybe(put("a", "b", 2, 0)), read("", 5, 6),
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, op := range test.history {
				if err := op.check(); err != nil {
					t.Fatalf("%v: %v", op, err)
				}
			}
			want := porcupine.Illegal
			if test.legal {
				want = porcupine.Ok
			}
			if got := check(test.history, rules{}, time.Minute); got != want {
				t.Errorf("%v, not %v", got, want)
			}
		})
	}
}

func TestDeletesOfAbsentKeysSucceedWhereTheServerSaysSo(t *testing.T) {
	history := []Operation{create("a", 0, 1), remove("a", 2, 3), remove("a", 4, 5), read("", 6, 7)}
	if got := check(history, rules{deletesAbsent: true}, time.Minute); got != porcupine.Ok {
		t.Error(got)
	}
	another := []Operation{create("a", 0, 1), remove("x", 2, 3)}
	if got := check(another, rules{deletesAbsent: true}, time.Minute); got != porcupine.Illegal {
		t.Errorf("the delete of another object: %v", got)
	}
}

func TestACreateOverAnObjectExplainsOnlyWhatNothingElseDoes(t *testing.T) {
	over := []Operation{create("a", 0, 1), create("b", 2, 3), read("b", 4, 5)}
	tests := []struct {
		name        string
		history     []Operation
		known       bool
		want        porcupine.CheckResult
		createdOver bool
	}{
		{"where the server is known for it", over, true, porcupine.Ok, true},
		{"where it is not", over, false, porcupine.Illegal, false},
		{"one without an answer", []Operation{create("a", 0, 1), maybe(create("b", 2, 0)), read("b", 4, 5)}, true, porcupine.Ok, true},
		{"nothing of the kind", []Operation{create("a", 0, 1), put("a", "b", 2, 3), read("b", 4, 5)}, true, porcupine.Ok, false},
		{"a write after it over what it replaced", append(over, put("a", "c", 6, 7)), true, porcupine.Illegal, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, createdOver := explain(test.history, rules{createsOver: test.known}, time.Minute)
			if got != test.want || createdOver != test.createdOver {
				t.Errorf("%v, %v", got, createdOver)
			}
		})
	}
}

func TestKeysAreJudgedByThemselvesAndAWitnessIsLeft(t *testing.T) {
	lines := `{"key":"good","kind":"write","ifNoneMatch":"*","etag":"e","id":"i","call":1,"return":2}
{"key":"bad","kind":"read","call":1,"return":2}
{"key":"bad","kind":"read","call":3,"return":4}
{"key":"bad","kind":"read","etag":"e","id":"i","call":5,"return":6}
`
	keys, err := readHistory(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := judge(keys, rules{}, time.Minute, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if verdict.Operations != 4 || verdict.Keys != 2 || len(verdict.Violations) != 1 || len(verdict.Unknown) != 0 {
		t.Fatalf("%+v", verdict)
	}
	if found := verdict.Violations[0]; found.Key != "bad" || len(found.Witness) != 1 || found.Witness[0].ETag != "e" {
		t.Errorf("%+v", found)
	}
}

func TestWhatTakesTooLongIsNoSuccess(t *testing.T) {
	var history []Operation
	// Reads of objects that nobody wrote, beside so many maybes that not all orders can be tried.
	for at := range int64(40) {
		id := string(rune('A' + at))
		history = append(history, create(id, 0, 1000), remove(id, 0, 1000))
	}
	history = append(history, read("none", 0, 1000))
	keys := map[string][]Operation{"k": history}
	verdict, err := judge(keys, rules{}, 50*time.Millisecond, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(verdict.Unknown) != 1 || len(verdict.Violations) != 0 {
		t.Errorf("%+v", verdict)
	}
}

func TestMistakesInAHistoryAreErrors(t *testing.T) {
	for _, line := range []string{
		`{"kind":"read","call":1,"return":2}`,
		`{"key":"k","kind":"write","etag":"e","call":1,"return":2}`,
		`{"key":"k","kind":"write","ifNoneMatch":"*","call":1,"return":2}`,
		`{"key":"k","kind":"reed","call":1,"return":2}`,
		`{"key":"k","kind":"read","maybe":true,"call":1}`,
		`{"key":"k","kind":"read","call":3,"return":2}`,
		`no JSON`,
	} {
		if _, err := readHistory(strings.NewReader(line)); err == nil {
			t.Errorf("taken: %s", line)
		}
	}
}
