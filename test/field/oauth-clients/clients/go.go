// golang.org/x/oauth2 as a client. The argument is the job.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

type job struct{ Issuer, Client, Secret, Redirect, Scope, Resource, Verifier, Challenge string }

func main() {
	var its job
	if err := json.Unmarshal([]byte(os.Args[1]), &its); err != nil {
		panic(err)
	}
	with := oauth2.SetAuthURLParam
	config := &oauth2.Config{
		ClientID: its.Client, ClientSecret: its.Secret, RedirectURL: its.Redirect, Scopes: strings.Fields(its.Scope),
		Endpoint: oauth2.Endpoint{AuthURL: its.Issuer + "/authorize", TokenURL: its.Issuer + "/token"},
	}
	fmt.Println(config.AuthCodeURL("state-1", with("code_challenge", its.Challenge), with("code_challenge_method", "S256"), with("resource", its.Resource)))
	tokens, err := logIn(config, its)
	if err != nil {
		json.NewEncoder(os.Stdout).Encode(err.Error())
		return
	}
	json.NewEncoder(os.Stdout).Encode(tokens)
}

func logIn(config *oauth2.Config, its job) ([]oauth2.Token, error) {
	line := bufio.NewScanner(os.Stdin)
	line.Scan()
	back, err := url.Parse(line.Text())
	if err != nil {
		return nil, err
	}
	with := oauth2.SetAuthURLParam
	before, err := config.Exchange(context.Background(), back.Query().Get("code"), with("code_verifier", its.Verifier), with("resource", its.Resource))
	if err != nil {
		return nil, err
	}
	old := *before
	old.Expiry = time.Now().Add(-time.Hour)
	after, err := config.TokenSource(context.Background(), &old).Token()
	if err != nil {
		return nil, err
	}
	return []oauth2.Token{*before, *after}, nil
}
