"""Pictures a second of a model folder, against CLIP ViT-B/16 in torch on the same cores.

    python benchmarks/encode.py [--model default] [--pictures 256] [--threads 2]

The peer is Hugging Face's CLIPVisionModel in the shape of ViT-B/16 at 224 x 224 with random weights
(the arithmetic is that of the trained one), in torch float32. Each encoder runs in a process of its
own that starts from decoded pictures of a detector's size; ours includes resizing, the peer is
given tensors that are ready. Memory is the peak of the process. The target is 8 times the peer's
pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

TARGET = 8.0
BATCH = 32


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_ours(model: str, pictures: int, threads: int) -> dict[str, float]:
    """Pictures a second and peak memory of a model folder."""
    import numpy as np

    import omnireid
    from omnireid.runtime import Encoder, find_model_folder

    encoder = Encoder(find_model_folder(model), threads=threads)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (BATCH, 256, 128, 3), dtype=np.uint8)
    observations = [omnireid.Observation(rgb=one) for one in small]
    encoder.encode(observations)
    began = time.perf_counter()
    for _ in range(max(1, pictures // BATCH)):
        encoder.encode(observations)
    seconds = time.perf_counter() - began
    return {"rate": max(1, pictures // BATCH) * BATCH / seconds, "memory": peak_mb()}


def run_peer(pictures: int, threads: int) -> dict[str, float]:
    """The same of CLIP ViT-B/16 in torch."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.set_num_threads(threads)
    config = CLIPVisionConfig(
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
        image_size=224,
        patch_size=16,
        projection_dim=512,
    )
    network = CLIPVisionModelWithProjection(config).eval()
    batch = torch.randn(BATCH, 3, 224, 224)
    with torch.inference_mode():
        network(batch[:2])
        began = time.perf_counter()
        for _ in range(max(1, pictures // BATCH)):
            network(batch)
        seconds = time.perf_counter() - began
    return {"rate": max(1, pictures // BATCH) * BATCH / seconds, "memory": peak_mb()}


def alone(arguments: list[str]) -> dict[str, float]:
    """The figures of one encoder in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", help="name or folder; may be repeated")
    parser.add_argument("--pictures", type=int, default=256)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", choices=["ours", "peer"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    models = chosen.model or ["default"]
    if chosen.only == "ours":
        print(json.dumps(run_ours(models[0], chosen.pictures, chosen.threads)))
        return
    if chosen.only == "peer":
        print(json.dumps(run_peer(chosen.pictures, chosen.threads)))
        return
    shared = ["--pictures", str(chosen.pictures), "--threads", str(chosen.threads)]
    peer = alone(["--only", "peer", *shared])
    print(f"{chosen.threads} threads, batches of {BATCH}, load {os.getloadavg()[0]:.1f}")
    print(f"{'encoder':<28}{'pictures/s':>12}{'peak MB':>10}{'ratio':>8}")
    print(f"{'CLIP ViT-B/16, torch':<28}{peer['rate']:>12.1f}{peer['memory']:>10.0f}{1:>8.1f}")
    for model in models:
        ours = alone(["--only", "ours", "--model", model, *shared])
        ratio = ours["rate"] / peer["rate"]
        verdict = "" if ratio >= TARGET else f"  below {TARGET:g}"
        print(f"{model:<28}{ours['rate']:>12.1f}{ours['memory']:>10.0f}{ratio:>8.1f}{verdict}")


if __name__ == "__main__":
    main()
