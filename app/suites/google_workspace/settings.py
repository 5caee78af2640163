"""The OAuth client at Google, and where Google is reached."""

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from app.settings import PREFIX, SuiteSettings, base_address


class GoogleWorkspaceSettings(SuiteSettings):
    """Variables with the prefix `HYBRID_MEETINGS_GOOGLE_WORKSPACE_`; each address is the base of a host of Google's."""

    model_config = SettingsConfigDict(env_prefix=PREFIX + "GOOGLE_WORKSPACE_")

    accounts_url: str = "https://accounts.google.com"
    """The authorise page, and the issuer of id_tokens; people open it, the server does not."""
    oauth_url: str = "https://oauth2.googleapis.com"
    """Token and revocation endpoints."""
    openid_url: str = "https://openidconnect.googleapis.com"
    """The profile of whoever signed in."""
    calendar_url: str = "https://www.googleapis.com"
    """Calendar v3, and the keys of id_tokens."""
    directory_url: str = "https://admin.googleapis.com"
    """The Directory's buildings and calendar resources."""

    @field_validator("oauth_url", "openid_url", "calendar_url", "directory_url")
    @classmethod
    def _called_by_us(cls, value: str) -> str:
        return base_address(value)

    @field_validator("accounts_url")
    @classmethod
    def _opened_in_a_browser(cls, value: str) -> str:
        return base_address(value, loopback_http=True)
