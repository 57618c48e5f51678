"""`smilius quality face` on the one photograph, on what is made from it, and on what is none."""

import json
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drivers.world.photograph import astronaut
from provisioning.cli import main
from tests.capture.face.pictures import enlarged

ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("face") / "portrait.png"
    Image.fromarray(enlarged(astronaut(), 3.2)[:900, 300:1200]).save(path)
    return path


def _json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_picture_is_a_line(portrait: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "face", "--json", str(portrait), str(portrait)]) == 0
    first, second = _json(capsys)
    assert first == second
    assert set(first) == {"file", "code", "failure", "faces", "portrait", "components", "gates", "hints", "reasons"}
    assert first["portrait"]["width_px"] == 480
    assert len(first["faces"]) == 1
    assert first["hints"] == ["mouth_closed", "sharpness_smilius"]
    assert set(first["gates"]["yaw"]) == {"value", "unit", "limit", "verdict", "sentence", "client_sentence"}
    assert first["gates"]["mouth_closed"]["verdict"] == "fail"
    assert first["gates"]["mouth_closed"]["sentence"] in first["reasons"]
    assert {gate["verdict"] for gate in first["gates"].values()} == {"pass", "fail", "not_assessed"}


def test_the_standards_components_are_there_with_raw_and_mapped_value(
    portrait: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["quality", "face", "--json", str(portrait)]) == 0
    (told,) = _json(capsys)
    components = told["components"]
    assert components["InterEyeDistance"]["raw"] == pytest.approx(138, abs=2)
    assert components["InterEyeDistance"]["value"] == pytest.approx(97, abs=1)
    assert components["SingleFacePresent"] == {**components["SingleFacePresent"], "raw": 0, "value": 100}
    assert all({"raw", "value"} <= set(one) or "failure" in one for one in components.values())
    # what needs the reference's networks is left out, and never guessed
    assert not {"UnifiedQualityScore", "Sharpness", "ExpressionNeutrality"} & set(components)
    assert main(["quality", "face", str(portrait)]) == 0
    assert "component    InterEyeDistance" in capsys.readouterr().out


def test_for_people_it_is_text_with_every_gate(portrait: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "face", str(portrait)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{portrait}: one face, a portrait, 28 gates passed, 2 failed, 4 for a person")
    assert any(line.split()[:2] == ["fail", "mouth_closed"] for line in lines)


def test_a_turned_photograph_is_read_upright(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a telephone writes it: the pixels lie on their side and a tag says so."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    with Image.open(portrait) as upright:
        upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "side.png", exif=exif)
    assert main(["quality", "face", "--json", str(portrait), str(tmp_path / "side.png")]) == 0
    upright_told, side_told = _json(capsys)
    assert side_told["gates"] == upright_told["gates"]


def test_a_picture_with_too_few_pixels_says_how_much_nearer(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(portrait) as large:
        large.resize((large.width // 2, large.height // 2)).save(tmp_path / "small.png")
    assert main(["quality", "face", "--json", str(tmp_path / "small.png")]) == 0
    (told,) = _json(capsys)
    assert told["hints"][0] == "too-few-pixels"
    assert told["reasons"][0].endswith(": come closer to the camera, to about 55 % of this distance.")


def test_a_picture_without_a_face_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.full((480, 640, 3), 128, np.uint8)).save(tmp_path / "wall.png")
    assert main(["quality", "face", "--json", str(tmp_path / "wall.png"), "--explain", str(tmp_path / "why")]) == 0
    (told,) = _json(capsys)
    assert (told["faces"], told["portrait"], told["gates"], told["hints"]) == ([], None, {}, ["no-face"])
    assert [path.name for path in (tmp_path / "why").iterdir()] == ["wall.png"]


def _saved(mode: str, form: str, **options: Any) -> Callable[[Image.Image], bytes]:
    def save(picture: Image.Image) -> bytes:
        content = BytesIO()
        picture.convert(mode).save(content, form, **options)
        return content.getvalue()

    return save


@pytest.mark.parametrize(
    ("save", "colour"),
    [
        (_saved("RGB", "JPEG", quality=95), "pass"),
        (_saved("RGBA", "PNG"), "pass"),
        (_saved("RGB", "WEBP", quality=95), "pass"),
        (_saved("RGB", "PNG", save_all=True, append_images=[Image.new("RGB", (900, 900))]), "pass"),
        (_saved("CMYK", "JPEG", quality=95), "pass"),
        (_saved("L", "PNG"), "fail"),
    ],
    ids=["jpeg", "alpha", "webp", "animated", "cmyk", "grey"],
)
def test_every_kind_of_picture_is_examined_and_grey_is_told(
    save: Callable[[Image.Image], bytes],
    colour: str,
    *,
    portrait: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Image.open(portrait) as picture:
        (tmp_path / "kind").write_bytes(save(picture))
    assert main(["quality", "face", "--json", str(tmp_path / "kind")]) == 0
    (told,) = _json(capsys)
    assert told["gates"]["natural_colour"]["verdict"] == colour


def _head(width_px: int, height_px: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def _sixteen(_: Image.Image) -> bytes:
    content = BytesIO()
    Image.fromarray(np.full((40, 40), 7000, np.uint16)).save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda picture: _saved("RGB", "JPEG")(picture)[:9000], "is damaged"),
        (lambda _: _head(50_000, 50_000) + struct.pack(">I", 1 << 20) + b"IDAT" + b"\0" * 64, "too many pixels"),
        (_sixteen, "eight bits a channel"),
        (lambda _: b"", "is not a picture that is read here"),
    ],
    ids=["cut off", "50,000 x 50,000", "16 bits", "empty"],
)
def test_what_cannot_be_read_is_refused_with_a_code_and_keeps_no_other_back(
    make: Callable[[Image.Image], bytes],
    sentence: str,
    *,
    portrait: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Image.open(portrait) as picture:
        (tmp_path / "bad.png").write_bytes(make(picture))
    assert main(["quality", "face", "--json", str(tmp_path / "bad.png"), str(portrait)]) == 2
    refused, examined = _json(capsys)
    assert set(refused) == {"file", "code", "failure"}
    assert refused["code"] == "recording-unreadable"
    assert sentence in refused["failure"]
    assert refused["failure"].count(".") in {1, 2}
    assert examined["portrait"] is not None


def test_for_people_a_refusal_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "face", str(tmp_path / "gone.png")]) == 2
    assert capsys.readouterr().out == f"{tmp_path / 'gone.png'}: not examined. There is no file for gone.png.\n"


def test_a_folder_that_cannot_be_written_is_refused(portrait: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quality", "face", str(portrait), "--explain", str(portrait)]) == 2
    assert capsys.readouterr().err == "smilius: The pictures that explain cannot be written there.\n"
