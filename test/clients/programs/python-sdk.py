import asyncio
import os
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from control import REDIRECT, call_in_each_step, post
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


class Storage:
    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


arrived = ""


async def log_in(url):
    global arrived
    arrived = await post("/open", url)


async def callback():
    query = {name: values[0] for name, values in parse_qs(urlsplit(arrived).query).items()}
    return AuthorizationCodeResult(
        code=query["code"], state=query.get("state"), iss=query.get("iss")
    )


async def main(url):
    provider = OAuthClientProvider(
        server_url=url,
        client_metadata=OAuthClientMetadata(
            client_name="client",
            redirect_uris=[REDIRECT],
            token_endpoint_auth_method="none",
        ),
        storage=Storage(),
        redirect_handler=log_in,
        callback_handler=callback,
        client_metadata_url=os.environ.get("CLIENT_METADATA_URL"),
    )
    async with httpx2.AsyncClient(auth=provider, timeout=30) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            await call_in_each_step(client.call_tool)


asyncio.run(main(sys.argv[1]))
