// Iddawc as a client. The argument is the job. With `algorithm`, its tokens are bound to a key, and the outcome has a DPoP proof.
#include <iddawc.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct _i_session session;

static void end(json_t *outcome) {
    printf("%s\n", json_dumps(outcome, JSON_COMPACT | JSON_ENCODE_ANY));
    exit(0);
}

static void set(i_option option, const char *value) {
    if (value != NULL) i_set_str_parameter(&session, option, value);
}

static json_t *fetch_tokens(void) {
    // Every proof needs another one.
    i_set_int_parameter(&session, I_OPT_TOKEN_JTI_GENERATE, 16);
    if (i_run_token_request(&session) != I_OK) {
        const char *reason = i_get_str_parameter(&session, I_OPT_ERROR_DESCRIPTION);
        end(json_string(reason ? reason : "The response is not accepted."));
    }
    return json_pack("{ss ss}", "access_token", i_get_str_parameter(&session, I_OPT_ACCESS_TOKEN), "refresh_token",
                     i_get_str_parameter(&session, I_OPT_REFRESH_TOKEN));
}

static void bind_to_key(const char *algorithm) {
    jwk_t *key, *public;
    int type = algorithm[0] == 'P' ? R_KEY_TYPE_RSA : strcmp(algorithm, "EdDSA") ? R_KEY_TYPE_EC : R_KEY_TYPE_EDDSA;
    r_jwk_init(&key);
    r_jwk_init(&public);
    r_jwk_generate_key_pair(key, public, type, type == R_KEY_TYPE_RSA ? 2048 : 256, "key-1");
    r_jwks_append_jwk(session.client_jwks, key);
    i_set_parameter_list(&session, I_OPT_USE_DPOP, 1, I_OPT_DPOP_SIGN_ALG, algorithm, I_OPT_DPOP_KID, "key-1", I_OPT_NONE);
}

int main(int argc, char **argv) {
    const char *issuer, *client, *redirect, *scope, *resource, *verifier, *secret = NULL, *algorithm = NULL;
    char authorize[256], token[256], jwks[256], line[4096];
    json_t *job = json_loads(argc > 1 ? argv[1] : "", 0, NULL);
    if (json_unpack(job, "{ss ss ss ss ss ss s?s s?s}", "issuer", &issuer, "client", &client, "redirect", &redirect, "scope", &scope, "resource",
                    &resource, "verifier", &verifier, "secret", &secret, "algorithm", &algorithm))
        return 2;
    snprintf(authorize, sizeof authorize, "%s/authorize", issuer);
    snprintf(token, sizeof token, "%s/token", issuer);
    snprintf(jwks, sizeof jwks, "%s/jwks", issuer);
    i_global_init();
    i_init_session(&session);
    // It verifies access tokens.
    if (r_jwks_import_from_uri(session.server_jwks, jwks, 0) != RHN_OK) return 6;
    i_set_parameter_list(&session, I_OPT_ISSUER, issuer, I_OPT_RESPONSE_TYPE, I_RESPONSE_TYPE_CODE, I_OPT_AUTH_ENDPOINT, authorize, I_OPT_TOKEN_ENDPOINT, token,
                         I_OPT_CLIENT_ID, client, I_OPT_REDIRECT_URI, redirect, I_OPT_SCOPE, scope, I_OPT_RESOURCE_INDICATOR, resource,
                         I_OPT_STATE_GENERATE, 16, I_OPT_PKCE_METHOD, I_PKCE_METHOD_S256, I_OPT_PKCE_CODE_VERIFIER, verifier,
                         I_OPT_TOKEN_METHOD, secret ? I_TOKEN_AUTH_METHOD_SECRET_BASIC : I_TOKEN_AUTH_METHOD_NONE, I_OPT_NONE);
    set(I_OPT_CLIENT_SECRET, secret);
    if (algorithm) bind_to_key(algorithm);
    if (i_build_auth_url_get(&session) != I_OK) return 3;
    printf("%s\n", i_get_str_parameter(&session, I_OPT_REDIRECT_TO));
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) return 4;
    line[strcspn(line, "\n")] = 0;
    set(I_OPT_REDIRECT_TO, line);
    if (i_parse_redirect_to(&session) != I_OK) return 5;
    json_t *outcome = json_array();
    json_array_append_new(outcome, fetch_tokens());
    i_set_int_parameter(&session, I_OPT_RESPONSE_TYPE, I_RESPONSE_TYPE_REFRESH_TOKEN);
    json_array_append_new(outcome, fetch_tokens());
    if (algorithm) {
        i_set_int_parameter(&session, I_OPT_TOKEN_JTI_GENERATE, 16);
        json_array_append_new(outcome, json_string(i_generate_dpop_token(&session, "POST", resource, 0, 1)));
    }
    end(outcome);
}
