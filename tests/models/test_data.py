"""The embedded digits and the reader of MNIST's format, each wrong file with its sentence."""

import gzip
import struct
from importlib.resources import files

import numpy as np
import pytest

from models.data import load_data, read_idx, read_images, sample_order
from models.error import DesignError
from models.section import Data

PIXELS = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
LABELS = np.array([7, 0, 9], np.uint8)


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def folder(path, images=PIXELS, labels=LABELS, tests=LABELS):
    for prefix, marks in (("train", labels), ("t10k", tests)):
        (path / f"{prefix}-images-idx3-ubyte").write_bytes(idx(images))
        (path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(marks)))
    return path


def sentence(function, *arguments) -> str:
    with pytest.raises(DesignError) as caught:
        function(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("array", [LABELS, PIXELS[0], PIXELS])
def test_an_idx_file_is_read_in_its_shape(tmp_path, array, compress):
    path = tmp_path / "some-idx"
    path.write_bytes(compress(idx(array)))
    assert (read_idx(path) == array).all()
    assert read_idx(path).shape == array.shape


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none"
    assert sentence(read_idx, path) == f"{path}: there is no such file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an IDX file of unsigned bytes"),
        (b"\0\0\x08", "not an IDX file of unsigned bytes"),
        (b"\x89PNG....", "not an IDX file of unsigned bytes"),
        (b"\0\0\x0d\x01\0\0\0\0", "not an IDX file of unsigned bytes"),
        (b"\0\0\x08\x04" + bytes(16), "not an IDX file of unsigned bytes"),
        (b"\0\0\x08\x00", "not an IDX file of unsigned bytes"),
        (idx(PIXELS)[:15], "truncated inside its header"),
        (idx(PIXELS)[:-1], "holds 23 bytes of data, but its header says 24"),
        (idx(PIXELS) + b"x", "holds 25 bytes of data, but its header says 24"),
    ],
)
def test_a_wrong_file_has_one_sentence(tmp_path, content, reason):
    path = tmp_path / "wrong"
    for made in (content, gzip.compress(content)):
        path.write_bytes(made)
        assert sentence(read_idx, path) == f"{path}: {reason}"


def test_a_truncated_or_damaged_gzip_cannot_be_read(tmp_path):
    path, whole = tmp_path / "cut.gz", gzip.compress(idx(PIXELS))
    path.write_bytes(whole[:-12])
    assert sentence(read_idx, path) == (
        f"{path}: cannot be read: Compressed file ended before the end-of-stream marker was reached"
    )
    path.write_bytes(whole[:10] + bytes([whole[10] ^ 0xFF]) + whole[11:])
    assert sentence(read_idx, path).startswith(f"{path}: cannot be read: ")


def test_a_folder_is_no_idx_file(tmp_path):
    assert sentence(read_idx, tmp_path) == (
        f"{tmp_path}: cannot be read: [Errno 21] Is a directory: '{tmp_path}'"
    )


def test_images_and_labels_are_found_compressed_or_not(tmp_path):
    found = read_images(folder(tmp_path), "train")
    assert (found.pixels == PIXELS.reshape(3, 8)).all()
    assert found.labels.tolist() == [7, 0, 9]
    assert found.labels.dtype == np.int64
    assert len(found) == 3


