// cjose and libjwt. The first argument names one; the job is JSON on the standard input. cjose has no thumbprints, and
// libjwt has no JWK: its keys are PEM.
#include <cjose/cjose.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(bool is_good, const char *what) {
    if (is_good) return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static json_t *mint_with_cjose(const char *alg, const char *kid, json_t *claims) {
    cjose_err error;
    bool is_ec = alg[0] == 'E';
    cjose_jwk_ec_curve curve = !strcmp(alg, "ES256") ? CJOSE_JWK_EC_P_256 : !strcmp(alg, "ES384") ? CJOSE_JWK_EC_P_384 : CJOSE_JWK_EC_P_521;
    cjose_jwk_t *key = is_ec ? cjose_jwk_create_EC_random(curve, &error) : cjose_jwk_create_RSA_random(2048, (const uint8_t *)"\x01\x00\x01", 3, &error);
    check(key && cjose_jwk_set_kid(key, kid, strlen(kid), &error), "no key");
    cjose_header_t *header = cjose_header_new(&error);
    cjose_header_set(header, CJOSE_HDR_ALG, alg, &error);
    cjose_header_set(header, CJOSE_HDR_KID, kid, &error);
    cjose_header_set(header, "typ", "at+jwt", &error);
    char *text = json_dumps(claims, JSON_COMPACT);
    cjose_jws_t *jws = cjose_jws_sign(key, header, (const uint8_t *)text, strlen(text), &error);
    const char *compact;
    check(jws && cjose_jws_export(jws, &compact, &error), error.message);
    json_t *public = json_loads(cjose_jwk_to_json(key, false, &error), 0, NULL);
    return json_pack("{ss so ss}", "alg", alg, "public", public, "token", compact);
}

static bool verify_with_cjose(json_t *test) {
    cjose_err error;
    const char *token = json_string_value(json_object_get(test, "token"));
    char *jwk = json_dumps(json_object_get(test, "jwk"), 0);
    cjose_jwk_t *key = cjose_jwk_import(jwk, strlen(jwk), &error);
    cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &error);
    return key && jws && cjose_jws_verify(jws, key, &error);
}

static char *pem_of(EVP_PKEY *key, bool is_private) {
    BIO *bio = BIO_new(BIO_s_mem());
    check(is_private ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(bio, key), "no PEM");
    char *data;
    long length = BIO_get_mem_data(bio, &data);
    return strndup(data, length);
}

static json_t *mint_with_libjwt(const char *alg, const char *kid, json_t *claims) {
    const char *curve = !strcmp(alg, "ES256") ? "P-256" : !strcmp(alg, "ES384") ? "P-384" : "P-521";
    EVP_PKEY *key = alg[0] == 'E' ? EVP_EC_gen(curve) : EVP_RSA_gen(2048);
    char *secret = pem_of(key, true);
    jwt_t *jwt;
    check(!jwt_new(&jwt) && !jwt_set_alg(jwt, jwt_str_alg(alg), (unsigned char *)secret, strlen(secret)), "no key");
    check(!jwt_add_grants_json(jwt, json_dumps(claims, 0)), "no claims");
    check(!jwt_add_header(jwt, "kid", kid) && !jwt_add_header(jwt, "typ", "at+jwt"), "no header");
    char *token = jwt_encode_str(jwt);
    check(token, "no token");
    return json_pack("{ss ss ss}", "alg", alg, "public", pem_of(key, false), "token", token);
}

static bool verify_with_libjwt(json_t *test) {
    const char *pem = json_string_value(json_object_get(test, "pem"));
    jwt_t *jwt = NULL;
    return !jwt_decode(&jwt, json_string_value(json_object_get(test, "token")), (const unsigned char *)pem, strlen(pem)) &&
           !strcmp(jwt_alg_str(jwt_get_alg(jwt)), json_string_value(json_object_get(test, "alg")));
}

int main(int argc, char **argv) {
    bool is_cjose = argc > 1 && !strcmp(argv[1], "cjose");
    json_t *job = json_loadf(stdin, 0, NULL), *each, *minted = json_array(), *verified = json_array();
    json_t *claims = json_object_get(json_object_get(job, "claims"), "token");
    size_t index;
    json_array_foreach(json_object_get(job, "algorithms"), index, each) {
        char kid[32];
        const char *alg = json_string_value(each);
        snprintf(kid, sizeof kid, "%s-%zu", alg, index);
        json_array_append_new(minted, (is_cjose ? mint_with_cjose : mint_with_libjwt)(alg, kid, claims));
    }
    json_array_foreach(json_object_get(job, "cases"), index, each)
        json_array_append_new(verified, json_boolean((is_cjose ? verify_with_cjose : verify_with_libjwt)(each)));
    json_dumpf(json_pack("{so so}", "minted", minted, "verified", verified), stdout, JSON_COMPACT);
    return 0;
}
