"""Record what PyTorch computes for small layers into layers.json; run where it is installed.

`python -m tests.models.peer.record_layers` writes inputs, parameters, outputs and gradients of an
LSTM's last hidden state and of a convolution with tanh and both poolings, in float64.
"""

import json
from pathlib import Path

RECORD = Path(__file__).with_name("layers.json")
LSTM = {"features": 3, "hidden": 2, "steps": 4}
CONV = {
    "channels": 2, "height": 5, "width": 4, "filters": 2, "kernel": 3, "stride": 1, "padding": 1,
    "pool": 2,
}  # fmt: skip


def record_lstm() -> dict:
    import torch

    torch.manual_seed(0)
    layer = torch.nn.LSTM(LSTM["features"], LSTM["hidden"], batch_first=True, dtype=torch.float64)
    x = torch.randn(1, LSTM["steps"], LSTM["features"], dtype=torch.float64, requires_grad=True)
    out = torch.randn(LSTM["hidden"], dtype=torch.float64)
    h = layer(x)[1][0][0, 0]
    (h * out).sum().backward()
    return {
        "layer": LSTM,
        "x": x.detach().ravel().tolist(),
        "weights": [layer.weight_ih_l0.tolist(), layer.weight_hh_l0.tolist()],
        "bias": (layer.bias_ih_l0 + layer.bias_hh_l0).tolist(),
        "out": out.tolist(),
        "value": h.tolist(),
        "gradient": x.grad.ravel().tolist(),
        "weight_gradients": [layer.weight_ih_l0.grad.tolist(), layer.weight_hh_l0.grad.tolist()],
        "bias_gradient": layer.bias_ih_l0.grad.tolist(),
    }


def record_conv(kind: str) -> dict:
    import torch

    torch.manual_seed(1)
    shape = (CONV["channels"], CONV["height"], CONV["width"])
    layer = torch.nn.Conv2d(
        CONV["channels"],
        CONV["filters"],
        CONV["kernel"],
        CONV["stride"],
        CONV["padding"],
        dtype=torch.float64,
    )
    pool = {"max": torch.nn.MaxPool2d, "average": torch.nn.AvgPool2d}[kind](CONV["pool"])
    x = torch.randn(1, *shape, dtype=torch.float64, requires_grad=True)
    value = pool(torch.tanh(layer(x)))
    out = torch.randn(value.numel(), dtype=torch.float64)
    (value.ravel() * out).sum().backward()
    return {
        "layer": {**CONV, "pool_kind": kind},
        "x": x.detach().ravel().tolist(),
        "weights": layer.weight.flatten(1).tolist(),
        "bias": layer.bias.tolist(),
        "out": out.tolist(),
        "value": value.ravel().tolist(),
        "gradient": x.grad.ravel().tolist(),
        "weight_gradient": layer.weight.grad.flatten(1).tolist(),
        "bias_gradient": layer.bias.grad.tolist(),
    }


def record() -> dict:
    """Everything that layers.json holds."""
    import torch

    found = {"torch": torch.__version__, "lstm": record_lstm()}
    return found | {kind: record_conv(kind) for kind in ("max", "average")}


if __name__ == "__main__":
    RECORD.write_text(json.dumps(record(), indent=1) + "\n")
