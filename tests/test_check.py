"""The machinery of dsplab.check: what a student sees when something goes wrong.

Tables of right and wrong solutions, exercise by exercise, are in test_check_*.py.
"""

import threading
import time

import numpy as np
import pytest

from dsplab.check import EXERCISES, check, exercises
from dsplab.check.comparing import agree, same_shape
from dsplab.check.inputs import Signal, cases, simplest
from dsplab.check.trial import Wrong, describe


def hann(length):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


def message(name, function, **options):
    """What is printed about the first thing that is wrong."""
    failure = check(name, function, **options).failure
    return f"{failure.message} / {failure.call} / {failure.hint}"


def test_a_right_solution_gets_all_points(capsys):
    report = check("hann", hann)
    assert report.passed
    assert report.points == report.total == 4
    assert report.failure is None
    assert "hann: solved, 4 of 4 points" in capsys.readouterr().out


def test_the_report_names_what_holds_and_what_fails(capsys):
    report = check("hann", np.hanning)
    assert not report.passed
    assert report.points == 2
    text = capsys.readouterr().out
    assert "ok    it has `length` samples" in text
    assert "FAIL  it is periodic" in text
    assert "seen with hanning(4)" in text
    assert "Divide by length, not length - 1" in text


def test_every_exercise_has_a_task_and_hints():
    for name, item in EXERCISES.items():
        assert item.signature.startswith(f"{name}(") and item.task
        sentences = [p.sentence for p in item.properties]
        assert len(sentences) == len(set(sentences)) >= 3
        assert all(p.hint.endswith((".", "?", ")")) for p in item.properties), name


def test_exercises_lists_them_all(capsys):
    exercises()
    text = capsys.readouterr().out
    assert all(item.signature in text for item in EXERCISES.values())


def test_a_notebook_does_not_show_the_report_twice():
    assert check("hann", hann)._ipython_display_() is None


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="name must be one of .*'dft'"):
        check("hahn", hann)


def test_the_result_instead_of_the_function_is_an_error():
    with pytest.raises(ValueError, match=r"without parentheses after its name"):
        check("hann", hann(4))


# an endless loop


def endless(length):
    n = 0
    while n < length:
        n = 0
    return np.zeros(length)


def test_an_endless_loop_is_reported_with_its_line_within_five_seconds():
    start = time.monotonic()
    text = message("hann", endless)
    assert time.monotonic() - start < 5.0
    assert "had not returned after 4 seconds" in text
    assert "in endless, line" in text and ("while" in text or "n = 0" in text)
    assert "Does the loop end?" in text


def test_an_endless_loop_is_reported_away_from_the_main_thread_too():
    found = []

    def work():
        found.append(message("hann", endless, time_limit=0.2))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5.0)
    assert "had not returned" in found[0]


def test_the_thread_of_an_endless_loop_is_stopped():
    before = threading.active_count()
    check("hann", endless, time_limit=0.2)
    time.sleep(0.3)
    assert threading.active_count() <= before


def test_nothing_is_tried_after_an_endless_loop():
    calls = []

    def sometimes(length):
        calls.append(length)
        while length > 4:
            pass
        return hann(length)

    report = check("hann", sometimes, time_limit=0.2)
    assert calls == [4, 5]
    assert len(report.failures) == 1


def test_a_wait_that_cannot_be_interrupted_is_reported_too():
    assert "time.sleep(2)" in message("hann", lambda _: time.sleep(2), time_limit=0.2)


# errors in the student's code


def test_an_error_inside_numpy_shows_the_students_line():
    def broken(length):
        return np.reshape(np.zeros(length), (length, 2))  # my line

    text = message("hann", broken)
    assert "ValueError: cannot reshape" in text
    assert "in broken, line" in text and "# my line" in text
    assert "fromnumeric" not in text


def test_an_error_in_a_helper_of_the_student_shows_the_helper():
    def half(n):
        return n[99]

    def broken(length):
        return half(np.arange(length))

    text = message("hann", broken)
    assert "in half, line" in text and "return n[99]" in text
    assert "runs past the end" in text


def test_endless_recursion_is_explained():
    def again(length):
        return again(length)

    assert "calls itself without end" in message("hann", again)


def test_leaving_python_is_caught():
    assert "SystemExit" in message("hann", lambda length: exit())


def test_wrong_arguments_show_the_form_of_the_call():
    text = message("frame", lambda x: x)
    assert "TypeError" in text and "frame(x, frame_length, hop_length)" in text


# results that are not arrays of numbers


@pytest.mark.parametrize(
    "result, words",
    [
        (None, "Is there a `return`?"),
        ("0.5", "Return one array"),
        ([[1.0], [1.0, 2.0]], "Return one array"),
        ({"y": 1}, "Return one array"),
    ],
)
def test_what_is_not_an_array_is_explained(result, words):
    assert words in message("hann", lambda length: result)


