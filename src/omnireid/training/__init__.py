"""Training: the progressive recipe, resumable runs, export to a model folder with parity."""

from omnireid.training.ablation import AblationRow, ablation_table, run_ablations
from omnireid.training.card import model_card
from omnireid.training.checkpoint import Checkpoint, read_checkpoint
from omnireid.training.configuration import Stage, TrainingConfig, read_config
from omnireid.training.exporting import Parity, export
from omnireid.training.held_out import Direction, as_markdown, held_out_table
from omnireid.training.publishing import Measured, publish
from omnireid.training.running import train

__all__ = [
    "AblationRow",
    "Checkpoint",
    "Direction",
    "Measured",
    "Parity",
    "Stage",
    "TrainingConfig",
    "ablation_table",
    "as_markdown",
    "export",
    "held_out_table",
    "model_card",
    "publish",
    "read_checkpoint",
    "read_config",
    "run_ablations",
    "train",
]
