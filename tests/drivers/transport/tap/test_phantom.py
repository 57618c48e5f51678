"""The register of phantoms."""

from pathlib import Path

import pytest

from drivers.contract import DeviceKind, PhantomFault
from drivers.transport.tap.phantom import REGISTER_BYTES_MAX, SHOWN_TO, PhantomKind, PhantomRegister

OWN = """
[plaster-head-2]
kind = "doll-head"
description = "Plaster head, grey, label SMW-2"
declared_by = "workshop Vilnius"
"""


def _own(folder: Path, text: str | bytes) -> Path:
    path = folder / "phantoms.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_every_kind_says_what_it_can_be_shown_to_and_none_is_a_person() -> None:
    assert SHOWN_TO.keys() == set(PhantomKind)
    assert all(SHOWN_TO.values())
    assert not {"person", "volunteer", "finger", "face"} & set(PhantomKind)


def test_own_phantoms_stand_beside_the_products(tmp_path: Path) -> None:
    register = PhantomRegister.load(_own(tmp_path, OWN))
    assert register.declared("plaster-head-2", kind=DeviceKind.CAMERA).kind is PhantomKind.DOLL_HEAD
    assert register.declared("empty-chair", kind=DeviceKind.CAMERA).kind.empty
    with pytest.raises(PhantomFault, match="kind doll-head says nothing to a fingerprint device"):
        register.declared("plaster-head-2", kind=DeviceKind.FINGERPRINT)
    with pytest.raises(
        PhantomFault, match=r"There is no such declared phantom; there are: .*grey-card.*plaster-head-2"
    ):
        register.declared("plaster-head-3", kind=DeviceKind.CAMERA)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OWN.replace("plaster-head-2", "empty-plate"), "declares a phantom 'empty-plate' already"),
        (OWN.replace("plaster-head-2", "Head 2").replace("[Head 2]", '["Head 2"]'), "declares nothing: id"),
        (OWN.replace("doll-head", "person"), "declares nothing: kind"),
        (OWN.replace("Plaster head, grey, label SMW-2", "head"), "declares nothing: description"),
        (OWN.replace('declared_by = "workshop Vilnius"', ""), "declares nothing: declared_by"),
        (OWN + "colour = 3", "declares nothing: colour"),
        (OWN + 'id = "another"', "not TOML with one table for each"),
        ("head = 3", "not TOML with one table for each"),
        ("[head", "not TOML with one table for each"),
        ("a = " + "[" * 5_000, "not TOML with one table for each"),
        (b"\xff\xfe", "cannot be read"),
        ("#" * (REGISTER_BYTES_MAX + 1), "no file of a register's size"),
    ],
)
def test_a_register_that_declares_nothing_is_refused(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(PhantomFault, match=sentence):
        PhantomRegister.load(_own(tmp_path, text))


def test_a_register_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(PhantomFault, match="The register of phantoms"):
            PhantomRegister.load(path)
