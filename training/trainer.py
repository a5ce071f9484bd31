"""Trains the network stage by stage; may be killed at any moment and goes on from there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.atomic import atomic_write
from training.classifier import CosineClassifier
from training.crops import Batch, batches, recolour
from training.network import VGG16, Arrays, generalised_mean, renormalise
from training.pictures import Pictures
from training.recipe import TILE_AREA, Stage

CHECKPOINT_NAME = "checkpoint.pt"
LOG_NAME = "log.jsonl"
MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
# The classes have little time to follow the network, and nothing to forget.
CLASSIFIER_RATE = 5
LONGEST_GRADIENT = 5.0
WARM_UP_STEPS = 40
AVERAGING = 0.995
SMOOTHING = 0.95
EXAMPLES_A_CLASS = 6
SECONDS_BETWEEN_CHECKPOINTS = 180
SECONDS_BETWEEN_REPORTS = 15


class Trainer:
    """A run of training.

    Args:
        sources: The data sets.
        shares: How often each is drawn from.
        stages: What to do, in order.
        folder: Where checkpoint and log lie; made if it does not exist.
        seed: Another seed draws other crops.
        report: Called with a line on where the run stands.
    """

    def __init__(
        self,
        sources: Sequence[Pictures],
        shares: Sequence[float],
        stages: Sequence[Stage],
        *,
        folder: Path,
        seed: int = 0,
        report: Callable[[str], None] = print,
    ) -> None:
        torch.manual_seed(seed)
        self.sources = sources
        self.shares = shares
        self.stages = tuple(stages)
        self.folder = folder
        self.seed = seed
        self.report = report
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = VGG16().to(self.device, memory_format=torch.channels_last)
        self.classifier = CosineClassifier([len(s.classes) for s in sources]).to(self.device)
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.stage = 0
        self.step = 0
        self.crops = 0
        self._optimizer_state: dict[str, Any] | None = None
        self._measures: dict[str, float] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def start_from(self, arrays: Arrays) -> None:
        """Take trained weights, folded or not, and give every class its first direction."""
        self.network.take(arrays)
        size = self.stages[0].size
        random = np.random.default_rng(self.seed)
        chosen = [
            (s, label, number)
            for s, source in enumerate(self.sources)
            for label in range(len(source.classes))
            for number in random.choice(np.flatnonzero(source.labels == label), EXAMPLES_A_CLASS)
        ]
        squashed = [
            np.asarray(self.sources[s].open(number).resize((size, size))) for s, _, number in chosen
        ]
        pixels = torch.from_numpy(np.stack(squashed)).permute(0, 3, 1, 2)
        mixed = pixels[random.permutation(len(pixels))[:256]]
        renormalise(self.network, mixed.to(self.device))
        with torch.no_grad():
            parts = [self._describe(part) for part in pixels.split(64)]
        where = torch.tensor([(s, label) for s, label, _ in chosen], device=self.device)
        self.classifier.imprint(torch.cat(parts), *where.unbind(1))
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}

    def resume(self) -> bool:
        """Go on from the checkpoint of the folder.

        Returns:
            Whether there is one.
        """
        path = self.folder / CHECKPOINT_NAME
        if not path.exists():
            return False
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.classifier.load_state_dict(saved["classifier"])
        self.average = saved["average"]
        self._optimizer_state = saved["optimizer"]
        self.stage, self.step, self.crops = saved["stage"], saved["step"], saved["crops"]
        return True

    def run(self) -> None:
        """Train until the last stage is through; an interruption saves a checkpoint first."""
        while self.stage < len(self.stages):
            self._run_stage(self.stages[self.stage])
            self.stage, self.step = self.stage + 1, 0
            self._optimizer_state = None
            self._save(None)

    def _run_stage(self, stage: Stage) -> None:
        self.network.freeze(stage.frozen)
        self.network.train()
        optimizer = self._optimizer(stage)
        steps = range(self.step, -(-stage.crops // stage.batch))
        started = reported = saved = time.monotonic()
        try:
            for batch in batches(
                self.sources,
                self.shares,
                sizes=[stage.tile_size if s.tiles else stage.size for s in self.sources],
                areas=[TILE_AREA if s.tiles else stage.area for s in self.sources],
                count=stage.batch,
                seed=self.seed + self.stage,
                steps=steps,
            ):
                self._learn(batch, optimizer, stage, steps.stop)
                self.step += 1
                self.crops += stage.batch
                now = time.monotonic()
                if now - reported > SECONDS_BETWEEN_REPORTS or self.step == steps.stop:
                    done = self.step - steps.start
                    self._tell(stage, steps.stop, done / (now - started))
                    reported = now
                if now - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    self._save(optimizer)
                    saved = now
        except BaseException:
            self._save(optimizer)
            raise

    def _optimizer(self, stage: Stage) -> torch.optim.Optimizer:
        trained = [p for p in self.network.parameters() if p.requires_grad]
        optimizer = torch.optim.SGD(
            [
                {"params": trained, "weight_decay": WEIGHT_DECAY},
                {"params": list(self.classifier.parameters()), "factor": CLASSIFIER_RATE},
            ],
            lr=stage.rate,
            momentum=MOMENTUM,
            nesterov=True,
        )
        if self._optimizer_state:
            optimizer.load_state_dict(self._optimizer_state)
        return optimizer

    def _learn(
        self, batch: Batch, optimizer: torch.optim.Optimizer, stage: Stage, steps: int
    ) -> None:
        done = self.step / steps
        rate = (stage.rate * (1 - done) + stage.last_rate * done) * min(
            1.0, (self.step + 1) / WARM_UP_STEPS
        )
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("factor", 1)
        sources, labels = batch.sources.to(self.device), batch.labels.to(self.device)
        pixels = recolour(batch.pixels.to(self.device), batch.colours.to(self.device))
        logits = self.classifier(self._describe(pixels), sources)
        targets = self.classifier.targets(sources, labels)
        loss = functional.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
        optimizer.step()
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - AVERAGING)
        right = logits.detach().argmax(1) == targets
        self._measure("loss", loss.item())
        for number in range(len(self.sources)):
            if (own := sources == number).any():
                self._measure(f"accuracy_{number}", right[own].float().mean().item())

    def _describe(self, pixels: Tensor) -> Tensor:
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            maps = self.network(pixels.to(self.device))
        return generalised_mean(maps)

    def _measure(self, name: str, value: float) -> None:
        before = self._measures.get(name, value)
        self._measures[name] = SMOOTHING * before + (1 - SMOOTHING) * value

    def _tell(self, stage: Stage, steps: int, rate: float) -> None:
        left = (steps - self.step) / rate
        entry = {
            "stage": self.stage,
            "step": self.step,
            "crops": self.crops,
            "crops_per_second": round(rate * stage.batch, 2),
            **{name: round(value, 4) for name, value in self._measures.items()},
        }
        with (self.folder / LOG_NAME).open("a") as log:
            log.write(json.dumps(entry | {"time": round(time.time())}) + "\n")
        accuracies = "/".join(
            f"{value:.2f}" for name, value in self._measures.items() if name != "loss"
        )
        self.report(
            f"stage {self.stage + 1} of {len(self.stages)}, {stage.size} px: step {self.step} of "
            f"{steps}, loss {self._measures['loss']:.3f}, accuracy {accuracies}, "
            f"{rate * stage.batch:.1f} crops/s, {left / 60:.0f} min left"
        )

    def _save(self, optimizer: torch.optim.Optimizer | None) -> None:
        with atomic_write(self.folder / CHECKPOINT_NAME, durable=True) as file:
            torch.save(
                {
                    "network": self.network.state_dict(),
                    "average": self.average,
                    "classifier": self.classifier.state_dict(),
                    "optimizer": optimizer and optimizer.state_dict(),
                    "stage": self.stage,
                    "step": self.step,
                    "crops": self.crops,
                    "stages": [asdict(stage) for stage in self.stages],
                },
                file,
            )
