"""Doodles made of parts have the stated number of them, and none is a digit by construction."""

import numpy as np

from recipe.negatives import everyday_objects, scribbled_words
from recipe.negatives.doodles import DOODLES


def test_random_signs_have_more_parts_than_most_digits() -> None:
    for kind, least, most in (("glyph", 4, 6), ("rune", 3, 5), ("dots", 3, 9), ("rings", 3, 5), ("object", 3, 5)):
        counts = {len(DOODLES[kind](np.random.default_rng(seed))) for seed in range(80)}
        assert counts == set(range(least, most + 1)), kind


def test_a_sun_shines_in_all_directions() -> None:
    for seed in range(10):
        _, *rays = DOODLES["sun"](np.random.default_rng(seed))
        directions = np.sort([np.arctan2(ray[0, 1], ray[0, 0]) for ray in rays])
        np.testing.assert_allclose(np.diff(directions), 2 * np.pi / len(rays))


def test_a_word_runs_to_the_right_on_one_line() -> None:
    for seed in range(20):
        word = scribbled_words.word(np.random.default_rng(seed))[0]
        assert np.ptp(word[:, 0]) > 0.9, "three letters at least"
        assert np.ptp(word[:, 1]) < 4


def test_a_signature_is_a_word_with_a_flourish() -> None:
    word, signature = (make(np.random.default_rng(4)) for make in (scribbled_words.word, scribbled_words.signature))
    assert len(signature) == len(word) + 1
    for mine, theirs in zip(word, signature, strict=False):
        np.testing.assert_array_equal(mine, theirs)


def test_everyday_objects_have_one_to_six_finite_strokes() -> None:
    rng = np.random.default_rng(0)
    drawn = [everyday_objects.everyday_object(rng) for _ in range(400)]
    assert {len(strokes) for strokes in drawn} == {1, 2, 3, 4, 5, 6}
    assert all(np.isfinite(stroke).all() for strokes in drawn for stroke in strokes)


def test_a_ring_is_round_and_a_line_straight() -> None:
    """A clock is a ring and two hands."""
    clock = next(
        strokes
        for seed in range(500)
        if len(strokes := everyday_objects.everyday_object(np.random.default_rng(seed))) == 3
        and [len(stroke) for stroke in strokes][:1] == [48]
        and np.ptp(strokes[0], axis=0).min() > 6
    )
    ring = clock[0]
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    assert np.ptp(np.hypot(*(ring - middle).T)) < 0.5
    for hand in clock[1:]:
        way = hand[-1] - hand[0]
        across = (hand - hand[0]) @ np.array([-way[1], way[0]]) / np.hypot(*way)
        np.testing.assert_allclose(across, 0, atol=1e-9)
