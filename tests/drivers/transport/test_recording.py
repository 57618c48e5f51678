"""Whatever file stands in for a device: a picture, or an `UnreadableFault` of one sentence that repeats nothing."""

import contextlib
import os
import random
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from drivers.contract import UnreadableFault
from drivers.transport.recording import FILE_BYTES_MAX, FORMATS, read_grey, read_rgb, reduced, upright_size_px
from tests.drivers.pictures import colours, greys, write

ORIENTATION = 0x0112


def _file(folder: Path, content: bytes, *, name: str = "recording.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _encoded(mode: str, form: str, **options: object) -> bytes:
    content = BytesIO()
    Image.fromarray(colours()).convert(mode).save(content, form, **options)
    return content.getvalue()


def _refused(path: Path) -> str:
    """The sentence with which it is refused, as colour and as grey."""
    sentences = set()
    for read in (read_rgb, read_grey):
        with pytest.raises(UnreadableFault) as caught:
            read(path, name="the photo")
        # what Pillow said could hold anything, and goes no further
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        sentences.add(caught.value.sentence)
    (sentence,) = sentences
    assert "the photo" in sentence
    assert path.name not in sentence
    return sentence


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "ppm"])
def test_what_loses_nothing_is_read_byte_for_byte(ending: str, tmp_path: Path) -> None:
    assert np.array_equal(read_rgb(write(tmp_path / f"a.{ending}", colours()), name="x"), colours())


def test_a_pgm_is_grey_whatever_it_is_called(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pgm", greys()).rename(tmp_path / "a.txt")
    assert np.array_equal(read_grey(path, name="x"), greys())


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_that_is_allowed_is_read_and_can_be_overwritten(form: str, tmp_path: Path) -> None:
    path = _file(tmp_path, _encoded("RGB", form))
    for read, shape in ((read_rgb, (40, 30, 3)), (read_grey, (40, 30))):
        pixels = read(path, name="x")
        assert pixels.shape == shape
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        pixels.fill(0)


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("RGBA", "WEBP"),
    ],
)
def test_palettes_transparency_and_inks_become_plain_colour_and_plain_grey(
    mode: str, form: str, tmp_path: Path
) -> None:
    path = _file(tmp_path, _encoded(mode, form))
    assert read_rgb(path, name="x").shape == (40, 30, 3)
    assert read_grey(path, name="x").shape == (40, 30)


def test_transparency_does_not_darken_what_is_under_it(tmp_path: Path) -> None:
    glass = np.dstack([colours(), np.zeros((40, 30), np.uint8)])
    assert np.array_equal(read_rgb(write(tmp_path / "a.png", glass), name="x"), colours())


@pytest.mark.parametrize(("form", "orientation"), [("JPEG", 6), ("PNG", 8), ("TIFF", 3), ("WEBP", 5)])
def test_the_exif_orientation_is_applied(form: str, orientation: int, tmp_path: Path) -> None:
    # EXIF 2.32, 4.6.5.1.6: 3 turned half round, 5 mirrored and turned, 6 to be turned right, 8 to be turned left
    upright = {
        3: np.rot90(colours(), 2),
        5: np.transpose(colours(), (1, 0, 2)),
        6: np.rot90(colours(), -1),
        8: np.rot90(colours(), 1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options: dict[str, object] = {"quality": 100, "subsampling": 0} if form == "JPEG" else {}
    lossless: dict[str, object] = {"lossless": True} if form == "WEBP" else {}
    seen = read_rgb(_file(tmp_path, _encoded("RGB", form, exif=exif, **options, **lossless)), name="x")
    assert seen.shape == upright.shape
    assert np.abs(seen.astype(int) - upright).max() <= 6


def test_of_an_animation_the_first_picture_counts(tmp_path: Path) -> None:
    other = Image.fromarray(255 - colours())
    path = _file(tmp_path, _encoded("RGB", "PNG", save_all=True, append_images=[other]))
    assert np.array_equal(read_rgb(path, name="x"), colours())


@pytest.mark.parametrize("form", ["GIF", "ICO", "PDF", "ICNS", "TGA"])
def test_other_formats_are_refused(form: str, tmp_path: Path) -> None:
    assert "not a picture that is read here" in _refused(_file(tmp_path, _encoded("RGB", form)))


def test_an_animated_gif_is_refused(tmp_path: Path) -> None:
    other = Image.fromarray(255 - colours())
    content = _encoded("P", "GIF", save_all=True, append_images=[other])
    assert "not a picture that is read here" in _refused(_file(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"P5", b"just some text\n", b"\x00" * 4096, b"%!PS-Adobe-3.0 EPSF-3.0\n"])
def test_what_is_no_picture_is_refused_whatever_it_is_called(content: bytes, tmp_path: Path) -> None:
    _refused(_file(tmp_path, content, name="print.pgm"))


@pytest.mark.parametrize(("mode", "form"), [("I;16", "PNG"), ("I;16", "TIFF"), ("I;16", "PPM"), ("F", "TIFF")])
def test_grey_with_more_than_eight_bits_is_refused(mode: str, form: str, tmp_path: Path) -> None:
    values = colours()[..., 0].astype(np.float32 if mode == "F" else np.uint16) * 200
    content = BytesIO()
    Image.fromarray(values).save(content, form)
    assert "eight bits" in _refused(_file(tmp_path, content.getvalue()))


def test_colour_with_sixteen_bits_loses_its_lower_eight(tmp_path: Path) -> None:
    path = _file(tmp_path, b"P6 2 1 65535\n" + bytes([0x12, 0x34] * 6))
    assert set(read_rgb(path, name="x").flatten().tolist()) == {0x12}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "PPM"])
