"""The nearest images are those found by computing each distance separately, nearest first."""

import numpy as np

from nn.nearest_images import nearest_images


def test_the_nearest_image_and_its_distance_by_hand() -> None:
    known = np.array([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0]])
    found, distances = nearest_images(np.array([[0.0, 0.1], [6.0, 8.0]]), known)
    np.testing.assert_array_equal(found, [[0], [1]])
    np.testing.assert_allclose(distances, [[0.1], [5.0]])


def test_they_come_in_order_of_distance() -> None:
    rng = np.random.default_rng(2)
    known, images = rng.random((200, 30)), rng.random((3, 30))
    found, distances = nearest_images(images, known, 7)
    for place, image in enumerate(images):
        one_by_one = [float(np.linalg.norm(other - image)) for other in known]
        assert found[place].tolist() == sorted(range(200), key=one_by_one.__getitem__)[:7]
        np.testing.assert_allclose(distances[place], sorted(one_by_one)[:7])


def test_a_known_image_is_its_own_nearest() -> None:
    known = np.random.default_rng(3).random((50, 10), dtype=np.float32)
    rows = [0, 17, 49]
    found, distances = nearest_images(known[rows], known)
    assert found[:, 0].tolist() == rows
    assert not distances.any()


def test_asking_for_more_than_are_known_gives_all() -> None:
    known = np.eye(3)
    assert sorted(nearest_images(known[:1], known, 10)[0][0]) == [0, 1, 2]
