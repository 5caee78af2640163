"""What a Workspace administrator does in the Admin console, under API controls: decide on the application.

https://support.google.com/a/answer/7281227
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.sandbox.google.directory import AppAccess, Customer
from app.sandbox.pages import Page, render
from app.sandbox.state import SandboxState

PATH = "/app-access"


class AppAccessPage:
    """``/app-access``, opened (GET) and answered (POST), in the place of each customer's administrator."""

    def __init__(self, state: SandboxState) -> None:
        self._directory = state.google.directory

    async def answer(self, request: Request) -> Response:
        """One visit."""
        if request.method == "POST":
            form = await request.form()
            customer = self._directory.customer(str(form.get("customer")))
            decision = str(form.get("access"))
            if customer is not None and decision in set(AppAccess):
                self._directory.save_customer(replace(customer, app_access=AppAccess(decision)))
            return RedirectResponse(PATH, status_code=303)
        return render(Page.GOOGLE_APP_ACCESS, self._context())

    def _context(self) -> dict[str, object]:
        return {
            "applications": self._directory.applications(),
            "customers": [self._in_words(customer) for customer in self._directory.customers()],
        }

    def _in_words(self, customer: Customer) -> dict[str, object]:
        present = customer.app_access
        return {
            "customer": customer,
            "present": _WORDS[present],
            "choices": [(access, _ACTS[access]) for access in _ACTS if access is not present],
        }


_WORDS = {
    AppAccess.TRUSTED: "Trusted",
    AppAccess.BLOCKED: "Blocked",
    AppAccess.UNCONFIGURED: "Not decided",
}
_ACTS = {AppAccess.TRUSTED: "Trust", AppAccess.BLOCKED: "Block"}
