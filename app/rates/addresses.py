"""What counts as one stranger: a network address, or what a single line is given of them."""

from ipaddress import IPv6Address, ip_address, ip_network

IPV6_LINE = 64
"""The bits that a provider gives to one customer at least: below them anybody has as many addresses as they like."""
UNKNOWN = "unknown"


def line_of(host: str | None) -> str:
    """The client's IPv4 address or IPv6 network; one name for all that come without an address.

    `host` is the client as the web server reports it, which goes by a proxy's word only where it was told to.
    """
    try:
        address = ip_address((host or "").partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, IPV6_LINE), strict=False))
        address = address.ipv4_mapped
    return str(address)
