import asyncio
import os
import sys

from control import call_in_each_step
from fastmcp import Client
from fastmcp.client.auth import OAuth


async def main(url):
    # It opens the browser, and listens for the redirect.
    auth = OAuth(client_metadata_url=os.environ.get("CLIENT_METADATA_URL"))
    async with Client(url, auth=auth) as client:
        await call_in_each_step(client.call_tool)


asyncio.run(main(sys.argv[1]))
