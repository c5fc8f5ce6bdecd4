"""One training step of the progressive recipe, as a Lightning module."""

from __future__ import annotations

import math
from collections.abc import Mapping

import lightning
import torch
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from omnireid.aio.losses import attribute_loss, binding_loss
from omnireid.aio.network import AIONetwork, Encoded, Tokens
from omnireid.aio.synthesis import channel_augmentation, random_line_art
from omnireid.observation import Modality
from omnireid.training.augmentation import augment
from omnireid.training.batches import Batch
from omnireid.training.configuration import Stage, TrainingConfig

_WORD_RATE = 0.3
"""Learning rate of the word table, as a share of the network's."""

_FORGET = 0.25
"""Share of words that are read without what training changed of their row."""

COMBINATIONS = tuple(
    tuple(m for bit, m in enumerate(Modality) if code >> bit & 1)
    for code in range(1, 16)
    if code.bit_count() >= 2
)
"""The 11 combinations of two to four modalities."""


class TrainingModule(lightning.LightningModule):
    """CE + alpha VA + beta FB over single modalities and one combination a step."""

    def __init__(
        self,
        config: TrainingConfig,
        network: AIONetwork,
        identities: int,
        attribute_groups: tuple[tuple[int, int], ...],
        mask_id: int,
    ) -> None:
        """`attribute_groups` cuts the attribute values; `mask_id` is the vocabulary's [MASK]."""
        super().__init__()
        self.mask_id = mask_id
        self.config = config
        self.network = network
        self.attribute_groups = attribute_groups
        self.classifier = nn.Linear(config.network.embedding_width, identities, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.01)
        self.bank_vectors: Tensor
        self.bank_ids: Tensor
        width = config.network.embedding_width
        self.register_buffer("bank_vectors", torch.zeros(config.bank_size, width))
        self.register_buffer("bank_ids", torch.full((config.bank_size,), -1))
        self._triplet = TripletMarginLoss(margin=0.3)
        self._miner = BatchHardMiner()

    def configure_optimizers(self) -> dict[str, object]:
        """AdamW with warm-up and a cosine to 1 % of the learning rate."""
        words = self.network.text_tokenizer.change
        tuned = [p for p in self.network.encoder.parameters() if p.requires_grad]
        apart = {id(p) for p in (words, *tuned)}
        learns = [p for p in self.parameters() if p.requires_grad and id(p) not in apart]
        decay, rate = self.config.weight_decay, self.config.learning_rate
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in learns if p.ndim > 1], "weight_decay": decay},
                {"params": [p for p in learns if p.ndim <= 1], "weight_decay": 0.0},
                # Adam's step is as long for a rare word as for a common one.
                {"params": [words], "weight_decay": decay, "lr": rate * _WORD_RATE},
                # Pre-trained weights, where an ablation frees them, want small steps.
                *([{"params": tuned, "weight_decay": 0.0, "lr": rate * 0.1}] if tuned else []),
            ],
            lr=rate,
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._rate)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _rate(self, step: int) -> float:
        if step < self.config.warm_up_steps:
            return (step + 1) / self.config.warm_up_steps
        rest = max(1, self.config.steps - self.config.warm_up_steps)
        done = min(1.0, (step - self.config.warm_up_steps) / rest)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002
        """The loss of one step; its parts go to TensorBoard."""
        step = self.global_step
        # Seeded by the step: a resumed run makes the same pictures as one that was never killed.
        seed = self.config.seed * 1_000_003 + step + self.global_rank * 7_368_787
        generator = Generator().manual_seed(seed)
        tokens = self._tokenize(batch, self.config.stage_at(step), generator)
        singles = self.network.encode_each(tokens)
        ids = {
            Modality.RGB: batch.identities.repeat_interleave(self.config.rgb_views_per_identity),
            Modality.INFRARED: batch.identities,
            Modality.SKETCH: batch.identities,
            Modality.TEXT: batch.identities.repeat_interleave(batch.texts_per_identity),
        }
        losses = self._identity_losses(singles, ids)
        losses["va"] = self._attribute_loss(batch, singles)
        if step % self.config.combination_every == 0:
            self._add_combination(losses, batch, tokens, singles[Modality.RGB], generator)
        weights = {
            "va": self.config.attribute_weight,
            "va_masked": self.config.attribute_weight,
            "fb": self.config.binding_weight,
            "fb_fused": self.config.binding_weight,
        }
        total = torch.stack([weights.get(name, 1.0) * loss for name, loss in losses.items()]).sum()
        self._remember(singles[Modality.RGB].vector, ids[Modality.RGB])
        self.log_dict({f"loss/{name}": loss.detach() for name, loss in losses.items()})
        self.log("loss", total.detach(), prog_bar=True)
        return total

    def read(self, batch: Batch, step: int) -> None:
        """Pass a batch through the network as a step does, and through one combination."""
        generator = Generator().manual_seed(step)
        tokens = self._tokenize(batch, self.config.stage_at(0), generator)
        self.network.encode_each(tokens)
        each = {
            Modality.RGB: self.config.rgb_views_per_identity,
            Modality.TEXT: batch.texts_per_identity,
        }
        combination = {}
        for modality in COMBINATIONS[step % len(COMBINATIONS)]:
            part, first = tokens[modality], slice(None, None, each.get(modality))
            combination[modality] = Tokens(part.values[first], part.mask[first])
        self.network.encode(combination)

    def _tokenize(self, batch: Batch, stage: Stage, generator: Generator) -> dict[Modality, Tokens]:
        # Pictures are made in full precision, whatever the network runs in.
        with torch.autocast(self.device.type, enabled=False):
            pictures = self._pictures(batch, stage, generator)
        lent = Modality.RGB if stage.one_tokenizer else None
        if self.config.parts_at(self.global_step):
            self._part_tokenizers()
        tokens = {m: self.network.tokenize_pictures(m, x, by=lent) for m, x in pictures.items()}
        # A word that training never showed has its pre-trained row alone: learn to read those too.
        forget = torch.rand(batch.text_ids.shape, generator=generator) < _FORGET
        tokens[Modality.TEXT] = self.network.tokenize_text(
            batch.text_ids, batch.text_mask, forget=forget.to(self.device)
        )
        return tokens

    def _part_tokenizers(self) -> None:
        """Infrared and sketch start from what colour's tokenizer learned for all three."""
        learned = self.network.image_tokenizers[Modality.RGB.value].state_dict()
        for modality in (Modality.INFRARED, Modality.SKETCH):
            self.network.image_tokenizers[modality.value].load_state_dict(learned)

    @staticmethod
    def _pictures(batch: Batch, stage: Stage, generator: Generator) -> dict[Modality, Tensor]:
        """Augmented pictures of the three image modalities, some synthesised from colour."""
        pictures = {
            Modality.RGB: batch.rgb.flatten(0, 1).float() / 255.0,
            Modality.INFRARED: batch.infrared.float() / 255.0,
            Modality.SKETCH: batch.sketch.float() / 255.0,
        }
        # The first colour view of each identity stands in for a modality that is missing; what is
        # made from it is bound to the other views only.
        source = batch.rgb[:, 0].float() / 255.0
        share = 1.0 if stage.modalities == "synthesised" else stage.synthesised_share
        made = torch.rand(len(source), generator=generator) < share
        if bool(made.any()):
            pictures[Modality.INFRARED][made] = channel_augmentation(source[made], generator)
            pictures[Modality.SKETCH][made] = random_line_art(source[made], generator)
        return {m: augment(x, m, generator) for m, x in pictures.items()}

    def _identity_losses(
        self, singles: Mapping[Modality, Encoded], ids: Mapping[Modality, Tensor]
    ) -> dict[str, Tensor]:
        rgb, rgb_ids = singles[Modality.RGB], ids[Modality.RGB]
        first = torch.arange(len(rgb_ids)) % self.config.rgb_views_per_identity == 0
        others, other_ids = rgb.vector[~first], rgb_ids[~first]
        identity = [self._classify(encoded, ids[m]) for m, encoded in singles.items()]
        binding = [self._bind(rgb.vector[first], rgb_ids[first], others, other_ids)]
        for modality in (Modality.INFRARED, Modality.SKETCH):
            binding.append(self._bind(singles[modality].vector, ids[modality], others, other_ids))
        words = singles[Modality.TEXT].vector
        binding.append(self._bind(words, ids[Modality.TEXT], rgb.vector, rgb_ids))
        triplet: Tensor = self._triplet(rgb.pooled, rgb_ids, self._miner(rgb.pooled, rgb_ids))
        return {
            "ce": torch.stack(identity).mean(),
            "fb": torch.stack(binding).mean(),
            "triplet": triplet,
        }

    def _attribute_loss(self, batch: Batch, singles: Mapping[Modality, Encoded]) -> Tensor:
        """VA without masking: every modality alone tells the attributes that it can show.

        A text is asked only for what it names. Colours cannot be told from infrared or a sketch;
        there the head learns how common each is.
        """
        views = self.config.rgb_views_per_identity
        targets = {
            Modality.RGB: batch.attributes.repeat_interleave(views, dim=0),
            Modality.INFRARED: batch.attributes,
            Modality.SKETCH: batch.attributes,
            Modality.TEXT: batch.named_attributes,
        }
        terms = [
            attribute_loss(
                self.network.attribute_head.read(singles[m].states, singles[m].mask),
                wanted,
                self.attribute_groups,
            )
            for m, wanted in targets.items()
        ]
        return torch.stack(terms).mean()

    def _classify(self, encoded: Encoded, ids: Tensor) -> Tensor:
        return F.cross_entropy(
            self.classifier(encoded.necked), ids, label_smoothing=self.config.label_smoothing
        )

    def _bind(self, anchors: Tensor, ids: Tensor, rgb: Tensor, rgb_ids: Tensor) -> Tensor:
        """FB in both directions: the paper's pulls to RGB; the mirror keeps RGB from drifting.

        Where the stage says so, anchors also meet the RGB vectors of the last steps: a cross-batch
        memory (Wang et al., CVPR 2020), for a batch of 20 identities holds few hard negatives.
        """
        t = self.config.temperature
        seen, seen_ids = rgb, rgb_ids
        if self.config.stage_at(self.global_step).bank:
            kept = self.bank_ids >= 0
            seen = torch.cat((rgb, self.bank_vectors[kept]))
            seen_ids = torch.cat((rgb_ids, self.bank_ids[kept]))
        there = binding_loss(anchors, ids, seen, seen_ids, temperature=t)
        return (there + binding_loss(rgb, rgb_ids, anchors, ids, temperature=t)) / 2

    def _remember(self, vectors: Tensor, ids: Tensor) -> None:
        """Put this step's RGB vectors in the bank's next places, over the oldest."""
        if self.config.bank_size:
            places = torch.arange(len(ids)) + self.global_step * len(ids)
            self.bank_vectors[places % self.config.bank_size] = vectors.detach()
            self.bank_ids[places % self.config.bank_size] = ids

    def _add_combination(
        self,
        losses: dict[str, Tensor],
        batch: Batch,
        tokens: Mapping[Modality, Tokens],
        rgb: Encoded,
        generator: Generator,
    ) -> None:
        """One of the 11 combinations; masked attribute words where colour and text are both in."""
        drawn = int(torch.randint(len(COMBINATIONS), (1,), generator=generator))
        views = self.config.rgb_views_per_identity
        parts: dict[Modality, Tokens] = {}
        # English and Japanese take turns, so that a combination costs one text.
        turn = self.global_step // self.config.combination_every
        chosen = slice(turn % batch.texts_per_identity, None, batch.texts_per_identity)
        masked = torch.zeros(batch.text_ids[chosen].shape, dtype=torch.bool)
        for modality in COMBINATIONS[drawn]:
            if modality is Modality.RGB:
                part = tokens[modality]
                parts[modality] = Tokens(part.values[::views], part.mask[::views])
            elif modality is Modality.TEXT:
                masked, ids = self._mask_words(
                    batch.text_ids[chosen], batch.word_targets[chosen], generator
                )
                parts[modality] = self.network.tokenize_text(ids, batch.text_mask[chosen])
            else:
                parts[modality] = tokens[modality]
        fused = self.network.encode(parts)
        losses["ce_fused"] = self._classify(fused, batch.identities)
        # A combination that holds a colour view must not be matched with that same view.
        others = torch.arange(len(rgb.vector)) % views != 0
        rgb_ids = batch.identities.repeat_interleave(views)
        losses["fb_fused"] = self._bind(
            fused.vector, batch.identities, rgb.vector[others], rgb_ids[others]
        )
        if Modality.RGB in parts and bool(masked.any()):
            words = fused.hidden[:, -masked.shape[1] :]
            losses["va_masked"] = F.cross_entropy(
                self.network.attribute_head(words[masked]), batch.word_targets[chosen][masked]
            )

    def _mask_words(
        self, ids: Tensor, targets: Tensor, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        """Hide a third of the attribute words as BERT does: 80 % mask, 10 % random, 10 % kept.

        Returns which words (B, L) bool must be guessed, and the changed ids (B, L).
        """
        third = torch.rand(ids.shape, generator=generator) < 1 / 3
        masked = (targets >= 0) & third.to(ids.device)
        way = torch.rand(ids.shape, generator=generator).to(ids.device)
        # A word of the same batch: one from the whole table would move rows that no caption shows.
        named = ids[targets >= 0]
        said = named if len(named) else ids.flatten()
        other = said[torch.randint(len(said), ids.shape, generator=generator)]
        changed = torch.where(masked & (way < 0.8), self.mask_id, ids)
        return masked, torch.where(masked & (way >= 0.8) & (way < 0.9), other, changed)
