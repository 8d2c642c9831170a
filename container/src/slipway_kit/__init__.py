"""Slipway's container kit: trains and serves a model.py under the Amazon SageMaker container contract."""

from slipway_kit.errors import InvalidInput
from slipway_kit.training.context import TrainingContext

__all__ = ["InvalidInput", "TrainingContext"]
__version__ = "0.1.0"
