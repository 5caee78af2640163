"""Objects as a plan's response has them: structs, made and written at a fraction of what dicts cost.

A struct of msgspec (https://jcristharif.com/msgspec/structs.html) keeps its values by position and knows the names that
they are written under; none of ours is ever part of a circle, so the garbage collector need not look at any.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

Answer = msgspec.Struct
"""An object of a response: `msgspec.json.encode` writes it as one, its entries in the order in which they were asked
for."""


def answer_class(type_name: str, response_names: Sequence[str]) -> type[Answer]:
    """The class for the objects of one selection: to be called with the values of these entries, in order."""
    entries = [entry(number) for number in range(len(response_names))]
    names = dict(zip(entries, response_names, strict=True))
    return msgspec.defstruct(type_name, [(one, Any) for one in entries], rename=names, gc=False)


def entry(number: int) -> str:
    """The attribute of an answer for its entry of this number, counted from 0."""
    return f"entry_{number}"


def unfolded(data: Any) -> Any:
    """The data of a response as graphql-core has them: dicts, and as text what was left to the encoder."""
    if isinstance(data, Answer):
        names = zip(data.__struct_encode_fields__, data.__struct_fields__, strict=True)
        return {name: unfolded(getattr(data, field)) for name, field in names}
    if data.__class__ is dict:
        return {name: unfolded(value) for name, value in data.items()}
    if data.__class__ is list:
        return [unfolded(value) for value in data]
    return msgspec.to_builtins(data) if data.__class__ is datetime else data
