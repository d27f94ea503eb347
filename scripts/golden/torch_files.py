"""Weights as PyTorch writes them (safetensors), with what the models answer, in test/golden/torch-files.

    python scripts/golden/torch_files.py                                 (pip install torch==2.13.0 safetensors==0.8.0)
    python scripts/golden/torch_files.py --read NAME W.safetensors       loads weights that we wrote, prints how far off
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

OUT = Path(__file__).resolve().parents[2] / "test/golden/torch-files"


class Stack(nn.Module):
    """Two layers in both directions, and a linear one on the last step."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 3)
        self.encoder = nn.LSTM(3, 5, batch_first=True)
        self.norm = nn.LayerNorm(5, eps=1e-3)
        self.plain = nn.RNN(5, 4, batch_first=True)
        self.head = nn.Sequential(nn.Linear(4, 3, bias=False), nn.Softmax(-1))

    def forward(self, x):
        return self.head(self.plain(self.norm(self.encoder(self.embedding(x))[0]))[0][:, -1])


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3)
        self.rnn = nn.GRU(4, 5, batch_first=True, bias=False)

    def forward(self, x):
        return self.rnn(self.conv(x.transpose(1, 2)).transpose(1, 2))[0]


numbers = (torch.arange(2 * 7 * 3).reshape(2, 7, 3) % 11) / 5 - 1
MODELS = {"stack": (Stack, numbers), "words": (Words, torch.arange(12).reshape(2, 6) % 11), "waves": (Waves, numbers)}


def made(name):
    torch.manual_seed(3)
    model, x = MODELS[name]
    return model().eval(), x


if "--read" in sys.argv:
    name, path = sys.argv[sys.argv.index("--read") + 1 :][:2]
    model, x = made(name)
    model.load_state_dict({key: torch.zeros_like(value) for key, value in model.state_dict().items()})
    model.load_state_dict(load_file(path))
    print(float(np.abs(model(x).detach().numpy() - np.load(OUT / f"{name}.npz")["y"]).max()))
else:
    for name in MODELS:
        model, x = made(name)
        save_file(model.state_dict(), OUT / f"{name}.safetensors")
        x32 = x.numpy().astype("int32") if x.dtype == torch.int64 else x.numpy()
        np.savez(OUT / f"{name}.npz", x=x32, y=model(x).detach().numpy())
