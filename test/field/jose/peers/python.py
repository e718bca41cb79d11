"""JOSE libraries of Debian for Python. The first argument names one; the job is JSON on the standard input."""

import base64
import hashlib
import json
import sys

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}


class Jwcrypto:
    def __init__(self):
        from jwcrypto import jwk, jws, jwt

        self.jwk, self.jws, self.jwt = jwk, jws, jwt

    def generate(self, alg, kid):
        shape = {"kty": "RSA", "size": 2048}
        if alg in CURVES:
            shape = {"kty": "OKP" if alg == "EdDSA" else "EC", "crv": CURVES[alg]}
        key = self.jwk.JWK.generate(kid=kid, use="sig", alg=alg, **shape)
        return key, key.export_public(as_dict=True), key.thumbprint()

    def sign(self, key, header, claims):
        token = self.jwt.JWT(header=header, claims=claims)
        token.make_signed_token(key)
        return token.serialize()

    def verify(self, jwk, alg, token):
        self.jwt.JWT(jwt=token, key=self.jwk.JWK(**jwk), algs=[alg])


class PyJwt:
    """Writes RSA and OKP keys as JWK, and the others as PEM. It has no thumbprints."""

    def __init__(self):
        import jwt
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        self.jwt, self.serialization = jwt, serialization
        self.make = {
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
            "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }
        self.rsa = lambda: rsa.generate_private_key(65537, 2048)

    def generate(self, alg, kid):
        key = self.make.get(alg, self.rsa)()
        if alg in ("ES256", "ES384", "ES512"):
            return key, self.pem(key.public_key()), None
        algorithm = self.jwt.algorithms.get_default_algorithms()[alg]
        return key, {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid}, None

    def pem(self, key):
        form = self.serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(self.serialization.Encoding.PEM, form).decode()

    def sign(self, key, header, claims):
        return self.jwt.encode(claims, key, algorithm=header["alg"], headers=header)

    def verify(self, jwk, alg, token):
        key = self.jwt.PyJWK(jwk, algorithm=alg).key
        self.jwt.decode(token, key, algorithms=[alg], options={"verify_aud": False})


class Authlib:
    def __init__(self):
        from authlib.jose import JsonWebKey, JsonWebSignature, JsonWebToken

        self.jwk, self.jws, self.jwt = JsonWebKey, JsonWebSignature, JsonWebToken

    def generate(self, alg, kid):
        kty = "RSA" if alg not in CURVES else "OKP" if alg == "EdDSA" else "EC"
        options = {"kid": kid, "use": "sig", "alg": alg}
        key = self.jwk.generate_key(kty, CURVES.get(alg, 2048), options, is_private=True)
        return key, key.as_dict(is_private=False), key.thumbprint()

    def sign(self, key, header, claims):
        # JsonWebToken replaces every `typ` by JWT.
        text = json.dumps(claims).encode()
        return self.jws([header["alg"]]).serialize_compact(header, text, key).decode()

    def verify(self, jwk, alg, token):
        self.jwt([alg]).decode(token, self.jwk.import_key(jwk)).validate()


class PythonJose:
    """Has no thumbprints, and neither EdDSA nor PS256."""

    def __init__(self):
        from cryptography.hazmat.primitives import serialization
        from jose import jwk, jwt

        self.jwk, self.jwt, self.serialization = jwk, jwt, serialization

    def generate(self, alg, kid):
        form = self.serialization.PrivateFormat.PKCS8
        pem = PyJwt().make.get(alg, PyJwt().rsa)().private_bytes(
            self.serialization.Encoding.PEM, form, self.serialization.NoEncryption()
        )
        key = self.jwk.construct(pem, alg)
        return key.to_dict(), {**key.public_key().to_dict(), "kid": kid}, None

    def sign(self, key, header, claims):
        return self.jwt.encode(claims, key, algorithm=header["alg"], headers=header)

    def verify(self, jwk, alg, token):
        self.jwt.decode(token, jwk, algorithms=[alg], options={"verify_aud": False})


LIBRARIES = {"jwcrypto": Jwcrypto, "pyjwt": PyJwt, "authlib": Authlib, "python-jose": PythonJose}


def mint(library, alg, kid, claims):
    key, public, thumbprint = library.generate(alg, kid)
    head = {"alg": alg, "typ": "at+jwt", "kid": kid}
    minted = {"alg": alg, "public": public, "token": library.sign(key, head, claims["token"])}
    if thumbprint is not None:
        bound = library.sign(key, head, {**claims["token"], "cnf": {"jkt": thumbprint}})
        digest = base64.urlsafe_b64encode(hashlib.sha256(bound.encode()).digest())
        proof = {**claims["proof"], "ath": digest.rstrip(b"=").decode()}
        head = {"alg": alg, "typ": "dpop+jwt", "jwk": public}
        minted.update(bound=bound, proof=library.sign(key, head, proof))
    return minted


def verifies(library, case):
    try:
        library.verify(case["jwk"], case["alg"], case["token"])
        return True
    except Exception:
        return False


job = json.load(sys.stdin)
chosen = LIBRARIES[sys.argv[1]]()
count = iter(range(1_000_000))
json.dump(
    {
        "minted": [
            mint(chosen, alg, f"{alg}-{next(count)}", job["claims"]) for alg in job["algorithms"]
        ],
        "verified": [verifies(chosen, case) for case in job["cases"]],
    },
    sys.stdout,
)