@pytest.mark.parametrize("share", [0.3, 0.8])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow warns of a TIFF's cut tags before it raises
def test_a_file_that_was_cut_off_is_refused(form: str, share: float, tmp_path: Path) -> None:
    content = _encoded("RGB", form)
    _refused(_file(tmp_path, content[: int(len(content) * share)]))


def _png_head(width_px: int, height_px: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize("side_px", [8001, 10_000, 50_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # Pillow's own, before our limit is asked
def test_a_huge_picture_is_refused_by_its_head(side_px: int, tmp_path: Path) -> None:
    bomb = _png_head(side_px, side_px) + struct.pack(">I", 1 << 20) + b"IDAT" + b"\x00" * 64
    assert {"pixels", "picture"} & set(_refused(_file(tmp_path, bomb)).rstrip(".").split())
    netpbm = f"P6 {side_px} {side_px} 255\n".encode()
    _refused(_file(tmp_path, netpbm))


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = _file(tmp_path, _encoded("RGB", "BMP"))
    os.truncate(path, FILE_BYTES_MAX + 1)
    assert "too large" in _refused(path)


def test_what_is_not_there_and_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    assert "There is no file" in _refused(tmp_path / "gone.png")
    folder, pipe = tmp_path / "folder.png", tmp_path / "pipe.png"
    folder.mkdir()
    os.mkfifo(pipe)
    assert "is not a file" in _refused(folder)
    # a pipe that nobody writes into would be waited on for ever
    assert "is not a file" in _refused(pipe)
    assert "is not a file" in _refused(Path("/dev/zero"))


def test_what_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", colours())
    path.chmod(0)
    look = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from drivers.contract import UnreadableFault\n"
        "from drivers.transport.recording import read_rgb\n"
        "opened = os.open(sys.argv[1], os.O_PATH)\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: read_rgb(Path(f'/proc/self/fd/{opened}'), name='the photo')\n"
        "except UnreadableFault as fault: print(fault.sentence)\n"
    )
    said = subprocess.run([sys.executable, "-c", look, str(path)], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "The file for the photo may not be read by the station."


def test_damaged_orientation_tags_are_refused_too(tmp_path: Path) -> None:
    # found by the search below: a fraction where a whole number belongs, in a tag that is written back when turned
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x0100] = 7
    content = bytearray(_encoded("RGB", "JPEG", exif=exif))
    entry = content.index(b"\x01\x00\x00\x04")
    content[entry + 3] = 12
    _refused_or_read(_file(tmp_path, bytes(content)))


def _refused_or_read(path: Path) -> None:
    with contextlib.suppress(UnreadableFault):
        assert read_rgb(path, name="x").ndim == 3


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.filterwarnings("ignore:::PIL")  # what Pillow says of damage, it says as warnings of many kinds
def test_damage_anywhere_is_a_fault_or_a_picture_and_nothing_else(form: str, tmp_path: Path) -> None:
    dice = random.Random(form)
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010F] = 6, "maker"
    options = {} if form in {"PPM", "BMP"} else {"exif": exif}
    whole = _encoded("L", form, **options)
    path = tmp_path / "recording.bin"
    for _ in range(250):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 2, 5])):
            damaged[dice.randrange(dice.choice([min(len(whole), 120), len(whole)]))] = dice.randrange(256)
        path.write_bytes(damaged)
        _refused_or_read(path)


def test_a_reduced_copy_averages_and_keeps_the_shape() -> None:
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, 4:] = 200
    small = reduced(pixels, long_px=2)
    assert small.tolist() == [[[0, 0, 0], [200, 200, 200]]]
    assert reduced(pixels, long_px=1).tolist() == [[[100, 100, 100]]]
    same = reduced(pixels, long_px=8)
    assert np.array_equal(same, pixels)
    assert not np.shares_memory(same, pixels)


@pytest.mark.parametrize("orientation", range(9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tiff", "webp"])
def test_the_size_out_of_the_head_is_that_of_the_upright_picture(tmp_path: Path, orientation: int, ending: str) -> None:
    picture = Image.fromarray(np.zeros((40, 24, 3), np.uint8))
    exif = picture.getexif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"turned.{ending}"
    picture.save(path, exif=exif)
    assert upright_size_px(path, name="it") == read_rgb(path, name="it").shape[:2]


@pytest.mark.parametrize("said", [b"", b"no picture"])
def test_the_size_of_what_is_no_picture_is_the_same_fault(tmp_path: Path, said: bytes) -> None:
    (tmp_path / "it").write_bytes(said)
    with pytest.raises(UnreadableFault, match="not a picture"):
        upright_size_px(tmp_path / "it", name="it")
