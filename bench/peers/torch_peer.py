"""PyTorch on the CPU. It has no recurrent dropout inside its fast cells, so w2-gru is left out."""


import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from workloads import FirstStep, Stopwatch, classifies, main, reads_tokens, timed_predictions, training_rows

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Model(nn.Module):
    """Embedding (for tokens), the cells, and a linear layer on the last step; classifiers give logits."""

    def __init__(self, work, packed=False):
        super().__init__()
        tokens = reads_tokens(work)
        self.packed = packed
        self.embedding = nn.Embedding(work["vocabulary"], work["inputs"]) if tokens else nn.Identity()
        cell, layers = CELLS[work["cells"][0]], len(work["cells"])
        self.recurrent = cell(work["inputs"], work["units"], layers, batch_first=True)
        self.dense = nn.Linear(work["units"], 1)

    def forward(self, x):
        if not self.packed:
            sequence, _ = self.recurrent(self.embedding(x))
            return self.dense(sequence[:, -1])
        lengths = (x != 0).sum(1).clamp(min=1)
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        state = self.recurrent(packed)[1]
        return self.dense((state[0] if isinstance(state, tuple) else state)[-1])


def run(work, x, y, options):
    torch.manual_seed(0)
    # A gradient that enters at the last step fades to denormals, which are slow: experts switch them off.
    torch.set_flush_denormal(options.get("flushDenormal", False))
    first = FirstStep()
    if "threads" in options:
        torch.set_num_threads(options["threads"])
    packed = options.get("packed", False)
    model = Model(work, packed)
    if packed:
        x = moved_to_front(x)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    if "predict" in work:
        model.eval()
        with torch.inference_mode():
            yield from timed_predictions(lambda part: torch.sigmoid(model(part)).numpy(), x, work["predict"])
        return
    optimizer = torch.optim.Adam(model.parameters(), fused=options.get("fused", False))
    fit(model, optimizer, x, y, work, 1, first)
    fit(model, optimizer, x, y, work, 1)
    clock = Stopwatch()
    loss = fit(model, optimizer, x, y, work, work["epochs"])
    steps = work["epochs"] * -(-training_rows(work) // work["batch"])
    yield {**clock.line(steps), "loss": loss, **first.line()}


def moved_to_front(x):
    """The tokens of each row before its padding."""
    front = np.zeros_like(x)
    for row, tokens in enumerate(x):
        kept = tokens[tokens != 0]
        front[row, : len(kept)] = kept
    return front


def fit(model, optimizer, x, y, work, epochs, first=None):
    """As fit does it: shuffled batches, Adam, and a validation at the end of each epoch where rows are held out."""
    loss_of = nn.BCEWithLogitsLoss() if classifies(work) else nn.MSELoss()
    rows = training_rows(work)
    for _ in range(epochs):
        total = torch.zeros(())
        for chosen in torch.randperm(rows).split(work["batch"]):
            optimizer.zero_grad()
            loss = loss_of(model(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
            if first:
                first.done()
        if rows < len(x):
            with torch.no_grad():
                loss_of(model(x[rows:]), y[rows:])
    return float(total) / rows


if __name__ == "__main__":
    main(f"PyTorch {torch.__version__}", run)
