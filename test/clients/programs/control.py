"""What the programs ask of the scene. The counterpart of control.mjs."""

import asyncio
import json
import os
import sys
import urllib.request
from urllib.parse import quote

REDIRECT = "http://127.0.0.1:9/callback"


async def post(path, body=""):
    def send():
        url = os.environ["CONTROL"] + path
        request = urllib.request.Request(url, data=body.encode(), method="POST")
        with urllib.request.urlopen(request) as response:
            return response.read().decode()

    return await asyncio.to_thread(send)


async def call_in_each_step(call):
    """Calls a tool in each step and reports what came of it."""
    for step in json.loads(await post("/steps")):
        name = quote(step["name"])
        await post("/step/" + name)
        calls = (outcome_of(call(step["tool"], args)) for args in step["calls"])
        heard = "\n".join(await asyncio.gather(*calls))
        print(step["name"], heard)
        await post("/heard/" + name, heard)
    sys.stdout.flush()
    # Closing a session whose last request failed could wait.
    os._exit(0)


async def outcome_of(call):
    try:
        return str(await asyncio.wait_for(call, 15))
    except Exception as error:
        return repr(error)
