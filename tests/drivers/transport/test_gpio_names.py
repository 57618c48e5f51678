from pathlib import Path

from drivers.transport.gpio_names import ChipLines, read_lines


def test_what_is_no_chip_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").touch()
    assert read_lines(str(tmp_path / "gpiochip0")) == ChipLines()
    assert read_lines(str(tmp_path / "gpiochip1")) == ChipLines()
