"""Every scenario by its name."""

from tests.faults.mortal_bookings import BOOKINGS
from tests.faults.mortal_integrations import CONSENTS, INTEGRATIONS
from tests.faults.mortal_jobs import JOBS, MAILING
from tests.faults.mortal_mutations import MUTATIONS
from tests.faults.mortal_story import Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for scenario in (*JOBS, MAILING, *BOOKINGS, *MUTATIONS, *INTEGRATIONS, *CONSENTS)
}
