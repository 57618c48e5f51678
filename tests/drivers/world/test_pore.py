import numpy as np

from drivers.world.pore import draw_pores


def test_pores_lie_on_crests() -> None:
    rows = np.arange(160, dtype=np.float32)[:, None]
    ridges = np.cos(2 * np.pi * rows / 10) * np.ones((1, 200), np.float32)
    pores = draw_pores(ridges.astype(np.float32), np.random.default_rng(4))
    deep = pores > 0.4
    assert np.count_nonzero(deep) > 200
    assert ridges[deep].mean() > 0.8
    assert pores.min() >= 0
