"""Arguments that several fields share: the two ends of a window of time."""

from datetime import datetime
from typing import Annotated

import strawberry

From = Annotated[
    datetime,
    strawberry.argument(name="from", description="Where the window begins, an instant; what ends then is not in it."),
]
To = Annotated[
    datetime,
    strawberry.argument(name="to", description="Where the window ends, an instant; what begins then is not in it."),
]
