// Reads bodies as the servers of this language do: one base64 text for each, then what each calls.
package main

import (
	"encoding/json"
	"os"
)

type call struct {
	Method *string `json:"method"`
	Name   *string `json:"name"`
}

func main() {
	var bodies [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&bodies); err != nil {
		panic(err)
	}
	calls := []*call{}
	for _, body := range bodies {
		var message struct {
			Method *string `json:"method"`
			Params struct {
				Name *string `json:"name"`
			} `json:"params"`
		}
		if json.Unmarshal(body, &message) != nil {
			calls = append(calls, nil)
			continue
		}
		calls = append(calls, &call{message.Method, message.Params.Name})
	}
	json.NewEncoder(os.Stdout).Encode(calls)
}
