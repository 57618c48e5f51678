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
    "OrientationMap_ROIFilter_CoherenceSum": 40.0,
    "ImgProcROIArea_Mean": 130.0,
    "UniformImage": 50.0,
}


def test_each_trait_reads_its_bins() -> None:
    assert traits_of(VALUES) == pytest.approx(
        {
            "squares_with_a_pure_frequency": 9,
            "unevenness_of_frequency": 0.2,
            "clear_squares_less_unclear_ones": (5 + 6 + 7 + 8 + 9 + 10) - (2 + 3),
            "root_of_widths_times_even_share": (2 + 3 + 4 + 5 + 6 + 7) ** 0.5 * (4 + 5 + 6) / 55,
            "coherence": 0.6,
            "coherent_area_times_clear_frequency": 40 * (7 + 8 + 9) / 55,
            "lightness_up_to_right": 130.0,
            "contrast_up_to_right": 50.0,
        }
    )


def test_no_two_traits_have_one_name() -> None:
    assert len({trait.name for trait in TRAITS}) == len(TRAITS)


def test_a_pale_finger_is_no_better_than_a_right_one() -> None:
    right, pale = (traits_of(VALUES | {"ImgProcROIArea_Mean": level}) for level in (150.0, 220.0))
    assert pale == right


def test_more_contrast_than_enough_is_no_better() -> None:
    enough, more = (traits_of(VALUES | {"UniformImage": deviation}) for deviation in (60.0, 90.0))
    assert more == enough
