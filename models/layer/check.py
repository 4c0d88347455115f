"""What layers must satisfy, alone and after each other; a failure is one sentence with the key."""

from models.error import DesignError
from models.layer.section import ConvLayer, Layer, LinearLayer, LstmLayer
from models.number import EXACT_BITS
from models.section import Network, Schedule, Tile, is_power_of_two

#: Largest maps and numbers of vectors: beyond is a slip of the pen.
MOST_ELEMENTS = 1 << 22


def _check_window(index: int, layer: ConvLayer) -> None:
    """Refuse windows that do not fit their map, and maps that cannot be pooled."""
    smaller = min(layer.height, layer.width)
    padded = smaller + 2 * layer.padding
    if layer.kernel > padded:
        raise DesignError(
            f"layer.{index}.kernel: {layer.kernel} is more than the {padded} of the padded map"
        )
    if layer.padding >= layer.kernel:
        raise DesignError(
            f"layer.{index}.padding: {layer.padding} would let the kernel of {layer.kernel} see "
            "nothing but zeros"
        )
    found = min(layer.out_height, layer.out_width)
    if layer.pool > found:
        raise DesignError(
            f"layer.{index}.pool: {layer.pool} is more than the {found} of the map before pooling"
        )
    if max(layer.elements, layer.inputs, layer.reads * layer.rows) > MOST_ELEMENTS:
        raise DesignError(
            f"layer.{index}.height: a map of {layer.height} x {layer.width} under this kernel has "
            f"more than {MOST_ELEMENTS} elements"
        )


def _check_steps(index: int, layer: LstmLayer) -> None:
    if layer.errors < (layer.truncate or 1):
        raise DesignError(
            f"layer.{index}.truncate: {layer.truncate}, but there are {layer.steps} steps"
        )


def _check_map(index: int, layer: ConvLayer, below: ConvLayer) -> None:
    """Refuse a map that is not the one handed on, by its first side that differs."""
    sides = zip(("channels", "height", "width"), below.map, strict=True)
    for key, given in sides:
        wanted = getattr(layer, key)
        if wanted != given:
            raise DesignError(
                f"layer.{index}.{key}: {wanted}, but layer {index - 1} hands on {given}"
            )


def _inputs_key(layer: Layer) -> str:
    keys = {"linear": "inputs", "conv": "channels", "lstm": "features"}
    return keys[layer.kind]


def _check_inputs(index: int, layer: Layer, below: Layer) -> None:
    if isinstance(layer, ConvLayer) and isinstance(below, ConvLayer):
        _check_map(index, layer, below)
    if layer.inputs == below.outputs:
        return
    if isinstance(layer, LinearLayer):
        raise DesignError(
            f"layer.{index}.inputs: {layer.inputs}, but layer {index - 1} has "
            f"{below.outputs} outputs"
        )
    raise DesignError(
        f"layer.{index}.{_inputs_key(layer)}: makes {layer.inputs} inputs, but layer {index - 1} "
        f"has {below.outputs} outputs"
    )


def inputs_sentence(layer: Layer, pixels: int) -> str:
    """Return what is wrong with the inputs of the first layer for images of so many pixels."""
    key, made = _inputs_key(layer), "" if isinstance(layer, LinearLayer) else "makes "
    said = f"{made}{layer.inputs}{' inputs' if made else ''}"
    return f"layer.0.{key}: {said}, but an image has {pixels} pixels"


def _check_hardware(index: int, layer: Layer) -> None:
    if layer.learn_scale != "none":
        raise DesignError(
            f"layer.{index}.learn_scale: the hardware profile scales by shifts alone; set "
            "run.profile to 'behavioural'"
        )
    for key in ("scale", "adc_full_scale"):
        if not is_power_of_two(getattr(layer, key)):
            raise DesignError(
                f"layer.{index}.{key}: must be a power of two in the hardware profile, "
                f"not {getattr(layer, key)!r}"
            )


def check_layers(layers: tuple[Layer, ...], hardware: bool) -> None:
    """Refuse layers that do not fit each other.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    for index, layer in enumerate(layers):
        if isinstance(layer, ConvLayer):
            _check_window(index, layer)
        if isinstance(layer, LstmLayer):
            _check_steps(index, layer)
        if index:
            _check_inputs(index, layer, layers[index - 1])
        if hardware:
            _check_hardware(index, layer)


def _check_adapter(index: int, layer: LinearLayer, digital_bits: int, hardware: bool) -> None:
    rank, most = layer.adapter_rank, min(layer.inputs, layer.outputs)
    for key in ("adapter_scale", "adapter_base", "adapter_bias"):
        if rank is None and getattr(layer, key) is not None:
            raise DesignError(
                f"layer.{index}.{key}: there is no adapter without layer.{index}.adapter_rank"
            )
    if rank is None:
        return
    if rank > most:
        raise DesignError(
            f"layer.{index}.adapter_rank: {rank}, but the layer itself has a rank of at most {most}"
        )
    if layer.normalise or layer.learn_scale != "none":
        key = "normalise" if layer.normalise else "learn_scale"
        raise DesignError(f"layer.{index}.{key}: there is none in a layer with an adapter")
    scale = layer.adapter_scale
    if hardware and scale is not None and not is_power_of_two(scale):
        raise DesignError(
            f"layer.{index}.adapter_scale: must be a power of two in the hardware profile, "
            f"not {scale!r}"
        )
    bits = 2 * (digital_bits - 1) + max(layer.inputs, layer.outputs).bit_length()
    if hardware and layer.adapter_base == "digital" and bits > EXACT_BITS:
        raise DesignError(
            f"tile.digital_bits: sums of the digital base of layer.{index} would need {bits} bits, "
            f"more than the {EXACT_BITS} that are exact"
        )


def check_adapters(layers: tuple[Layer, ...], tile: Tile, hardware: bool) -> None:
    """Refuse adapters that cannot be made.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    for index, layer in enumerate(layers):
        if isinstance(layer, LinearLayer):
            _check_adapter(index, layer, tile.digital_bits, hardware)


def check_ends(layers: tuple[Layer, ...], network: Network, schedule: Schedule) -> None:
    """Refuse a last layer that no loss can follow, and a first one without the B that it needs.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    last, final = layers[-1], len(layers) - 1
    if not isinstance(last, LinearLayer):
        raise DesignError(f"layer.{final}.kind: the last layer must be 'linear', not {last.kind!r}")
    if network.loss == "cross-entropy" and last.activation != "linear":
        raise DesignError(
            f"layer.{final}.activation: cross-entropy brings its own softmax; "
            f"the last layer must be 'linear', not {last.activation!r}"
        )
    if last.dropout:
        raise DesignError(f"layer.{final}.dropout: the last layer's outputs are the answer")
    if isinstance(layers[0], LstmLayer) and not schedule.first_stage_backward:
        raise DesignError(
            "schedule.first_stage_backward: must be true where the first layer is an 'lstm': its "
            "errors go back through time in B"
        )
