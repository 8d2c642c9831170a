"""Pickles, for callers that are as trusted as model.py: reading one runs whatever code its sender put in. Off unless SLIPWAY_ALLOW_PICKLE is 1."""

import pickle
from typing import Any

from slipway_kit.codecs.base import NotRepresentable, Parameters
from slipway_kit.errors import InvalidInput

PROTOCOL = 4
"""What every supported Python reads."""


def decode_pickle(body: bytes, _parameters: Parameters) -> Any:
    try:
        return pickle.loads(body)  # noqa: S301 - the operator of the endpoint has said that every caller is trusted
    except (Exception, SystemExit) as error:  # what is in the pickle decides what it raises
        raise InvalidInput(f"the body is not a pickle that can be read here: {type(error).__name__}: {error}") from None


def encode_pickle(value: Any) -> bytes:
    try:
        return pickle.dumps(value, PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise NotRepresentable(str(error)) from None
