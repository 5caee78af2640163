"""The people and the registration that the sandbox's Google begins with."""

from app.sandbox.google.directory import Application
from app.sandbox.state import SandboxState

CLIENT_ID = "104827364518-hybridmeetings.apps.googleusercontent.com"
APPLICATION_NAME = "Hybrid Meetings"


def application_of(secret: str, redirect_uris: tuple[str, ...]) -> Application:
    """The product's OAuth client."""
    return Application(client_id=CLIENT_ID, secret=secret, display_name=APPLICATION_NAME, redirect_uris=redirect_uris)


def seed_directory(state: SandboxState, application: Application) -> None:
    """The application, the customers and their people, without calendars."""
    state.google.directory.save_application(application)