def test_names_with_a_dot_are_found(tmp_path):
    (tmp_path / "train-images.idx3-ubyte").write_bytes(idx(PIXELS))
    (tmp_path / "train-labels.idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS)))
    assert read_images(tmp_path, "train").labels.tolist() == [7, 0, 9]


def test_a_folder_without_the_files_is_named(tmp_path):
    assert sentence(read_images, tmp_path, "train") == (
        f"{tmp_path}: holds no train-images-idx3-ubyte (.gz or not)"
    )


def test_as_many_labels_as_images_are_needed(tmp_path):
    path = folder(tmp_path, labels=LABELS[:2])
    assert sentence(read_images, path, "train") == (
        f"{path / 'train-labels-idx1-ubyte.gz'}: holds 2 labels for 3 images"
    )


def test_an_empty_set_is_refused(tmp_path):
    path = folder(tmp_path, images=PIXELS[:0], labels=LABELS[:0])
    assert sentence(read_images, path, "train") == (
        f"{path / 'train-labels-idx1-ubyte.gz'}: holds 0 labels for 0 images"
    )


def test_images_of_one_dimension_are_refused(tmp_path):
    path = folder(tmp_path, images=LABELS)
    assert sentence(read_images, path, "train") == (
        f"{path / 'train-images-idx3-ubyte'}: needs images of 3 dimensions and labels of 1"
    )


def test_an_idx_folder_is_a_dataset(tmp_path):
    found = load_data(Data(name="idx", path=str(folder(tmp_path)), limit=2))
    assert (len(found.train), len(found.test), found.peak, found.classes) == (2, 3, 255, 10)


def test_pixels_are_writable_whatever_their_source(tmp_path):
    """So compiled code sees one type of array, and is compiled once."""
    for data in (Data(), Data(name="idx", path=str(folder(tmp_path)))):
        flags = load_data(data).train.pixels.flags
        assert flags.writeable
        assert flags.c_contiguous


def test_a_path_that_is_no_folder_is_named(tmp_path):
    path = tmp_path / "absent"
    assert sentence(load_data, Data(name="idx", path=str(path))) == (
        f"data.path: {path} is no folder"
    )


@pytest.mark.parametrize("shift", [(1, 0), (0, 1), (-2, 3), (7, -7), (0, 0)])
def test_shifted_digits_are_the_digits_moved_pixel_by_pixel(shift):
    right, down = shift
    found = load_data(Data(name="shifted-digits", shift=shift)).train
    plain = load_data(Data()).train
    wanted = np.zeros((len(plain), 8, 8), np.uint8)
    for y in range(8):
        for x in range(8):
            if 0 <= y + down < 8 and 0 <= x + right < 8:
                wanted[:, y + down, x + right] = plain.pixels.reshape(-1, 8, 8)[:, y, x]
    assert (found.pixels.reshape(-1, 8, 8) == wanted).all()
    assert (found.labels == plain.labels).all()


def test_digits_move_one_pixel_to_the_right_by_default():
    found = load_data(Data(name="shifted-digits"))
    wanted = load_data(Data(name="shifted-digits", shift=(1, 0)))
    assert (found.train.pixels == wanted.train.pixels).all()
    assert (found.test.pixels != load_data(Data()).test.pixels).any()


def test_a_spiral_without_noise_lies_on_its_arms():
    """Radius r in 0..1 and angle 4 (arm + r), each coordinate to half a byte step of 1/127."""
    data = load_data(Data(name="spiral", points=40, noise=0.0))
    assert (len(data.train), len(data.test), data.classes) == (96, 24, 3)
    assert (data.peak, data.zero) == (127, 128)
    pixels = np.concatenate([data.train.pixels, data.test.pixels])
    arms = np.concatenate([data.train.labels, data.test.labels])
    assert np.bincount(arms).tolist() == [40, 40, 40]
    plane = (pixels.astype(float) - 128) / 127
    grid = np.linspace(0, 1, 40)
    for arm in range(3):
        own = {tuple(point) for point in plane[arms == arm].round(6).tolist()}
        angle = 4 * (arm + grid)
        on = np.rint(127 * grid[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)) / 127
        assert own == {tuple(point) for point in on.round(6).tolist()}


def test_the_noise_of_a_spiral_follows_its_seed():
    """The angle about its arm is normal: mean and spread within 4 standard errors."""
    kept = [load_data(Data(name="spiral", points=4000, seed=seed)).train for seed in (0, 0, 1)]
    assert (kept[0].pixels == kept[1].pixels).all()
    assert (kept[0].pixels != kept[2].pixels).any()
    plane = (kept[0].pixels.astype(float) - 128) / 127
    radius = np.hypot(*plane.T)
    angle = np.arctan2(plane[:, 0], plane[:, 1]) - 4 * (kept[0].labels + radius)
    off = ((angle + np.pi) % (2 * np.pi) - np.pi)[radius > 0.5]
    assert abs(off.mean()) < 4 * 0.2 / len(off) ** 0.5
    assert abs(off.std() - 0.2) < 4 * 0.2 / (2 * len(off)) ** 0.5


def all_digits():
    with_tests = load_data(Data())
    pixels = np.concatenate([with_tests.train.pixels, with_tests.test.pixels])
    return pixels, np.concatenate([with_tests.train.labels, with_tests.test.labels])


def test_the_digits_are_the_known_1797_images():
    """Alpaydin & Kaynak's test set: 8 x 8 pixels of 0..16, this many of each class."""
    pixels, labels = all_digits()
    assert pixels.shape == (1797, 64)
    assert (pixels.min(), pixels.max()) == (0, 16)
    counts = np.bincount(labels).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_first_digits_are_those_of_the_set():
    """They stand in the order 0..9, and the first zero is the one of every textbook."""
    with_order = read_images(files("models") / "dataset", "digits")
    assert with_order.labels[:30].tolist() == [*range(10)] * 3
    first = with_order.pixels[0].reshape(8, 8).tolist()
    assert first[0] == [0, 0, 5, 13, 9, 1, 0, 0]
    assert first[1] == [0, 0, 13, 15, 10, 15, 5, 0]
    assert first[7] == [0, 0, 6, 13, 10, 0, 0, 0]
    assert int(with_order.pixels.sum(dtype=np.int64)) == 561718


def test_the_split_is_1438_to_359_without_overlap():
    data = load_data(Data())
    assert (len(data.train), len(data.test), data.peak, data.classes) == (1438, 359, 16, 10)
    whole = read_images(files("models") / "dataset", "digits")
    joined = np.concatenate([data.train.pixels, data.test.pixels])
    assert sorted(map(bytes, joined)) == sorted(map(bytes, whole.pixels))


def test_the_split_follows_its_seed_and_fraction():
    a, b, c = (load_data(Data(split_seed=seed)) for seed in (0, 0, 1))
    assert (a.train.pixels == b.train.pixels).all()
    assert (a.train.pixels != c.train.pixels).any()
    half = load_data(Data(test_fraction=0.5))
    assert (len(half.train), len(half.test)) == (898, 899)


def test_a_limit_cuts_the_training_set_alone():
    data = load_data(Data(limit=10))
    assert (len(data.train), len(data.test)) == (10, 359)
    assert (data.train.labels == load_data(Data()).train.labels[:10]).all()


def test_a_limit_of_its_own_cuts_the_test_set():
    data = load_data(Data(test_limit=10))
    assert (len(data.train), len(data.test)) == (1438, 10)
    assert (data.test.labels == load_data(Data()).test.labels[:10]).all()


@pytest.mark.parametrize("fraction", [0.0001, 0.9999])
def test_a_split_that_leaves_nothing_is_refused(fraction):
    assert sentence(load_data, Data(test_fraction=fraction)) == (
        f"data.test_fraction: {fraction} leaves nothing on one side"
    )


def test_the_digits_come_with_their_licence():
    text = (files("models") / "dataset" / "LICENSE.md").read_text()
    assert "CC BY 4.0" in text or "Creative Commons Attribution 4.0" in text
    assert "Alpaydin" in text


def test_every_epoch_has_an_order_of_its_own():
    orders = [sample_order(seed, epoch, 100) for seed in (0, 1) for epoch in (0, 1)]
    assert all(sorted(order.tolist()) == list(range(100)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 4
    assert (sample_order(0, 1, 100) == orders[1]).all()
