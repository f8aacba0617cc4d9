"""The nearest images, against distances taken one by one."""

import numpy as np

from data.neighbours import nearest


def test_they_are_those_at_the_least_distance_in_order() -> None:
    rng = np.random.default_rng(2)
    images, image = rng.random((200, 30)), rng.random(30)
    distances = [float(np.linalg.norm(other - image)) for other in images]
    by_hand = sorted(range(200), key=distances.__getitem__)
    assert nearest(images, image, 7).tolist() == by_hand[:7]


def test_an_image_that_is_among_them_is_its_own_nearest() -> None:
    images = np.random.default_rng(3).random((50, 10), dtype=np.float32)
    for row in (0, 17, 49):
        assert nearest(images, images[row], 1).tolist() == [row]


def test_asked_for_more_than_there_are_it_gives_all() -> None:
    images = np.eye(3)
    assert sorted(nearest(images, images[1], 10).tolist()) == [0, 1, 2]
