// A server that answers the same bytes each time: what HTTP alone costs in a compiled language.
package main

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"os"
)

var answer = []byte(`{"category":"Iris-setosa","probabilities":{"Iris-setosa":0.998,"Iris-versicolor":0.002,"Iris-virginica":0.0}}`)

func main() {
	http.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("\n")) })
	http.HandleFunc("/invocations", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if r.Header.Get("Content-Type") == "text/plain" {
			w.Header().Set("Content-Type", "text/plain")
			w.Write(bytes.ToUpper(body))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
