"""What Google's accounts remember: browsers, codes, consents, keys, and what is on order."""

from app.sandbox.browsers import BrowserSessions
from app.sandbox.clock import SandboxClock
from app.sandbox.google.accounts.codes import CodeStore
from app.sandbox.google.accounts.consents import Consents
from app.sandbox.google.accounts.orders import ErrorOrder, NarrowOrder, OrderBook
from app.sandbox.keys import SigningKeys


class AccountsState:
    """Filled in by the pages and the token endpoint."""

    def __init__(self, clock: SandboxClock) -> None:
        self.keys = SigningKeys()
        self.sessions = BrowserSessions()
        self.codes = CodeStore(clock)
        self.consents = Consents()
        self.token_errors: OrderBook[ErrorOrder] = OrderBook()
        self.authorise_errors: OrderBook[ErrorOrder] = OrderBook()
        self.answered_scopes: OrderBook[NarrowOrder] = OrderBook()

    def clear(self) -> None:
        """Forget everything but the signing keys."""
        self.sessions.sign_out_user(None)
        self.codes.clear()
        self.consents.clear()
        for book in (self.token_errors, self.authorise_errors, self.answered_scopes):
            book.clear()
