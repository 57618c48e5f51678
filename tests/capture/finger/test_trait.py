"""Traits are plain functions of the native measures."""

import pytest

from capture.finger.trait import TRAITS, traits_of

BINS = {
    f"{prefix}_Bin10_{place}": float(place + 1) for prefix in ("FDA", "LCS", "OCL", "OF", "RVUP") for place in range(10)
}
VALUES = BINS | {
    "FDA_Bin10_StdDev": 0.2,
    "RVUP_Bin10_StdDev": 0.7,
    "OrientationMap_ROIFilter_CoherenceRel": 0.6,
    "ImgProcROIArea_Mean": 130.0,
}


def test_each_trait_reads_its_bins() -> None:
    assert traits_of(VALUES) == pytest.approx(
        {
            "squares_with_a_clear_frequency": 7 + 8 + 9,
            "squares_with_a_pure_frequency": 9,
            "share_with_a_clear_frequency": (8 + 9) / 55,
            "squares_without_a_frequency": 1 + 10,
            "unevenness_of_frequency": 0.2,
            "squares_with_clear_ridges": 5 + 6 + 7 + 8 + 9 + 10,
            "share_with_very_clear_ridges": (7 + 8 + 9 + 10) / 55,
            "root_of_plausible_width_ratios": (2 + 3 + 4 + 5 + 6 + 7) ** 0.5,
            "share_of_even_widths": (4 + 5) / 55,
            "unevenness_of_widths": 0.7,
            "coherence": 0.6,
            "lightness_up_to_right": 130.0,
        }
    )


def test_no_two_traits_have_one_name() -> None:
    assert len({trait.name for trait in TRAITS}) == len(TRAITS)


def test_a_pale_finger_is_no_better_than_a_right_one() -> None:
    right, pale = (traits_of(VALUES | {"ImgProcROIArea_Mean": level}) for level in (165.0, 220.0))
    assert pale == right
