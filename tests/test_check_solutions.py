"""Every exercise judges its table of right and wrong solutions rightly.

The tables stand in the test file of each lesson's exercises.
"""

import numpy as np
import pytest
import test_check_codes_in_rows
import test_check_describing
import test_check_dx7
import test_check_effects
import test_check_filtering
import test_check_matching
import test_check_modulation
import test_check_one_by_one
import test_check_pictures
import test_check_residuals
import test_check_sampling
import test_check_scores
import test_check_sets
import test_check_short_time
import test_check_singing
import test_check_sinusoids
import test_check_spectra
import test_check_stretching
import test_check_strings
import test_check_transforming
import test_check_turning
import test_check_voices
import test_check_waves
import test_check_windowing

from dsplab.check import check

LESSONS = (
    test_check_codes_in_rows,
    test_check_describing,
    test_check_dx7,
    test_check_effects,
    test_check_filtering,
    test_check_matching,
    test_check_modulation,
    test_check_one_by_one,
    test_check_pictures,
    test_check_residuals,
    test_check_sampling,
    test_check_scores,
    test_check_sets,
    test_check_short_time,
    test_check_singing,
    test_check_sinusoids,
    test_check_spectra,
    test_check_stretching,
    test_check_strings,
    test_check_transforming,
    test_check_turning,
    test_check_voices,
    test_check_waves,
    test_check_windowing,
)
RIGHT = {name: rows for lesson in LESSONS for name, rows in lesson.RIGHT.items()}
WRONG = {name: rows for lesson in LESSONS for name, rows in lesson.WRONG.items()}


def flat(table):
    return [(name, *np.atleast_1d(row)) for name in table for row in table[name]]


@pytest.mark.parametrize("name", RIGHT)
def test_there_are_enough_solutions(name):
    assert len(RIGHT[name]) >= 3 and len(WRONG[name]) >= 8


@pytest.mark.parametrize("name, function", flat(RIGHT))
def test_right_solutions_pass(name, function):
    assert check(name, function, time_limit=60.0).passed


@pytest.mark.parametrize("name, function, words", flat(WRONG))
def test_wrong_solutions_get_the_right_hint(name, function, words):
    failure = check(name, function, time_limit=60.0).failure
    said = f"{failure.message} {failure.hint}".replace("\n", " ")
    assert any(choice in said for choice in words.split("|"))
