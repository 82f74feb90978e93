// Checker decides whether histories of conditional reads and writes are linearizable, key by key. It reads a history, one
// operation a line, from standard input and prints its verdict as JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var rules rules
	flag.BoolVar(&rules.deletesAbsent, "deletes-absent", false, "a conditional delete of an absent key is a success")
	flag.BoolVar(&rules.createsOver, "creates-over", false, "a create can succeed over an object that is there")
	limit := flag.Duration("limit", time.Minute, "the longest that one key may take")
	pictures := flag.String("pictures", "", "the `folder` for pictures of violations")
	flag.Parse()

	keys, err := readHistory(os.Stdin)
	if err != nil {
		fail(err)
	}
	verdict, err := judge(keys, rules, *limit, *pictures)
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdict); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
