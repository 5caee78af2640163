"""The Python client `gql` against a running server: `python client.py ADDRESS TOKEN`, with the steps of `clients.mjs`.

It opens no lost subscription anew: the application does, as its documentation says.
"""

import asyncio
import json
import sys

from gql import Client, gql  # type: ignore[import-not-found]  # installed for this script alone
from gql.transport.aiohttp import AIOHTTPTransport  # type: ignore[import-not-found]
from gql.transport.exceptions import TransportError, TransportQueryError  # type: ignore[import-not-found]
from gql.transport.websockets import WebsocketsTransport  # type: ignore[import-not-found]

QUERY = gql("query { viewer { role } }")
MUTATION = gql("mutation { markNotificationsRead { __typename } }")
SUBSCRIPTION = gql("subscription { integrationChanged { status } }")
NAME = "gql"


def say(step: str, value: object) -> None:
    print(json.dumps({"client": NAME, "step": step, "value": value}), flush=True)


def over_http(address: str, token: str) -> Client:
    transport = AIOHTTPTransport(url=f"{address}/graphql", headers={"Authorization": f"Bearer {token}"})
    return Client(transport=transport, fetch_schema_from_transport=False)


def over_socket(address: str, token: str) -> Client:
    transport = WebsocketsTransport(
        url=f"{address.replace('http', 'ws', 1)}/graphql",
        init_payload={"Authorization": f"Bearer {token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    return Client(transport=transport)


async def main(address: str, token: str) -> None:
    async with over_http(address, token) as session:
        say("query", await session.execute(QUERY))
        say("mutation", await session.execute(MUTATION))
    try:
        async with over_http(address, "wrong") as session:
            say("wrong token", await session.execute(QUERY))
    except TransportQueryError as error:
        say("wrong token", (error.errors or [{}])[0]["extensions"]["code"])
    try:
        async with over_socket(address, "wrong") as session:
            say("wrong token on a socket", await session.execute(QUERY))
    except Exception as error:
        say("wrong token on a socket", _close_code(error))
    items = 0
    while items < 2:
        try:
            async with over_socket(address, token) as session:
                async for item in session.subscribe(SUBSCRIPTION):
                    say("item", item)
                    items += 1
                    if items == 2:
                        return
        except (TransportError, OSError):
            await asyncio.sleep(0.2)


def _close_code(error: BaseException | None) -> object:
    """The code with which the socket was closed, wherever in the chain of errors it stands."""
    while error is not None:
        received = getattr(error, "rcvd", None)
        if received is not None:
            return received.code
        error = error.__cause__ or error.__context__
    return None


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
