"""Microsoft 365: sign-in by Entra through msal, calendars by Microsoft Graph; nothing else knows either."""