def test_nan_is_explained():
    def cosine(length):
        return np.where(np.arange(length) == 0, np.log(0.0), hann(length))

    text = message("hann", cosine)
    assert "1 of 4 values of your result are NaN or infinite" in text
    assert "np.maximum(divisor" in text


def test_a_changed_input_is_reported():
    def greedy(x):
        spectrum = np.fft.fft(x)
        x *= 2
        return spectrum

    text = message("dft", greedy)
    assert "changed the array it was given" in text and "x.copy()" in text


def test_lists_and_single_precision_are_fine():
    assert check("hann", lambda length: hann(length).tolist()).passed
    assert check("hann", lambda length: hann(length).astype(np.float32)).passed


# comparing


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda x: 0 * x, "zero everywhere"),
        (lambda x: -x, "wrong sign"),
        (lambda x: 4 * x, "4 times the right one"),
        (lambda x: x[::-1], "backwards"),
        (lambda x: np.roll(x, 1), "1 late"),
        (lambda x: np.roll(x, -2), "2 early"),
        (lambda x: x + (np.arange(9) == 5), "at index 5"),
        (lambda x: x[:-1], r"expected \(9,\): 1 too few"),
        (lambda x: np.append(x, [0, 0]), r"expected \(9,\): 2 too many"),
        (lambda x: x.astype(int), "holds integers"),
        (lambda x: x + 0j, "complex, expected real"),
    ],
)
def test_agree_says_how_two_arrays_differ(change, words):
    x = np.random.default_rng(3).standard_normal(9)
    agree(x, x)
    with pytest.raises(Wrong, match=words) as caught:
        agree(change(x), x)
    assert caught.value.message


def test_agree_knows_the_complex_conjugate_and_lost_phases():
    X = np.fft.fft([1.0, 2.0, 4.0])
    with pytest.raises(Wrong, match="complex conjugate"):
        agree(X.conj(), X)
    with pytest.raises(Wrong, match="is real, expected complex"):
        agree(abs(X), X)


def test_single_precision_is_given_more_room():
    x = np.random.default_rng(3).standard_normal(9)
    agree((x + 2e-4).astype(np.float32), x)
    with pytest.raises(Wrong, match="at index"):
        agree(x + 2e-4, x)


def test_the_smallest_failing_input_is_shown():
    def wrong_at_hop_3(x, frame_length, hop_length):
        starts = range(0, len(x) - frame_length + 1, hop_length)
        frames = np.stack([x[s : s + frame_length] for s in starts], axis=-1)
        return frames[:, ::-1] if hop_length == 3 else frames

    failure = check("frame", wrong_at_hop_3).failure
    assert failure.call == "wrong_at_hop_3([0., 1., 2., 3., 4., 5., 6.], 2, 3)"


def test_exchanged_axes_are_named():
    with pytest.raises(Wrong, match="the wrong way round"):
        same_shape(np.zeros((2, 3)), (3, 2))


# inputs


def test_cases_come_simple_ones_first_and_are_the_same_every_time():
    space = {"a": tuple(range(30)), "b": tuple(range(30))}
    drawn = list(cases(space, count=20))
    sums = [case["a"] + case["b"] for case in drawn]
    assert sums == sorted(sums) and sums[0] == 0
    assert drawn == list(cases(space, count=20))
    assert len(list(cases({"a": (1, 2)}, count=20))) == 2


def test_simplest_finds_the_smallest_failing_case():
    space = {"a": tuple(range(20)), "b": tuple(range(20))}
    case = simplest(space, {"a": 17, "b": 11}, lambda c: c["a"] >= 3 and c["b"] >= 5)
    assert case == {"a": 3, "b": 5}


def test_simplest_stops_after_its_attempts():
    tried = []
    space = {"a": tuple(range(1000))}
    simplest(space, {"a": 999}, lambda c: tried.append(c) is not None, attempts=10)
    assert len(tried) == 10


@pytest.mark.parametrize(
    "x, words",
    [
        (np.array([1.0, 0.5]), "[1. , 0.5]"),
        (np.zeros(100), "<100 samples, all 0>"),
        (Signal("impulse", 100).array(), "<100 samples, all 0 but number 33>"),
        (Signal("ramp", 100).array(), "<100 samples, 0, 1 ... 99>"),
        (np.sin(np.arange(100.0)), "<100 samples, 0, 0.841, 0.909, ...>"),
        (2.5, "2.5"),
    ],
)
def test_arguments_are_described_in_few_words(x, words):
    assert describe(x) == words


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_survives_an_endless_loop_and_nothing_at_all(name):
    def endless(*args):
        while True:
            pass

    assert "had not returned" in message(name, endless, time_limit=0.1)
    assert "Is there a `return`?" in message(name, lambda *args: None)
    assert not check(name, lambda *args: np.zeros(3)).passed
