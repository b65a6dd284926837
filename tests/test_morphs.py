"""Ways between codes, and which of them never turn round."""

import numpy as np

from neural.evaluation.morphs import one_way, ways


def test_every_pair_has_its_way():
    z = np.random.default_rng(0).standard_normal((4, 2, 3)).astype(np.float32)
    way = ways(z, n_stops=3)
    assert way.shape == (3, 6, 2, 3) and way.dtype == np.float32
    np.testing.assert_allclose(way[:, 0], [z[0], (z[0] + z[1]) / 2, z[1]], atol=1e-6)
    np.testing.assert_array_equal(way[-1, -1], z[3])


def test_only_ways_with_a_distance_count():
    #        up   down  turns  equal ends
    found = [[100, 400, 100, 100], [200, 300, 90, 300], [300, 200, 200, 105]]
    found = np.array(found, float)
    assert one_way(found) == 2 / 3
    assert one_way(found, apart=1.0) == 2 / 4
    assert one_way(found, apart=2.5) == 1.0  # 100 to 300 alone
