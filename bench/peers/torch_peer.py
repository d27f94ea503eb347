"""PyTorch on the CPU. It has no recurrent dropout inside its fast cells, so w2-gru is left out."""

import time

import torch
from torch import nn
from workloads import EMBEDDING, VOCABULARY, data, is_text, main, milliseconds, predicted, trained

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Model(nn.Module):
    """Embedding (for texts), the cells, and a linear layer on the last step; texts give logits."""

    def __init__(self, work):
        super().__init__()
        text = is_text(work)
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING) if text else nn.Identity()
        cell, layers = CELLS[work["cells"][0]], len(work["cells"])
        self.recurrent = cell(EMBEDDING if text else 1, work["units"], layers, batch_first=True)
        self.dense = nn.Linear(work["units"], 1)

    def forward(self, x):
        sequence, _ = self.recurrent(self.embedding(x))
        return self.dense(sequence[:, -1])


def run(work):
    if work.get("recurrentDropout"):
        yield {"skipped": "no recurrent dropout"}
        return
    torch.manual_seed(0)
    model = Model(work)
    x, y = (torch.from_numpy(a) for a in data(work))
    if "predict" in work:
        model.eval()
        with torch.inference_mode():
            yield from predicted(model, x, work["predict"])
        return
    yield training(model, x, y, work)


def training(model, x, y, work):
    """As fit does it: shuffled batches, Adam, and a validation at the end of each epoch where rows are held out."""
    loss_of = nn.BCEWithLogitsLoss() if is_text(work) else nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters())
    rows, batch = int(len(x) * (1 - work.get("validationSplit", 0))), work["batch"]
    calls, epoch_ms = [], []
    for _ in range(work["epochs"]):
        epoch_start = time.perf_counter()
        for chosen in torch.randperm(rows).split(batch):
            start = time.perf_counter()
            optimizer.zero_grad()
            loss = loss_of(model(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
            calls.append((milliseconds(start), 1))
        if rows < len(x):
            with torch.no_grad():
                loss_of(model(x[rows:]), y[rows:])
        epoch_ms.append(milliseconds(epoch_start))
    return trained(calls, epoch_ms, -(-rows // batch), loss.detach())


if __name__ == "__main__":
    main(f"torch {torch.__version__}", run)
