"""Microsoft Entra at the level of its wire protocol: discovery, authorise, token, admin consent.

https://learn.microsoft.com/entra/identity-platform/v2-protocols
"""
