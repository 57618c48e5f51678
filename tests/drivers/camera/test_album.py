"""What a folder of pictures may hold, and what is said of one that may not."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from drivers.camera import album
from drivers.camera.album import Told, read_album
from drivers.contract import UnreadableFault
from tests.drivers.pictures import colours, greys, write


def _filled(folder: Path) -> Path:
    for name in ("b.png", "a.png", "c.bmp"):
        write(folder / name, colours())
    return folder


def _tell(folder: Path, name: str, said: object) -> None:
    (folder / f"{name}.json").write_text(said if isinstance(said, str) else json.dumps(said))


def test_pictures_come_in_the_order_of_their_names_with_what_is_told_of_them(tmp_path: Path) -> None:
    _filled(tmp_path)
    (tmp_path / ".hidden").write_text("not a picture")
    _tell(tmp_path, "b.png", {"exposure_us": 10_000, "gain_ratio": 2, "focal_px": 900})
    shots = read_album(tmp_path)
    assert [shot.path.name for shot in shots] == ["a.png", "b.png", "c.bmp"]
    assert shots[0].told == Told()
    assert shots[0].told.settings is None
    assert shots[1].told.focal_px == 900
    settings = shots[1].told.settings
    assert settings is not None
    assert (settings.exposure_us, settings.gain_ratio) == (10_000, 2)
    assert np.array_equal(shots[2].pixels(), colours())


def test_a_picture_that_lies_is_turned_and_has_the_size_that_it_shows(tmp_path: Path) -> None:
    lying = Image.fromarray(colours(30, 40))
    exif = lying.getexif()
    exif[ExifTags.Base.Orientation] = 6
    lying.save(tmp_path / "a.jpg", exif=exif)
    write(tmp_path / "b.png", colours(40, 30))
    first, second = read_album(tmp_path)
    assert first.size_px == second.size_px == (40, 30)
    assert first.pixels().shape == second.pixels().shape


def test_a_picture_is_decoded_when_it_is_shown_and_not_before(tmp_path: Path) -> None:
    whole = write(_filled(tmp_path) / "d.png", colours(400, 300))
    for path in tmp_path.glob("[abc].*"):
        path.unlink()
    whole.write_bytes(whole.read_bytes()[:200])
    (shot,) = read_album(tmp_path)
    with pytest.raises(UnreadableFault, match=r"for 'd\.png' is damaged"):
        shot.pixels()


def test_a_picture_that_is_another_one_now_is_told_from_the_one_that_was_there(tmp_path: Path) -> None:
    shot, *_ = read_album(_filled(tmp_path))
    write(shot.path, colours(8, 8))
    with pytest.raises(UnreadableFault, match=r"'a\.png' has another size than before"):
        shot.pixels()
    shot.path.unlink()
    with pytest.raises(UnreadableFault, match=r"no file for 'a\.png'"):
        shot.pixels()


def _text(folder: Path) -> None:
    (folder / "notes\n.txt").write_text("not a picture")


def _another_size(folder: Path) -> None:
    write(folder / "b2.png", colours(41, 30))


def _subfolder(folder: Path) -> None:
    (folder / "sub").mkdir()


def _sixteen_bits(folder: Path) -> None:
    Image.fromarray(greys().astype(np.uint16)).save(folder / "deep.png")


def _orphan(folder: Path) -> None:
    _tell(folder, "z.png", {})


def _too_large(folder: Path) -> None:
    _tell(folder, "a.png", "{" + " " * 5_000 + "}")


def _sidecar_folder(folder: Path) -> None:
    (folder / "a.png.json").mkdir()


def _one_time(folder: Path) -> None:
    _tell(folder, "b.png", {"taken_ms": 5})


def _backwards(folder: Path) -> None:
    for name, taken_ms in (("a.png", 0), ("b.png", 40), ("c.bmp", 40)):
        _tell(folder, name, {"taken_ms": taken_ms})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_text, r"'notes\\n\.txt' is not a picture"),
        (_another_size, r"'b2\.png' has another size than the one before"),
        (_subfolder, r"'sub' is not a file"),
        (_sixteen_bits, r"'deep\.png' does not have eight bits"),
        (_orphan, r"'z\.png\.json' stands beside no picture"),
        (_too_large, r"sidecar of 'a\.png' is not a file, or is too large"),
        (_sidecar_folder, r"sidecar of 'a\.png' is not a file, or is too large"),
        (_one_time, r"'b\.png' and the picture before it only one"),
        (_backwards, r"'c\.bmp' was taken no later"),
    ],
)
def test_what_does_not_belong_is_named_by_its_name_alone(
    tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(_filled(tmp_path))
    with pytest.raises(UnreadableFault, match=said) as caught:
        read_album(tmp_path)
    assert str(tmp_path) not in caught.value.sentence
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"focal_lenght": 900}, "used: unknown key"),
        ({"focal_px": 1}, "used: focal_px"),
        ({"taken_ms": -1, "my name": "secret"}, "used: taken_ms, unknown key"),
        ('{"gain_ratio": NaN}', "gain_ratio"),
        ("[]", "no JSON object"),
        ("{", "no JSON object"),
    ],
)
def test_a_sidecar_that_is_wrong_says_where_and_not_what(tmp_path: Path, said: object, place: str) -> None:
    _tell(_filled(tmp_path), "a.png", said)
    with pytest.raises(UnreadableFault, match=place) as caught:
        read_album(tmp_path)
    assert "secret" not in caught.value.sentence
    assert "my name" not in caught.value.sentence


def test_a_folder_that_is_none_is_empty_or_holds_too_many_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "a.png", colours())
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    for number in range(album.PICTURES_MAX + 1):
        (tmp_path / "full" / str(number)).touch()
    for folder, said in (("gone", "no folder"), (file.name, "no folder"), ("empty", "is empty"), ("full", "more than")):
        with pytest.raises(UnreadableFault, match=said):
            read_album(tmp_path / folder)
