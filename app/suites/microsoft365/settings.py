"""The registration at Microsoft Entra, and where Microsoft is reached."""

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from app.settings import PREFIX, SuiteSettings, base_address


class Microsoft365Settings(SuiteSettings):
    """Variables with the prefix `HYBRID_MEETINGS_MICROSOFT_365_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX + "MICROSOFT_365_")

    authority: str = "https://login.microsoftonline.com"
    """Where people consent and tokens come from; another one in a national cloud."""
    graph_url: str = "https://graph.microsoft.com/v1.0"
    """Where calendars and rooms are; another one in a national cloud."""

    @field_validator("authority", "graph_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return base_address(value)
