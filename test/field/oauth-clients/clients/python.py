"""requests-oauthlib and Authlib as clients. The first argument names one, the second is the job."""

import json
import os
import sys

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
library, job = sys.argv[1], json.loads(sys.argv[2])
authorize, token_url = job["issuer"] + "/authorize", job["issuer"] + "/token"
client, secret = job["client"], job.get("secret")
resource = {"resource": job["resource"]}
extra = {"code_challenge": job["challenge"], "code_challenge_method": "S256", **resource}
first = {"code_verifier": job["verifier"], **resource}

if library == "requests-oauthlib":
    from requests_oauthlib import OAuth2Session

    session = OAuth2Session(client, redirect_uri=job["redirect"], scope=job["scope"].split())
    url, _ = session.authorization_url(authorize, **extra)
    # Without a secret it sends an empty one. A refresh sends no credentials that are not given to it again.
    if secret is not None:
        first["client_secret"] = secret
    again = {"client_id": client} if secret is None else {"auth": (client, secret)}
else:
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session(client, secret, redirect_uri=job["redirect"], scope=job["scope"])
    url, _ = session.create_authorization_url(authorize, **extra)
    again = {}

print(url, flush=True)
try:
    tokens = session.fetch_token(token_url, authorization_response=input(), **first)
    before = dict(tokens)
    after = session.refresh_token(token_url, refresh_token=before["refresh_token"], **again)
    print(json.dumps([before, after]))
except Exception as error:
    print(json.dumps(getattr(error, "description", None) or str(error)))
