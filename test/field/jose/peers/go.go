// go-jose. The job is JSON on the standard input.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	jose "gopkg.in/square/go-jose.v2"
)

type claims map[string]any

type job struct {
	Algorithms []string
	Claims     struct{ Token, Proof claims }
	Cases      []struct {
		Jwk   jose.JSONWebKey
		Token string
	}
}

type minted struct {
	Alg    string          `json:"alg"`
	Public jose.JSONWebKey `json:"public"`
	Token  string          `json:"token"`
	Bound  string          `json:"bound"`
	Proof  string          `json:"proof"`
}

var curves = map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}

func generate(alg string) any {
	var key any
	var err error
	if curve, ok := curves[alg]; ok {
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
	} else if alg == "EdDSA" {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	check(err)
	return key
}

func sign(key jose.JSONWebKey, typ jose.ContentType, embed bool, content claims) string {
	options := (&jose.SignerOptions{EmbedJWK: embed}).WithType(typ)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	check(err)
	text, err := json.Marshal(content)
	check(err)
	signed, err := signer.Sign(text)
	check(err)
	compact, err := signed.CompactSerialize()
	check(err)
	return compact
}

func with(content claims, name string, value any) claims {
	more := claims{name: value}
	for each, it := range content {
		more[each] = it
	}
	return more
}

func mint(alg string, kid string, content job) minted {
	key := jose.JSONWebKey{Key: generate(alg), KeyID: kid, Algorithm: alg, Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	check(err)
	jkt := base64.RawURLEncoding.EncodeToString(thumbprint)
	token := sign(key, "at+jwt", false, content.Claims.Token)
	bound := sign(key, "at+jwt", false, with(content.Claims.Token, "cnf", claims{"jkt": jkt}))
	digest := sha256.Sum256([]byte(bound))
	ath := base64.RawURLEncoding.EncodeToString(digest[:])
	proof := sign(key, "dpop+jwt", true, with(content.Claims.Proof, "ath", ath))
	return minted{alg, key.Public(), token, bound, proof}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var all job
	check(json.NewDecoder(os.Stdin).Decode(&all))
	out := struct {
		Minted   []minted `json:"minted"`
		Verified []bool   `json:"verified"`
	}{[]minted{}, []bool{}}
	for index, alg := range all.Algorithms {
		out.Minted = append(out.Minted, mint(alg, fmt.Sprintf("%s-%d", alg, index), all))
	}
	for _, each := range all.Cases {
		signed, err := jose.ParseSigned(each.Token)
		if err == nil {
			_, err = signed.Verify(each.Jwk)
		}
		out.Verified = append(out.Verified, err == nil)
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}
