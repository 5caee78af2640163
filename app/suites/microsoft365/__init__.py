"""Microsoft 365: sign-in by Entra through msal, calendars by Microsoft Graph; nothing else knows either."""

from app.suites.microsoft365.suite import Microsoft365, microsoft_365

__all__ = ["Microsoft365", "microsoft_365"]
