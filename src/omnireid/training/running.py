"""`train`: one command that starts a run, or goes on with it where it was stopped or killed."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger

from omnireid.aio.encoders import load_encoder
from omnireid.aio.network import AIONetwork
from omnireid.aio.text_vocabulary import build_vocabulary, starting_table
from omnireid.errors import InputError
from omnireid.people import RenderedSet
from omnireid.runtime import TextTokenizer
from omnireid.training.batches import BatchMaker, StepBatches, attribute_values, words_shown
from omnireid.training.beginning import Fresh, begin_from
from omnireid.training.checkpoint import KEY, Contents, origin_of
from omnireid.training.configuration import TrainingConfig, read_config
from omnireid.training.module import TrainingModule
from omnireid.training.pictures import cached_pictures, picture_rules
from omnireid.training.reopening import settle

Report = Callable[[str], None]
RECIPE = "recipe.toml"


def train(
    recipe: Path,
    data: Path,
    out: Path,
    *,
    report: Report = print,
    threads: int | None = None,
    cache: Path | None = None,
    begin: Path | None = None,
    devices: int | None = None,
) -> Path:
    """Train by a recipe on a rendered set; returns the last checkpoint.

    The same command goes on from `out/checkpoints/last.ckpt` if it is there, with the batches that
    an uninterrupted run would have drawn. TensorBoard reads `out/log`.

    Args:
        recipe: a TOML file (TrainingConfig).
        data: a folder written by `omnireid render`.
        out: the run's folder.
        report: receives a line of progress now and then, with the time left.
        threads: cores to use; None leaves torch's choice.
        cache: where the decoded pictures lie; None: in `out`.
        begin: what to begin from: the checkpoint of another run, its people being others or not,
            or a model by folder or by name.
        devices: processes that train together, each with its own batch and GPU where there are
            GPUs; None: one for each GPU, or one.

    Raises:
        InputError: the recipe or the data cannot be used, or `out` belongs to another recipe.
        ModelError: `begin` is neither a checkpoint nor a model that this recipe can begin from.
    """
    config = read_config(recipe)
    _claim(out, recipe)
    if threads is not None:
        torch.set_num_threads(threads)
    # Lightning's advice is for its own users; what ours need is in `report`.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    lightning.seed_everything(config.seed, verbose=False)
    rendered = RenderedSet(data)
    encoder = load_encoder(
        config.network.encoder,
        random_weights_seed=config.network.encoder_seed,
        layers=config.network.encoder_layers,
        tuning=config.network.encoder_tuning,
    )
    vocabulary = build_vocabulary()
    tokenizer = TextTokenizer(vocabulary.tokens)
    table = starting_table(
        vocabulary, encoder.word_embedding(), width=encoder.width, seed=config.seed
    )
    attributes = attribute_values(rendered)
    network = AIONetwork(config.network, encoder, table, [len(values) for _, values in attributes])
    rules = picture_rules(config.network)
    report(f"decoding {len(rendered.views):,} views once")
    pictures = cached_pictures(rendered, rules, cache or out / "pictures.npy")
    maker = BatchMaker(config, rendered, pictures, tokenizer, attributes)
    module = TrainingModule(
        config, network, maker.identities, maker.attribute_groups, tokenizer.mask_id
    )
    people: dict[str, str | int] = {
        "rendered identities": maker.identities,
        "rendered views": len(rendered.views),
        "render seed": rendered.settings["seed"],
    }
    last = out / "checkpoints" / "last.ckpt"
    origin: dict[str, str | int] = {}
    if last.is_file():
        origin = origin_of(last)
    elif begin is not None:
        origin = begin_from(
            begin,
            Fresh(
                network,
                module.classifier,
                people,
                vocabulary.to_json(),
                attributes,
                words_shown(rendered, tokenizer),
            ),
        )
        if not begin.is_file():
            report("measuring the model's norms on these people")
            settle(module, maker)
    contents = Contents(
        config=config.model_dump_json(),
        vocabulary=vocabulary.to_json(),
        attributes=[(name, list(values)) for name, values in attributes],
        identities=maker.identities,
        training_data=people | origin,
    )
    several = (torch.cuda.device_count() if devices is None else devices) > 1
    trainer = lightning.Trainer(
        accelerator="auto",
        devices="auto" if devices is None else devices,
        # Several: at the first stage infrared's and sketch's own tokenizers rest.
        strategy="ddp_find_unused_parameters_true" if several else "auto",
        max_steps=config.steps,
        precision=config.precision,
        gradient_clip_val=5.0,
        logger=TensorBoardLogger(out, name="", version="log"),
        callbacks=[
            ModelCheckpoint(
                last.parent, save_last=True, every_n_train_steps=config.checkpoint_every
            ),
            _Progress(config, report),
            _KeepContents(contents),
        ],
        log_every_n_steps=10,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    trainer.fit(
        module,
        datamodule=_Steps(config, maker),
        ckpt_path=str(last) if last.is_file() else None,
        weights_only=False,
    )
    return last


def _claim(out: Path, recipe: Path) -> None:
    """Keep the recipe beside its run, and refuse to mix two recipes in one folder."""
    out.mkdir(parents=True, exist_ok=True)
    kept = out / RECIPE
    text = recipe.read_bytes()
    if kept.is_file() and kept.read_bytes() != text:
        raise InputError(
            f"the run in {out} was started by another recipe",
            f"{kept} and {recipe} differ",
            "give the same recipe to go on, or another --out to start anew",
        )
    kept.write_bytes(text)


class _Steps(lightning.LightningDataModule):
    """The batches from the trainer's present step to the last: one epoch, however often resumed."""

    def __init__(self, config: TrainingConfig, maker: BatchMaker) -> None:
        super().__init__()
        self.config = config
        self.maker = maker

    def train_dataloader(self) -> torch.utils.data.DataLoader[Any]:
        assert self.trainer is not None
        batches = StepBatches(
            self.maker, self.trainer.global_step, self.config.steps, self.trainer.global_rank
        )
        return torch.utils.data.DataLoader(batches, batch_size=None)


class _KeepContents(Callback):
    """Puts into every checkpoint what the export needs besides weights."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def on_save_checkpoint(
        self,
        trainer: lightning.Trainer,  # noqa: ARG002
        pl_module: lightning.LightningModule,  # noqa: ARG002
        checkpoint: dict[str, Any],
    ) -> None:
        checkpoint[KEY] = self.contents.as_dict()


class _Progress(Callback):
    """A line every ten steps: step, stage, loss, seconds a step, time left."""

    def __init__(self, config: TrainingConfig, report: Report) -> None:
        self.config = config
        self.report = report
        self._began = 0.0
        self._first = 0

    def on_train_start(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,  # noqa: ARG002
    ) -> None:
        self._began, self._first = time.monotonic(), trainer.global_step
        if trainer.global_step:
            self.report(f"going on from step {trainer.global_step:,}")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,  # noqa: ARG002
        outputs: Any,
        batch: Any,  # noqa: ARG002
        batch_idx: int,  # noqa: ARG002
    ) -> None:
        step = trainer.global_step
        if not trainer.is_global_zero:
            return
        if step % 10 and step != self.config.steps:
            return
        pace = (time.monotonic() - self._began) / max(1, step - self._first)
        left = pace * (self.config.steps - step) / 60
        self.report(
            f"step {step:,} of {self.config.steps:,} ({self.config.stage_at(step - 1).name})  "
            f"loss {float(outputs['loss']):.3f}  {pace:.2f} s a step  {left:.0f} min left"
        )
