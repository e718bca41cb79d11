"""Reads bodies as the servers of this language do: one base64 text for each, then what each calls."""

import base64
import json
import sys


def call(body):
    try:
        message = json.loads(body)
        params = message.get("params") or {}
        return {"method": message.get("method"), "name": params.get("name")}
    except (ValueError, AttributeError, RecursionError):
        return None


bodies = json.load(sys.stdin)
json.dump([call(base64.b64decode(body)) for body in bodies], sys.stdout)
